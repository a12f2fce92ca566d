"""A certificate's key lies on an elliptic curve that this client cannot compute with.

Why the client refuses
    The runtime's provider has no such curve (from 16 on SunEC has P-256, P-384, P-521 only); the certificate may
    even be dropped from the trust store when it is loaded.
What you see
    certificate_unknown(46), bad_certificate(42), or internal_error(80) where no anchor is left. Where it is the leaf's
    key, the chain is fine and the signature of ServerKeyExchange is not: handshake_failure(40).
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
from tlswhy.grounds import chain_refusals, rule_sources
from tlswhy.mending import rekeyed
from tlswhy.pki.path_rules import PathRules
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import suite

STAGE = Stage.CHAIN
NEWER_CLIENTS_MAY = True


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's path rules object so; or nothing does, and the key that signs the key exchange is such a one."""
    yield from chain_refusals(situation, "cert-curve-unsupported", STAGE)
    yield from _key_exchange_unverified(situation)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A new key of the same kind, else of the kind that everybody takes."""
    yield from rekeyed(situation, refusal)


def _key_exchange_unverified(situation: Situation) -> Iterator[Refusal]:
    """sun.security.ssl.ECDHServerKeyExchange: "Cannot verify ECDH ServerKeyExchange signature", since the JDK's
    ECDSASignature has no such curve. No path is built with the leaf's key, so that the chain does not show it."""
    flight, rules = situation.flight, situation.client.path_rules
    if not isinstance(rules, PathRules) or isinstance(flight.suite, Unseen) or isinstance(flight.chain, Unseen):
        return
    chosen = suite(flight.suite)
    if chosen is None or chosen.authentication != "ECDSA" or not flight.chain:
        return
    leaf = flight.chain[0]
    if leaf.public_key.algorithm == "EC" and not rules.verifies_on_curve(leaf.public_key):
        facts = {"curve": leaf.public_key.curve, "certificate": 0, "subject": leaf.subject.text}
        where = (*situation.certificate_place(0), *situation.place("key_exchange"))
        yield Refusal("cert-curve-unsupported", Stage.HANDSHAKE_SIGNATURE, facts, where, rule_sources(situation))
