"""The server's signature in ServerKeyExchange or CertificateVerify was not made by the key of its certificate.

Why the client refuses
    The signature over both randoms and the key-exchange parameters (in TLS 1.3: over all messages so far) is how the
    server proves that it holds the certificate's private key. It does not verify: the private key is another one, its
    kind does not fit the signature scheme, or something on the way changed the handshake.
What you see
    An alert of the client right behind ServerHelloDone: decrypt_error(51) of OpenSSL, GnuTLS and BoringSSL,
    handshake_failure(40) of Java (unexpected_message(10) of Java 7 and 8 before 8u272). Java says "Invalid ECDH
    ServerKeyExchange signature" or "Server D-H key verification failed".
How to fix
    Install the private key that belongs to the certificate (or the certificate that belongs to the key) and restart
    the server; where both fit, look for a device on the way that rewrites the handshake.
How to check
    ``openssl x509 -noout -pubkey -in cert.pem`` and ``openssl pkey -pubout -in key.pem`` must print the same.
References
    RFC 5246, 7.4.3; RFC 4346, 7.4.3; RFC 8446, 4.4.3; sun.security.ssl.ECDHServerKeyExchange, DHServerKeyExchange.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, InstallMatchingKey
from tlswhy.grounds import rule_sources
from tlswhy.pki.keys import PssParameters, PublicKey, SignatureAlgorithm
from tlswhy.pki.signatures import MD5_SHA1, is_made_by
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.HANDSHAKE_SIGNATURE


def arises(situation: Situation) -> bool:
    """Where the signature, all that it covers and the certificate were seen."""
    return situation.flight.signed_exchange is not None


def check(situation: Situation) -> Iterator[Refusal]:
    """No client goes on without it; it stands behind the scheme's own test, which comes first."""
    exchange = situation.flight.signed_exchange
    if exchange is None:
        return
    algorithm = _algorithm(exchange.scheme, exchange.key)
    found = is_made_by(exchange.key, algorithm, exchange.signed, exchange.signature)
    if not found.invalid:
        return
    facts = {"reason": found.reason, "key": exchange.key.algorithm, "chosen": exchange.scheme}
    where = tuple(dict.fromkeys((*situation.place("scheme"), *situation.place("certificates"))))
    yield Refusal("handshake-signature-invalid", STAGE, facts, where, rule_sources(situation), order=1)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Key and certificate belong together."""
    yield InstallMatchingKey()


def _algorithm(scheme: int | None, key: PublicKey) -> SignatureAlgorithm:
    """How a scheme's number is computed (RFC 5246, 7.4.1.4.1 and RFC 8446, 4.2.3; any curve, as before TLS 1.3)."""
    if scheme is None:
        return _named(key.family, MD5_SHA1 if key.family == "RSA" else "SHA-1")
    digest, kind = scheme >> 8, scheme & 0xFF
    if scheme in _EDWARDS:
        return _named(_EDWARDS[scheme], None)
    if scheme in _PSS:
        name, size = _PSS[scheme]
        return _named("RSA", name, PssParameters(name, "MGF1", name, size))
    if digest in _DIGESTS and kind in _KINDS:
        return _named(_KINDS[kind], _DIGESTS[digest])
    return _named(None, None)


def _named(key: str | None, digest: str | None, pss: PssParameters | None = None) -> SignatureAlgorithm:
    return SignatureAlgorithm("", "", key, digest, pss)


_DIGESTS = {1: "MD5", 2: "SHA-1", 3: "SHA-224", 4: "SHA-256", 5: "SHA-384", 6: "SHA-512"}
_KINDS = {1: "RSA", 2: "DSA", 3: "EC"}
_EDWARDS = {0x0807: "Ed25519", 0x0808: "Ed448"}
_SHA256, _SHA384, _SHA512 = ("SHA-256", 32), ("SHA-384", 48), ("SHA-512", 64)
_PSS = {0x0804: _SHA256, 0x0805: _SHA384, 0x0806: _SHA512, 0x0809: _SHA256, 0x080A: _SHA384, 0x080B: _SHA512}
