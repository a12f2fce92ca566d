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

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import signed_soundly
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.3
NEWER_CLIENTS_MAY = True
AFTER_THE_RUNTIMES = 1_000
"""Rank of what only the vendor documents: behind every objection of the runtime's own."""


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's path rules object so; on top of that what its vendor documents, wherever in the chain it stands."""
    found = list(chain_refusals(situation, "cert-signature-unsupported", STAGE))
    yield from found
    yield from _documented(situation, {refusal.facts.get("certificate") for refusal in found})


def _documented(situation: Situation, told: set[object]) -> Iterator[Refusal]:
    """The vendor's note makes no difference between the certificates of a chain; a runtime does, so it comes last."""
    refused = situation.client.documented.get("refuses-signatures", ())
    chain = situation.flight.chain
    if not refused or chain is None or isinstance(chain, Unseen):
        return
    sources = tuple(source for source in situation.client.sources if source.kind == "vendor-document")
    for index, certificate in enumerate(chain):
        name = certificate.signature.name
        if name in refused and index not in told:
            subject = certificate.subject.text
            facts = {"certificate": index, "subject": subject, "algorithm": name, "reason": "documented"}
            where = situation.certificate_place(index)
            yield Refusal("cert-signature-unsupported", STAGE, facts, where, sources, order=AFTER_THE_RUNTIMES + index)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Signed anew by the same CA key; where that key can sign in no way the client takes, the CA gets another."""
    yield from signed_soundly(situation, refusal)
