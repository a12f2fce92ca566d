"""The two answers that a model can give: a flight, or a refusal with its alert and the causes behind it.

Owns how settings become the parts of a Flight; which of them are chosen is for the models.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.settings import ClientCertificate, DhGroup, ServedChain, ServerSettings
from tlswhy.pki.certificate import Certificate
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.messages import DhParameters
from tlswhy.wire.numbers import is_tls13

UNEXPECTED_MESSAGE: Final = 10
HANDSHAKE_FAILURE: Final = 40
ILLEGAL_PARAMETER: Final = 47
PROTOCOL_VERSION: Final = 70
INTERNAL_ERROR: Final = 80
INAPPROPRIATE_FALLBACK: Final = 86
MISSING_EXTENSION: Final = 109


def refused(cause: str, alert: int | None, *, hello_retry: bool = False) -> Flight:
    """The server ends it: for this reason, with this alert (None: it just closes)."""
    return replace(NO_FLIGHT, refused=(cause,), alert=alert, assumed=True, hello_retry=hello_retry)


def served(
    settings: ServerSettings,
    *,
    version: int,
    suite: int,
    chain: ServedChain | None,
    group: int | None = None,
    dh: DhGroup | None = None,
    scheme: int | None = None,
    hello_retry: bool = False,
) -> Flight:
    """The flight with these choices; ``chain`` None: a suite without certificates."""
    certificates: tuple[Certificate, ...] | UnseenType | None = chain.certificates if chain is not None else None
    wanted = settings.client_certificate
    return Flight(
        version=version,
        suite=suite,
        group=group,
        dh=_parameters(dh) if dh is not None else None,
        scheme=scheme,
        chain=certificates,
        chain_size=_size(certificates, version),
        asks_client_certificate=UNSEEN if isinstance(wanted, Unseen) else wanted is not ClientCertificate.NOT_ASKED,
        client_certificate=wanted,
        assumed=True,
        missing="own-capture",
        hello_retry=hello_retry,
    )


def _parameters(group: DhGroup) -> DhParameters:
    """Where only the size of the prime is known a number of that size stands for it: sizes are all that is asked."""
    return DhParameters(group.prime or (1 << group.bits) - 1, group.generator, 0)


def _size(certificates: tuple[Certificate, ...] | UnseenType | None, version: int) -> int | UnseenType:
    """The Certificate message's body (RFC 5246, 7.4.2; RFC 8446, 4.4.2: a context, and extensions to each entry)."""
    if certificates is None or isinstance(certificates, Unseen):
        return UNSEEN
    more = 2 if is_tls13(version) else 0
    return 3 + more // 2 + sum(3 + len(certificate.der) + more for certificate in certificates)
