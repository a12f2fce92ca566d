"""Private keys of the lab's servers and authorities, of any kind and size, each made once a run.

Owns kinds of keys and what they can sign. Knows no certificate and no TLS. Kinds: ``rsa-BITS``, ``rsa-pss-BITS`` (a key
whose SubjectPublicKeyInfo says RSASSA-PSS), ``ec-CURVE``, ``ed25519``, ``ed448``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.asymmetric import rsa as library_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tlswhy.errors import BadTable
from tlswhy.frozen import frozen
from tlswhy.lab import rsa
from tlswhy.lab.rsa import Draw, RsaKey
from tlswhy.pki import der
from tlswhy.pki.pem import pem_of

SMALLEST_OF_LIBRARY = 1024
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA-1": hashes.SHA1(),
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
_RSA = "1.2.840.113549.1.1.1"
_RSASSA_PSS = "1.2.840.113549.1.1.10"
_OTHERS = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


@frozen
class LabKey:
    """A private key; ``algorithm`` is RSA, RSASSA-PSS, EC, Ed25519 or Ed448, as pki.keys names them."""

    algorithm: str
    private: RsaKey | _OTHERS

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo in DER."""
        if not isinstance(self.private, RsaKey):
            return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return der.encode(
            der.SEQUENCE, self._rsa_identifier + der.encode(der.BIT_STRING, b"\0" + self.private.public())
        )

    @property
    def identifier(self) -> bytes:
        """Twenty bytes that stand for the public key (subjectKeyIdentifier)."""
        return hashlib.sha1(self.spki, usedforsecurity=False).digest()

    def pem(self) -> str:
        """The private key as a server reads it."""
        if isinstance(self.private, RsaKey):  # PKCS #8 (RFC 5958), since PKCS #1 can't say RSASSA-PSS
            key = der.encode(der.OCTET_STRING, self.private.pkcs1())
            return pem_of(der.encode(der.SEQUENCE, der.encode_integer(0) + self._rsa_identifier + key), "PRIVATE KEY")
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def _rsa_identifier(self) -> bytes:
        """RFC 4055, 1.2 and 3.1: a key for PSS alone says so, and has no parameters where it bears any."""
        if self.algorithm == "RSASSA-PSS":
            return der.encode(der.SEQUENCE, der.encode_object_identifier(_RSASSA_PSS))
        return der.encode(der.SEQUENCE, der.encode_object_identifier(_RSA) + b"\5\0")

    def sign(self, message: bytes, digest: str, *, pss: bool = False) -> bytes:
        """A signature over ``message``; the digest is of no account to EdDSA."""
        match self.private:
            case RsaKey() if pss:
                size = hashlib.new(rsa.HASHLIB[digest]).digest_size
                # The salt need not be random for the signature to be right (RFC 8017, 9.1, note 4).
                return self.private.sign_pss(message, digest, hashlib.shake_128(message).digest(size))
            case RsaKey() if digest == "MD5+SHA-1":
                both = hashlib.md5(message, usedforsecurity=False).digest()
                return self.private.sign_pkcs1(both + hashlib.sha1(message, usedforsecurity=False).digest())
            case RsaKey():
                return self.private.sign_pkcs1(rsa.digest_info(digest, message))
            case ec.EllipticCurvePrivateKey():
                return self.private.sign(message, ec.ECDSA(_HASHES[digest]))
            case _:
                return self.private.sign(message)


@dataclass(slots=True)
class KeyPool:
    """Makes each key once: the same kind for the same purpose is the same key, for all cases of a run."""

    draw: Draw
    _made: dict[tuple[str, str], LabKey] = field(default_factory=dict)

    def key(self, kind: str, purpose: str) -> LabKey:
        """The key of this kind; raises BadTable where there is no such kind."""
        if (kind, purpose) not in self._made:
            self._made[kind, purpose] = self._make(kind)
        return self._made[kind, purpose]

    def _make(self, kind: str) -> LabKey:
        family, _, rest = kind.rpartition("-")
        if family in ("rsa", "rsa-pss") and rest.isdigit():
            return LabKey("RSASSA-PSS" if family == "rsa-pss" else "RSA", self._rsa(int(rest)))
        if kind == "ed25519":
            return LabKey("Ed25519", ed25519.Ed25519PrivateKey.generate())
        if kind == "ed448":
            return LabKey("Ed448", ed448.Ed448PrivateKey.generate())
        if family == "ec":
            return LabKey("EC", ec.generate_private_key(curve(rest)))
        raise BadTable("lab-key-unknown", kind=kind)

    def _rsa(self, bits: int) -> RsaKey:
        if bits < SMALLEST_OF_LIBRARY:
            return rsa.generate(bits, self.draw)
        numbers = library_rsa.generate_private_key(rsa.EXPONENT, bits).private_numbers()
        return RsaKey(numbers.public_numbers.n, numbers.d, numbers.p, numbers.q)


def curve(name: str) -> ec.EllipticCurve:
    """The library's curve of that name, as IANA or OpenSSL spell it; raises BadTable."""
    found = next((kind for kind in ec.EllipticCurve.__subclasses__() if str(kind.name).lower() == name.lower()), None)
    if found is None:
        raise BadTable("lab-key-unknown", kind=name)
    return found()
