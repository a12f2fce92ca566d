"""A certificate of the chain is revoked by its CA.

Why the client refuses
    It asks the CA (CRL, OCSP, or a response stapled by the server) and is told that the certificate is withdrawn. Java
    asks only where it was told to (com.sun.net.ssl.checkRevocation, ocsp.enable).
What you see
    certificate_revoked(44), on older Java certificate_unknown(46). Java says "Certificate has been revoked".
How to fix
    Replace the certificate, and find out why it was revoked before its key is used again.
How to check
    ``openssl ocsp`` with the responder's URL in the certificate; or the CRL that the certificate names.
References
    RFC 5280, 6.3; RFC 6960; sun.security.provider.certpath.RevocationChecker.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change
from tlswhy.grounds import alert_place, client_alert
from tlswhy.mending import replaced_leaf
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
SOURCES = (Source("standard", "RFC 5280, 6.3; RFC 6960"),)
CERTIFICATE_REVOKED = 44


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's own word for it; whether a CA has revoked something no capture can tell."""
    alert = client_alert(situation)
    if alert is not None and alert.message.description == CERTIFICATE_REVOKED:
        facts = {"alert": CERTIFICATE_REVOKED}
        yield Refusal("cert-revoked", STAGE, facts, alert_place(situation, alert), shown=True)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The server's own certificate for a new key: nearly always it is that one, and nobody knows what became of the old
    key."""
    yield from replaced_leaf(situation)
