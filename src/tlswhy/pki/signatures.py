"""Is this certificate signed by that key? Over the exact bytes of the signed part, without any policy.

Owns the arithmetic: RSA is done here (any key size, and no import on the way of a cold start); elliptic curves and DSA
go to ``cryptography``, loaded when first needed. Whether a client would accept the algorithm is for others.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tlswhy.frozen import frozen
from tlswhy.pki import der
from tlswhy.pki.keys import DIGESTS, PssParameters, PublicKey, SignatureAlgorithm, rsa_numbers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from tlswhy.pki.certificate import Certificate


class SignatureOutcome(StrEnum):
    """UNSUPPORTED: this program has no implementation, so it cannot tell."""

    VALID = "valid"
    INVALID = "invalid"
    UNSUPPORTED = "unsupported"


@frozen
class SignatureCheck:
    """``reason`` is a code: "" when valid, else what is wrong or what is not implemented here."""

    outcome: SignatureOutcome
    reason: str = ""

    @property
    def valid(self) -> bool:
        """The key made this signature."""
        return self.outcome is SignatureOutcome.VALID

    @property
    def invalid(self) -> bool:
        """The key certainly did not make this signature."""
        return self.outcome is SignatureOutcome.INVALID


def is_signed_by(certificate: Certificate, issuer_key: PublicKey) -> SignatureCheck:
    """Check the certificate's signature against ``issuer_key``; never raises."""
    small = len(certificate.der) + len(issuer_key.spki) <= _LARGEST_CACHED
    return _check_once(certificate, issuer_key) if small else _check(certificate, issuer_key)


@lru_cache(maxsize=256)
def is_made_by(key: PublicKey, algorithm: SignatureAlgorithm, signed: bytes, value: bytes) -> SignatureCheck:
    """Check a signature ``value`` over any bytes; never raises. The digest ``MD5_SHA1`` goes with RSA only."""
    if algorithm.key is None:
        return _unsupported("signature-algorithm-unknown")
    if algorithm.key != key.family:
        return _invalid("key-of-another-kind")
    if algorithm.digest not in (None, MD5_SHA1) and _hash_name(algorithm.digest) is None:
        return _unsupported("digest-not-available")
    try:
        if algorithm.key == "RSA":
            return _check_rsa(algorithm, signed, value, key)
        return _check_with_library(algorithm, signed, value, key)
    except der.NotDer:
        return _unsupported("public-key-unreadable")


MD5_SHA1: Final = "MD5+SHA-1"
"""Both, one behind the other and no DigestInfo around them: RSA in TLS before 1.2 (RFC 4346, 7.4.3)."""
_LARGEST_CACHED = 32768


def _check(certificate: Certificate, issuer_key: PublicKey) -> SignatureCheck:
    signer = certificate.to_be_signed_by or certificate.vouched_by
    if signer is not None:  # nobody has issued it yet, or nobody has seen who did: there is nothing to compute with
        return _VALID if signer.spki == issuer_key.spki else _WRONG
    algorithm = certificate.signature
    if algorithm.key is None:
        return _unsupported("signature-algorithm-unknown")
    if algorithm.key != issuer_key.family or (issuer_key.algorithm == "RSASSA-PSS" and algorithm.pss is None):
        return _invalid("key-of-another-kind")
    if not algorithm.readable:
        return _unsupported("signature-parameters-unreadable")
    if algorithm.digest is not None and _hash_name(algorithm.digest) is None:
        return _unsupported("digest-not-available")
    try:
        if algorithm.key == "RSA":
            return _check_rsa(algorithm, certificate.tbs, certificate.signature_value, issuer_key)
        return _check_with_library(algorithm, certificate.tbs, certificate.signature_value, issuer_key)
    except der.NotDer:
        return _unsupported("public-key-unreadable")


_check_once = lru_cache(maxsize=1024)(_check)

_VALID: Final = SignatureCheck(SignatureOutcome.VALID)
_WRONG: Final = SignatureCheck(SignatureOutcome.INVALID, "signature-does-not-match")


def _unsupported(reason: str) -> SignatureCheck:
    return SignatureCheck(SignatureOutcome.UNSUPPORTED, reason)


def _invalid(reason: str) -> SignatureCheck:
    return SignatureCheck(SignatureOutcome.INVALID, reason)


# RSA: RFC 8017 §8.1.2, §8.2.2

# The bounds of sun.security.rsa.RSAKeyFactory; they also keep a hostile key from costing minutes.
_LARGEST_MODULUS = 16384
_LARGEST_EXPONENT = 64
_FREE_EXPONENT_MODULUS = 3072


def _check_rsa(algorithm: SignatureAlgorithm, signed: bytes, value: bytes, key: PublicKey) -> SignatureCheck:
    modulus, exponent = rsa_numbers(key)
    bits = modulus.bit_length()
    if bits > _LARGEST_MODULUS or (bits > _FREE_EXPONENT_MODULUS and exponent.bit_length() > _LARGEST_EXPONENT):
        return _invalid("rsa-key-too-large")
    if modulus < 3 or exponent < 1 or exponent >= modulus:
        return _invalid("public-key-unreadable")
    if algorithm.pss is not None and not _pss_fits_key(algorithm.pss, key.pss):
        return _invalid("pss-parameters-not-of-key")
    size = (bits + 7) // 8
    number = int.from_bytes(value, "big")
    if len(value) != size:
        return _invalid("signature-size")
    if number >= modulus:
        return _WRONG
    message = pow(number, exponent, modulus)
    if algorithm.pss is not None:
        return _check_pss(signed, message, bits, algorithm.pss)
    encoded = message.to_bytes(size, "big")
    for digest_info in _digest_infos(algorithm.digest or "", signed):
        if encoded == b"\0\1" + b"\xff" * (size - len(digest_info) - 3) + b"\0" + digest_info:
            return _VALID
    return _WRONG


