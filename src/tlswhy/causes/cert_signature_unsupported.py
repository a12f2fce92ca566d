"""A certificate is signed with an algorithm that this client does not have.

Why the client refuses
    The runtime has no implementation: RSASSA-PSS before Oracle 8u251 / OpenJDK 8u252 and before 11, Ed25519 and
    Ed448 before 15, ECDSA in an image without elliptic curves. A trust anchor's own signature is not verified.
What you see
    certificate_unknown(46). Java says "signature check failed" and, below it, "1.2.840.113549.1.1.10 Signature not
    available".
How to fix
    Reissue that certificate (not the whole chain) with sha256WithRSAEncryption. Microsoft CAs:
    AlternateSignatureAlgorithm.
How to check
    ``openssl x509 -noout -text``: the line Signature Algorithm.
References
    RFC 4055; RFC 8017, 8.1; RFC 8410; java.security.Signature of that release's providers.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import chain_refusals
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.3


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's path rules object so."""
    yield from chain_refusals(situation, "cert-signature-unsupported", STAGE)
