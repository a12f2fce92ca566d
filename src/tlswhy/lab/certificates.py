"""Certificates as a case wants them, byte by byte: whatever a library would refuse to issue, this does.

Owns the DER of a certificate made from a ``Wanted``. Knows no case and no clock: times are given. An own writer, since
libraries refuse what the lab is for (MD5, RSA 512, a broken signature, an extension twice).
"""

from __future__ import annotations

import ipaddress
from datetime import datetime

from tlswhy.errors import BadTable
from tlswhy.frozen import frozen
from tlswhy.lab.keys import LabKey
from tlswhy.lab.rsa import DIGEST_OIDS, HASHLIB
from tlswhy.pki import der
from tlswhy.pki.der import SEQUENCE, encode, encode_integer, encode_object_identifier

PURPOSES = {
    "anyExtendedKeyUsage": "2.5.29.37.0",
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
}
USAGES = (
    "digitalSignature",
    "contentCommitment",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
)
"""KeyUsage of RFC 5280, 4.2.1.3, by bit."""
SIGNATURES = {
    ("RSA", "MD5"): "1.2.840.113549.1.1.4",
    ("RSA", "SHA-1"): "1.2.840.113549.1.1.5",
    ("RSA", "SHA-224"): "1.2.840.113549.1.1.14",
    ("RSA", "SHA-256"): "1.2.840.113549.1.1.11",
    ("RSA", "SHA-384"): "1.2.840.113549.1.1.12",
    ("RSA", "SHA-512"): "1.2.840.113549.1.1.13",
    ("EC", "SHA-1"): "1.2.840.10045.4.1",
    ("EC", "SHA-224"): "1.2.840.10045.4.3.1",
    ("EC", "SHA-256"): "1.2.840.10045.4.3.2",
    ("EC", "SHA-384"): "1.2.840.10045.4.3.3",
    ("EC", "SHA-512"): "1.2.840.10045.4.3.4",
    ("Ed25519", ""): "1.3.101.112",
    ("Ed448", ""): "1.3.101.113",
}
UNHEARD_OF = "1.3.6.1.4.1.32473.1.7"
"""An extension that nobody knows, below the arc that RFC 5612 keeps for documentation."""
COMMENT = "2.16.840.1.113730.1.13"
"""Netscape's comment, which every client passes over: ballast."""
_TRUE = b"\1\1\xff"


@frozen
class Wanted:
    """What a certificate shall say. ``names``: DNS names and addresses, empty for no subjectAltName; ``ca`` None for no
    basicConstraints; ``usages`` and ``purposes`` None for no such extension. ``digest``: SHA-256 or another, "" with
    EdDSA. ``permits`` and ``excludes`` are DNS subtrees; ``ballast`` bytes make it larger; ``broken``: the signature
    is not right."""

    subject: str
    serial: int
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...] = ()
    ca: bool | None = None
    path_length: int | None = None
    usages: tuple[str, ...] | None = None
    purposes: tuple[str, ...] | None = None
    permits: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    unheard_of: bool = False
    ballast: int = 0
    digest: str = "SHA-256"
    pss: bool = False
    broken: bool = False
    version: int = 3


def issue(wanted: Wanted, key: LabKey, issuer: str, issuer_key: LabKey) -> bytes:
    """The certificate for ``key``, signed by ``issuer_key``, in DER."""
    algorithm = signature_algorithm(issuer_key, wanted.digest, pss=wanted.pss)
    to_be_signed = encode(
        SEQUENCE,
        (encode(0xA0, encode_integer(wanted.version - 1)) if wanted.version > 1 else b"")
        + encode_integer(wanted.serial)
        + algorithm
        + name(issuer)
        + encode(SEQUENCE, _time(wanted.not_before) + _time(wanted.not_after))
        + name(wanted.subject)
        + key.spki
        + (_extensions(wanted, key, issuer_key) if wanted.version == 3 else b""),
    )
    signature = issuer_key.sign(to_be_signed, wanted.digest, pss=wanted.pss)
    if wanted.broken:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return encode(SEQUENCE, to_be_signed + algorithm + encode(der.BIT_STRING, b"\0" + signature))


def name(common_name: str) -> bytes:
    """A distinguished name: organisation, common name."""
    organisation = _attribute("2.5.4.10", "tlswhy lab")
    return encode(SEQUENCE, organisation + (_attribute("2.5.4.3", common_name) if common_name else b""))


