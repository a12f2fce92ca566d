"""A certificate written field by field, so that each field can be what no library would write.

Owns the writing and a sound start for each role; what goes wrong in which field is for ``faults``.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from tests.pki.minting import spki, tlv

V1, V2, V3 = b"", b"\xa0\x03\x02\x01\x01", b"\xa0\x03\x02\x01\x02"
TRUE = b"\x01\x01\xff"
AKI, SKI, KU, SAN, BC, NC, EKU = (
    "2.5.29.35",
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.37",
)
SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return tlv(0x06, bytes(octets))


def common_name(text: str, tag: int = 0x0C, organisation: str = "org") -> bytes:
    """A Name of an organisation and a CN."""
    pairs = [("2.5.4.10", 0x0C, organisation)] * bool(organisation) + [("2.5.4.3", tag, text)]
    return tlv(0x30, *(tlv(0x31, tlv(0x30, oid(kind), tlv(t, value.encode()))) for kind, t, value in pairs))


NO_NAME = tlv(0x30)


@dataclass
class Extension:
    oid: str
    critical: bytes
    value: bytes

    def encoded(self) -> bytes:
        return tlv(0x30, oid(self.oid), self.critical, tlv(0x04, self.value))


@dataclass
class Paper:
    """One certificate before it is signed; ``signer`` is the private key that will sign it."""

    role: str
    subject: bytes
    issuer: bytes
    key: object
    signer: object
    moment: datetime
    extensions: list[Extension]
    version: bytes = V3
    serial: bytes = b"\x07"
    not_before: bytes = b""
    not_after: bytes = b""
    algorithm: bytes | None = None
    outer: bytes | None = None
    public_key: bytes | None = None
    between: bytes = b""
    """What stands between the key and the extensions: unique identifiers."""
    after: bytes = b""
    sign: Callable[[object, bytes], bytes] | None = None
    damages: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.not_before = self.not_before or utc(self.moment - timedelta(days=30))
        self.not_after = self.not_after or utc(self.moment + timedelta(days=300))

    def extension(self, kind: str) -> Extension | None:
        return next((e for e in self.extensions if e.oid == kind), None)

    def drop(self, kind: str) -> None:
        self.extensions = [e for e in self.extensions if e.oid != kind]

    def put(self, kind: str, value: bytes, critical: bytes | None = None) -> None:
        """Replace the extension's value, or add it."""
        found = self.extension(kind)
        if found is None:
            self.extensions.append(Extension(kind, critical or b"", value))
        else:
            found.value = value
            found.critical = found.critical if critical is None else critical

    def der(self) -> bytes:
        inner = self.algorithm or usual_algorithm(self.signer)
        every = tlv(0xA3, tlv(0x30, *(e.encoded() for e in self.extensions))) if self.extensions else b""
        public = self.public_key or spki(self.key)
        serial = self.serial if self.serial[:1] == b"\x30" else tlv(0x02, self.serial)
        fields = (self.version, serial, inner, self.issuer, tlv(0x30, self.not_before, self.not_after))
        tbs = tlv(0x30, *fields, self.subject, public, self.between, every, self.after)
        value = (self.sign or usual_signature)(self.signer, tbs)
        made = tlv(0x30, tbs, self.outer or inner, tlv(0x03, b"\0", value))
        for damage in self.damages:
            made = damage(made)
        return made


def utc(moment: datetime) -> bytes:
    return tlv(0x17, moment.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())


