"""A certificate is signed with an algorithm that this client has, but does not allow.

Why the client refuses
    jdk.certpath.disabledAlgorithms or jdk.tls.disabledAlgorithms names it (MD2, MD5, SHA1 for public CAs), or over
    TLS 1.2 the client did not list it in its signature_algorithms.
What you see
    unsupported_certificate(43), on older Java certificate_unknown(46). Java says "Algorithm constraints check
    failed".
How to fix
    Reissue that certificate with sha256WithRSAEncryption.
How to check
    ``openssl x509 -noout -text``: the line Signature Algorithm; the client's java.security.
References
    sun.security.util.DisabledAlgorithmConstraints; sun.security.ssl.SSLAlgorithmConstraints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import reissue, rekeyed, signed_soundly
from tlswhy.pki.reissue import RSA, Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
NEWER_CLIENTS_MAY = True
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-signature-disabled", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Signed anew by the same CA key; where that key can sign in no way the client takes, the CA gets another."""
    yield from signed_soundly(situation, refusal)
    if "curve" in refusal.facts:  # NSS's policy, which has no curve of the certificate's own key
        yield from rekeyed(situation, refusal)
    if "certificate" not in refusal.facts:  # a root, whose own key is of a kind that the client does not take
        yield from reissue(refusal, Reissue(key=RSA))
