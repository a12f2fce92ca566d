"""A certificate's key is smaller than this client accepts.

Why the client refuses
    "RSA keySize < 1024", "DSA keySize < 1024" or "EC keySize < 224" in jdk.certpath.disabledAlgorithms; anchors
    count too.
What you see
    unsupported_certificate(43), on older Java certificate_unknown(46). Java says "Algorithm constraints check
    failed on keysize limits".
How to fix
    Reissue that certificate with an RSA key of 2048 bits or more, or EC P-256.
How to check
    ``openssl x509 -noout -text``: Public-Key.
References
    sun.security.util.DisabledAlgorithmConstraints.KeySizeConstraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import rekeyed
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.2
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-key-too-small", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A new key of the same kind, else of the kind that everybody takes."""
    yield from rekeyed(situation, refusal)
