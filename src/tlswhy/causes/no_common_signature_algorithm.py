"""Client and server have no signature scheme in common for the handshake, or the server has no chain signed as asked.

Why the client refuses
    The server can sign with none of the client's signature_algorithms (for instance an Ed25519 or RSASSA-PSS key),
    or its chain uses algorithms that the client did not list; or it signs with a scheme that this client does not
    accept.
What you see
    handshake_failure(40) after the ClientHello, or an alert of the client after ServerKeyExchange /
    CertificateVerify.
How to fix
    Give the server an RSA (rsaEncryption) or ECDSA P-256 certificate that is signed with SHA-256.
How to check
    ``openssl s_client -sigalgs RSA+SHA256 -connect host:port``.
References
    RFC 5246, 7.4.1.4.1; RFC 8446, 4.2.3; jdk.tls.client.SignatureSchemes.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, EnableVersion, SignWith
from tlswhy.grounds import bare_refusal, rule_sources, would_be_refused
from tlswhy.mending import rekeyed_leaf
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.strength import sound_schemes, sound_versions
from tlswhy.unseen import Unseen, seen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import TLS12

STAGE = Stage.HANDSHAKE_SIGNATURE
SOURCES = (Source("standard", "RFC 5246, 7.4.1.4.1; RFC 8446, 4.2.3"),)
NEWER_CLIENTS_MAY = True


def check(situation: Situation) -> Iterator[Refusal]:
    """The scheme of the server's signature is none that the client accepts; before TLS 1.2 it has no number."""
    yield from would_be_refused(situation, "no-common-signature-algorithm")
    if situation.flight.refused:
        return
    scheme = seen(situation.flight.scheme, situation.flight.missing)
    if scheme is None and _signed_the_old_way(situation):
        old = {"version": situation.flight.version, "offered": situation.client.offer.schemes}
        where = situation.place("key_exchange")
        yield Refusal("no-common-signature-algorithm", STAGE, old, where, rule_sources(situation))
    if scheme is None or scheme in situation.client.handshake_schemes:
        return
    facts = {"chosen": scheme, "offered": situation.client.offer.schemes}
    where = situation.place("scheme")
    yield Refusal("no-common-signature-algorithm", STAGE, facts, where, rule_sources(situation))


def _signed_the_old_way(situation: Situation) -> bool:
    """MD5 and SHA-1 together, as TLS 1.0 and 1.1 want it (RFC 4346, 7.4.3), before a client whose security level
    forbids that (OpenSSL 3 from level 1 on, tls1_get_legacy_sigalg: "legacy sigalg disallowed or unsupported")."""
    flight = situation.flight
    if situation.client.signs_with_md5_sha1 or isinstance(flight.version, Unseen) or flight.version >= TLS12:
        return False
    return any(fact is not None and not isinstance(fact, Unseen) for fact in (flight.group, flight.dh))


def suspect(situation: Situation) -> float:
    """Only where the hello names schemes at all (TLS 1.2 and later)."""
    if bare_refusal(situation) is None:
        return 0.0
    return 0.5 if situation.client.offer.schemes else 0.2


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Another scheme for the same key, else another key."""
    if "version" in refusal.facts:  # signed the old way, before TLS 1.2
        yield from (EnableVersion(version) for version in sound_versions(situation.client.offer))
    if schemes := sound_schemes(situation.client):
        yield SignWith(schemes)
    yield from rekeyed_leaf(situation)