def signature_algorithm(key: LabKey, digest: str, *, pss: bool) -> bytes:
    """The AlgorithmIdentifier of a signature by this key; raises BadTable for one that it can't make."""
    kind = "RSA" if key.algorithm == "RSASSA-PSS" else key.algorithm
    if kind == "RSA" and (pss or key.algorithm == "RSASSA-PSS"):
        return _pss(digest)
    oid = SIGNATURES.get((kind, "" if kind.startswith("Ed") else digest))
    if oid is None:
        raise BadTable("lab-signature-unknown", key=kind, digest=digest)
    return encode(SEQUENCE, encode_object_identifier(oid) + (b"\5\0" if kind == "RSA" else b""))


def _pss(digest: str) -> bytes:
    """RSASSA-PSS-params of RFC 4055, 3.1: one hash for all, a salt of its size."""
    import hashlib

    hashed = encode(SEQUENCE, encode_object_identifier(DIGEST_OIDS[digest]) + b"\5\0")
    mask = encode(SEQUENCE, encode_object_identifier("1.2.840.113549.1.1.8") + hashed)
    salt = encode_integer(hashlib.new(HASHLIB[digest]).digest_size)
    parameters = encode(SEQUENCE, encode(0xA0, hashed) + encode(0xA1, mask) + encode(0xA2, salt))
    return encode(SEQUENCE, encode_object_identifier("1.2.840.113549.1.1.10") + parameters)


def _attribute(oid: str, text: str) -> bytes:
    pair = encode_object_identifier(oid) + encode(der.UTF8_STRING, text.encode())
    return encode(der.SET, encode(SEQUENCE, pair))


def _time(moment: datetime) -> bytes:
    """RFC 5280, 4.1.2.5: UTCTime until 2049."""
    if 1950 <= moment.year < 2050:
        return encode(der.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return encode(der.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def _extensions(wanted: Wanted, key: LabKey, issuer_key: LabKey) -> bytes:
    """RFC 5280, 4.2, in an order that real authorities use."""
    listed = [
        _extension("2.5.29.14", encode(der.OCTET_STRING, key.identifier)),
        _extension("2.5.29.35", encode(SEQUENCE, encode(0x80, issuer_key.identifier))),
    ]
    if wanted.ca is not None:
        length = encode_integer(wanted.path_length) if wanted.path_length is not None else b""
        listed.append(_extension("2.5.29.19", encode(SEQUENCE, (_TRUE if wanted.ca else b"") + length), critical=True))
    if wanted.usages is not None:
        listed.append(_extension("2.5.29.15", _usages(wanted.usages), critical=True))
    if wanted.purposes is not None:
        purposes = b"".join(encode_object_identifier(PURPOSES.get(each, each)) for each in wanted.purposes)
        listed.append(_extension("2.5.29.37", encode(SEQUENCE, purposes)))
    if wanted.names:
        listed.append(_extension("2.5.29.17", encode(SEQUENCE, b"".join(map(_general_name, wanted.names)))))
    if wanted.permits or wanted.excludes:
        trees = _subtrees(0xA0, wanted.permits) + _subtrees(0xA1, wanted.excludes)
        listed.append(_extension("2.5.29.30", encode(SEQUENCE, trees), critical=True))
    if wanted.unheard_of:
        listed.append(_extension(UNHEARD_OF, encode(der.UTF8_STRING, b"nobody knows"), critical=True))
    if wanted.ballast:
        listed.append(_extension(COMMENT, encode(der.IA5_STRING, b"ballast " * (wanted.ballast // 8))))
    return encode(0xA3, encode(SEQUENCE, b"".join(listed)))


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = _TRUE if critical else b""
    return encode(SEQUENCE, encode_object_identifier(oid) + flag + encode(der.OCTET_STRING, value))


def _usages(usages: tuple[str, ...]) -> bytes:
    bits = sum(0x80 >> USAGES.index(usage) for usage in usages)
    unused = (bits & -bits).bit_length() - 1 if bits else 0
    return encode(der.BIT_STRING, bytes([unused, bits]))


def _general_name(text: str) -> bytes:
    try:
        return encode(0x87, ipaddress.ip_address(text).packed)
    except ValueError:
        return encode(0x82, text.encode("ascii"))


def _subtrees(tag: int, names: tuple[str, ...]) -> bytes:
    trees = b"".join(encode(SEQUENCE, encode(0x82, name.encode("ascii"))) for name in names)
    return encode(tag, trees) if names else b""