def _digest_infos(digest_name: str, signed: bytes) -> tuple[bytes, ...]:
    """DigestInfo with NULL parameters and without any: RFC 8017 appendix B.1 wants both accepted."""
    if digest_name == MD5_SHA1:
        return (hashlib.md5(signed).digest() + hashlib.sha1(signed).digest(),)
    digest = hashlib.new(_hash_name(digest_name) or "", signed).digest()
    oid = _DIGEST_OIDS[digest_name]
    algorithms = (der.encode(der.SEQUENCE, oid + b"\5\0"), der.encode(der.SEQUENCE, oid))
    with_null, without = (
        der.encode(der.SEQUENCE, algorithm + der.encode(der.OCTET_STRING, digest)) for algorithm in algorithms
    )
    return with_null, without


def _check_pss(message: bytes, number: int, modulus_bits: int, pss: PssParameters) -> SignatureCheck:
    """EMSA-PSS-VERIFY, RFC 8017 §9.1.2."""
    mgf_hash = _hash_name(pss.mgf_hash)
    hash_name = _hash_name(pss.hash)
    if pss.mgf != "MGF1" or mgf_hash is None or hash_name is None or pss.trailer != 1:
        return _unsupported("pss-parameters-not-implemented")
    encoded_bits = modulus_bits - 1
    size = (encoded_bits + 7) // 8
    digest = hashlib.new(hash_name, message).digest()
    if number.bit_length() > 8 * size or pss.salt_length < 0 or size < len(digest) + pss.salt_length + 2:
        return _invalid("signature-size")
    encoded = number.to_bytes(size, "big")
    masked, mark, end = encoded[: -len(digest) - 1], encoded[-len(digest) - 1 : -1], encoded[-1]
    spare = 8 * size - encoded_bits
    if end != 0xBC or masked[0] >> (8 - spare):
        return _WRONG
    mask = _mgf1(mgf_hash, mark, len(masked))
    block = int.from_bytes(masked, "big") ^ int.from_bytes(mask, "big")
    block &= (1 << (8 * len(masked) - spare)) - 1
    padding = len(masked) - pss.salt_length - 1
    if block >> (8 * pss.salt_length) != 1 or padding < 0:
        return _WRONG
    salt = (block & ((1 << (8 * pss.salt_length)) - 1)).to_bytes(pss.salt_length, "big")
    return _VALID if hashlib.new(hash_name, bytes(8) + digest + salt).digest() == mark else _WRONG


def _mgf1(hash_name: str, seed: bytes, size: int) -> bytes:
    mask = b""
    counter = 0
    while len(mask) < size:
        mask += hashlib.new(hash_name, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return mask[:size]


def _pss_fits_key(used: PssParameters, allowed: PssParameters | None) -> bool:
    """RFC 4055 §1.2, sun.security.rsa.RSAPSSSignature.isCompatible: same hashes, salt no shorter than the key's."""
    if allowed is None:
        return True
    same = (used.hash, used.mgf, used.mgf_hash, used.trailer)
    wanted = (allowed.hash, allowed.mgf, allowed.mgf_hash, allowed.trailer)
    return same == wanted and used.salt_length >= allowed.salt_length


_DIGEST_OIDS = {name: der.encode_object_identifier(oid) for oid, name in DIGESTS.items()}


_HASH_NAMES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
    "SHA-512/224": "sha512_224",
    "SHA-512/256": "sha512_256",
    "SHA3-224": "sha3_224",
    "SHA3-256": "sha3_256",
    "SHA3-384": "sha3_384",
    "SHA3-512": "sha3_512",
}


def _hash_name(digest_name: str | None) -> str | None:
    """The name hashlib knows this digest by; None: it has none (MD2 is nowhere any more)."""
    name = _HASH_NAMES.get(digest_name or "")
    return name if name in hashlib.algorithms_available else None


# Everything else


def _check_with_library(algorithm: SignatureAlgorithm, signed: bytes, value: bytes, key: PublicKey) -> SignatureCheck:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(key.spki)
    except UnsupportedAlgorithm:
        return _unsupported("curve-not-available" if key.algorithm == "EC" else "key-not-available")
    except ValueError:
        if key.curve not in (None, "explicit"):
            return _invalid("key-not-on-curve")  # no such point, or a BIT STRING that ends within an octet
        # cryptography refuses explicit curve parameters and DSA sizes that FIPS 186 does not list
        return _unsupported("public-key-not-available")
    try:
        match public:
            case ec.EllipticCurvePublicKey():
                public.verify(value, signed, ec.ECDSA(_hash(algorithm)))
            case dsa.DSAPublicKey():
                public.verify(value, signed, _hash(algorithm))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                public.verify(value, signed)
            case _:
                return _unsupported("key-not-available")
    except InvalidSignature:
        return _WRONG
    except (UnsupportedAlgorithm, ValueError):
        return _unsupported("signature-algorithm-not-available")
    return _VALID


def _hash(algorithm: SignatureAlgorithm) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    found: HashAlgorithm = getattr(hashes, _HASH_NAMES[algorithm.digest or ""].upper())()
    return found
