"""What a stapled OCSP response says of a certificate (RFC 6960), as plain facts.

Whether it is signed by whom it should be, and whether anybody minds it, is not asked here.
"""

from __future__ import annotations

from datetime import datetime

from tlswhy.frozen import frozen

GOOD, REVOKED, UNKNOWN = "good", "revoked", "unknown"
MOST_ANSWERS = 16


@frozen
class StapleAnswer:
    """One certificate's status. ``revoked_at`` None: not revoked; ``next_update`` None: newer answers at any time."""

    status: str
    serial: int
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None


@frozen
class Staple:
    """``refusal``: why the responder gave no answer ("tryLater" and so on); None: it gave ``answers``."""

    refusal: str | None
    answers: tuple[StapleAnswer, ...] = ()


_REFUSALS = {1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized"}


def read_staple(response: bytes) -> Staple | None:
    """Read a DER OCSPResponse; None where it is none."""
    from cryptography.x509 import ocsp  # only where there is a staple

    try:
        read = ocsp.load_der_ocsp_response(response)
        if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Staple(_REFUSALS.get(read.response_status.value, read.response_status.name))
        answers = tuple(
            StapleAnswer(
                each.certificate_status.name.lower(),
                each.serial_number,
                each.this_update_utc,
                each.next_update_utc,
                each.revocation_time_utc,
            )
            for _, each in zip(range(MOST_ANSWERS), read.responses, strict=False)
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return Staple(None, answers)
