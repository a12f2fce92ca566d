"""A certificate's signature does not verify with its issuer's key.

Why the client refuses
    The certificate was altered, or another key with the same name signed it (a renewed CA whose old certificate is
    sent).
What you see
    bad_certificate(42) or certificate_unknown(46). Java says "signature check failed", "Signature does not match.".
How to fix
    Send the issuer's certificate that belongs to the key that signed; reissue if the certificate is damaged.
How to check
    ``openssl verify -partial_chain``; compare authority and subject key identifiers.
References
    RFC 5280, 6.1.3 (a)(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import reissue, trusting_the_namesake
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-signature-invalid", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Another root of that name is trusted; else issued anew, as it is."""
    yield from trusting_the_namesake(situation)
    yield from reissue(refusal, Reissue())
