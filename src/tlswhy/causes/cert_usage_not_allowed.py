"""The certificate's (extended) key usage does not allow what the handshake uses it for.

Why the client refuses
    extendedKeyUsage lacks serverAuth, or keyUsage lacks digitalSignature (DHE, ECDHE, TLS 1.3) or keyEncipherment
    (static RSA).
What you see
    certificate_unknown(46). Java says "Extended key usage does not permit use for TLS server authentication" or
    "KeyUsage does not allow digital signatures".
How to fix
    Reissue the certificate from a web-server template.
How to check
    ``openssl x509 -noout -ext keyUsage,extendedKeyUsage``.
References
    RFC 5280, 4.2.1.3 and 4.2.1.12; sun.security.validator.EndEntityChecker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import issued_by_authority, reissue
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.1
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-usage-not-allowed", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Issued for its use: a server's, or a CA's."""
    yield from reissue(refusal, Reissue(authority=bool(refusal.facts.get("certificate"))))
    yield from issued_by_authority(situation)
