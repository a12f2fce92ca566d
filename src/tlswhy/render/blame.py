"""Which rungs of the ladder, and which certificates, the first refusal points at.

Owns the way from a cause and its stage to kinds of messages.
"""

from __future__ import annotations

from tlswhy.report import Diagnosis
from tlswhy.verdict import Stage

_KINDS = {
    Stage.VERSION: {"server-hello"},
    Stage.SUITE: {"server-hello"},
    Stage.GROUP: {"server-key-exchange", "hello-retry"},
    Stage.CERTIFICATE_MESSAGE: {"certificate"},
    Stage.CHAIN: {"certificate"},
    Stage.NAME: {"certificate"},
    Stage.KEY_EXCHANGE: {"server-key-exchange"},
    Stage.HANDSHAKE_SIGNATURE: {"server-key-exchange", "certificate-verify"},
    Stage.CLIENT_CERTIFICATE: {"certificate-request"},
    Stage.FINISH: {"alert"},
}
_KINDS_BY_CAUSE = {
    "not-tls": {"not-tls"},
    "connection-reset": {"rst"},
    "connection-closed": {"fin"},
    "tcp-refused": {"rst"},
    "timeout": {"client-hello"},
    "suite-refused-by-vendor": {"server-hello"},
    "no-common-version": {"server-hello", "alert"},
    "server-alert": {"alert"},
    "sni-unrecognized": {"alert"},
}


def blame(diagnosis: Diagnosis) -> frozenset[str]:
    """The messages to mark."""
    if not diagnosis.verdict.refusals:
        return frozenset()
    head = diagnosis.verdict.refusals[0]
    kinds = _KINDS_BY_CAUSE.get(head.cause) or _KINDS.get(head.stage, set())
    return frozenset(kinds)


def blamed_certificates(diagnosis: Diagnosis) -> frozenset[int]:
    """The certificates to mark, by their place in the chain."""
    if not diagnosis.verdict.refusals:
        return frozenset()
    places = (where.place.split(" ") for where in diagnosis.verdict.refusals[0].where)
    return frozenset(int(parts[1]) for parts in places if parts[0] == "certificate" and parts[1].isdigit())


def blamed_part(diagnosis: Diagnosis) -> str:
    """What of those certificates is at fault."""
    return _PARTS.get(diagnosis.verdict.refusals[0].cause, "") if diagnosis.verdict.refusals else ""


_PARTS = {
    "cert-signature-unsupported": "signature",
    "cert-signature-disabled": "signature",
    "cert-signature-invalid": "signature",
    "cert-key-too-small": "key",
    "cert-key-disabled": "key",
    "cert-curve-unsupported": "key",
    "hostname-mismatch": "names",
    "trust-anchor-missing": "issuer",
    "trust-anchor-mismatch": "issuer",
    "chain-incomplete": "issuer",
    "self-signed-untrusted": "issuer",
}
