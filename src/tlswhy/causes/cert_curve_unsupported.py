"""A certificate's key lies on an elliptic curve that this client cannot compute with.

Why the client refuses
    The runtime's provider has no such curve (from 16 on SunEC has P-256, P-384, P-521 only); the certificate may
    even be dropped from the trust store when it is loaded.
What you see
    certificate_unknown(46), bad_certificate(42), or internal_error(80) where no anchor is left.
How to fix
    Reissue that certificate with RSA 2048 or EC P-256.
How to check
    ``openssl x509 -noout -text``: ASN1 OID.
References
    RFC 5480; sun.security.util.CurveDB; JDK-8235540 (curves removed in 16).
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import rekeyed
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
NEWER_CLIENTS_MAY = True


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's path rules object so."""
    yield from chain_refusals(situation, "cert-curve-unsupported", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A new key of the same kind, else of the kind that everybody takes."""
    yield from rekeyed(situation, refusal)
