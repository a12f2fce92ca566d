"""A certificate's key is of a kind or on a curve that this client's policy forbids.

Why the client refuses
    jdk.disabled.namedCurves (brainpool, secp256k1 and others from 11.0.9 and 8u292), or an algorithm name without a
    size.
What you see
    unsupported_certificate(43). Java says "Algorithm constraints check failed on disabled algorithm".
How to fix
    Reissue that certificate with RSA 2048 or EC P-256.
How to check
    ``openssl x509 -noout -text``: the key's algorithm and curve.
References
    sun.security.provider.certpath.AlgorithmChecker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import rekeyed
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-key-disabled", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A new key of the same kind, else of the kind that everybody takes."""
    yield from rekeyed(situation, refusal)