def generalized(moment: datetime) -> bytes:
    return tlv(0x18, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def key_id(key: object) -> bytes:
    """SHA-1 over the whole key: as good an identifier as any."""
    return sha1(spki(key)).digest()


def usage(*bits: int) -> bytes:
    """A KeyUsage BIT STRING in DER."""
    number = sum(1 << (15 - bit) for bit in bits)
    octets = number.to_bytes(2, "big").rstrip(b"\0")
    unused = next((i for i in range(8) if octets[-1] >> i & 1), 0) if octets else 0
    return tlv(0x03, bytes((unused,)), octets)


def purposes(*oids: str) -> bytes:
    return tlv(0x30, *map(oid, oids))


def basic(ca: bool, length: bytes = b"") -> bytes:
    return tlv(0x30, TRUE if ca else b"", tlv(0x02, length) if length else b"")


def general(tag: int, content: bytes) -> bytes:
    return tlv(0x80 | tag, content)


def dns(text: str) -> bytes:
    return general(2, text.encode())


def sound(
    role: str,
    name: bytes,
    key: object,
    moment: datetime,
    issuer: "Paper | None" = None,
    host: str = "",
    serial: int = 1,
) -> Paper:
    """A certificate with nothing to object to: ``role`` is "root", "ca" or "leaf"."""
    signer = issuer.key if issuer else key
    every = [Extension(SKI, b"", tlv(0x04, key_id(key)))]
    if issuer:
        every.append(Extension(AKI, b"", tlv(0x30, general(0, key_id(signer)))))
    if role == "leaf":
        every.append(Extension(KU, TRUE, usage(0, 2)))
        every.append(Extension(EKU, b"", purposes(SERVER)))
        every.append(Extension(SAN, b"", tlv(0x30, dns(host))))
    else:
        every.append(Extension(BC, TRUE, basic(True)))
        every.append(Extension(KU, TRUE, usage(5, 6)))
    number = (serial << 16 | 0x4711).to_bytes(6, "big")
    return Paper(role, name, issuer.subject if issuer else name, key, signer, moment, every, serial=b"\x01" + number)


_ECDSA = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha1": "1.2.840.10045.4.1"}
_RSA = {"sha256": "1.2.840.113549.1.1.11", "sha1": "1.2.840.113549.1.1.5", "md5": "1.2.840.113549.1.1.4"}
NULL = b"\x05\x00"


def usual_algorithm(signer: object) -> bytes:
    match signer:
        case rsa.RSAPrivateKey():
            return tlv(0x30, oid(_RSA["sha256"]), NULL)
        case ec.EllipticCurvePrivateKey():
            return tlv(0x30, oid(_ECDSA["sha256"]))
        case dsa.DSAPrivateKey():
            return tlv(0x30, oid("2.16.840.1.101.3.4.3.2"))
        case ed25519.Ed25519PrivateKey():
            return tlv(0x30, oid("1.3.101.112"))
        case _:
            return tlv(0x30, oid("1.3.101.113"))


def usual_signature(signer: object, tbs: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
    digest = digest or hashes.SHA256()
    match signer:
        case rsa.RSAPrivateKey():
            return signer.sign(tbs, padding.PKCS1v15(), digest)
        case ec.EllipticCurvePrivateKey():
            return signer.sign(tbs, ec.ECDSA(digest))
        case dsa.DSAPrivateKey():
            return signer.sign(tbs, digest)
        case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
            return signer.sign(tbs)
        case _:
            return bytes(64)


@functools.cache
def key(kind: str, number: int = 0) -> object:
    """A private key by its kind; the same for the same number."""
    curves = {"p256": "SECP256R1", "p384": "SECP384R1", "p521": "SECP521R1", "p192": "SECP192R1", "p224": "SECP224R1"}
    curves |= {"k256": "SECP256K1", "brainpool": "BrainpoolP256R1"}
    if kind in curves:
        return ec.generate_private_key(getattr(ec, curves[kind])())
    if kind.startswith("rsa"):
        exponent = 3 if kind.endswith("e3") else 65537
        return rsa.generate_private_key(exponent, int(kind[3:].partition("e")[0]))
    if kind.startswith("dsa"):
        return dsa.generate_private_key(int(kind[3:]))
    return {"ed25519": ed25519.Ed25519PrivateKey, "ed448": ed448.Ed448PrivateKey}[kind].generate()
