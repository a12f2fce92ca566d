"""Certificates made for a test: by `cryptography` where it can, by hand where nothing else would write such a thing."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tlswhy.pki.certificate import Certificate, read_certificate

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2040, 1, 1, tzinfo=UTC)


@cache
def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve="secp256r1"):
    return ec.generate_private_key(getattr(ec, {"secp256r1": "SECP256R1", "secp384r1": "SECP384R1"}[curve])())


def name(*common_names, organisation=None):
    """A name whose CNs stand in the order given, after the organisation."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name(attributes + [x509.NameAttribute(NameOID.COMMON_NAME, cn) for cn in common_names])


def mint(
    subject=None,
    *,
    issuer=None,
    key=None,
    signer=None,
    extensions=(),
    dns=(),
    ip=(),
    serial=7,
    hash_=None,
    padding=None,
):
    """One certificate as `cryptography` object; self-signed with an EC key unless told otherwise."""
    key = key or ec_key()
    subject = name("leaf.example.test") if subject is None else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
    )
    names = [x509.DNSName._init_without_validation(text) for text in dns] + [x509.IPAddress(address) for address in ip]
    for extension, critical in [*extensions, *([(x509.SubjectAlternativeName(names), False)] if names else [])]:
        builder = builder.add_extension(extension, critical)
    signer = signer or key
    if isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return builder.sign(signer, None)
    return builder.sign(signer, hash_ or hashes.SHA256(), rsa_padding=padding)


def read(certificate) -> Certificate:
    return read_certificate(certificate.public_bytes(Encoding.DER))


def spki(key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def tlv(tag: int, *contents: bytes) -> bytes:
    """One DER element."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def handmade(
    *, version=b"\xa0\x03\x02\x01\x02", serial=b"\x02\x01\x07", times=None, extensions=b"", key=None, algorithm=None,
    outer=None, issuer=None,
) -> bytes:  # fmt: skip
    """A certificate of freely chosen parts and a signature that is none."""
    algorithm = algorithm or bytes.fromhex("300a06082a8648ce3d040302")
    who = issuer or tlv(0x30, tlv(0x31, tlv(0x30, b"\x06\x03\x55\x04\x03", tlv(0x0C, b"hand"))))
    times = times or tlv(0x17, b"200101000000Z") + tlv(0x17, b"400101000000Z")
    parts = [version, serial, algorithm, who, tlv(0x30, times), who, key or spki(ec_key())]
    if extensions:
        parts.append(tlv(0xA3, tlv(0x30, extensions)))
    return tlv(0x30, tlv(0x30, *parts), outer or algorithm, tlv(0x03, b"\0\x30\x06\x02\x01\x01\x02\x01\x01"))


def extension(oid_hex: str, value: bytes, *, critical=False) -> bytes:
    """One entry of the extensions field; the OID as the hex of its content."""
    oid = tlv(0x06, bytes.fromhex(oid_hex))
    return tlv(0x30, oid, b"\x01\x01\xff" if critical else b"", tlv(0x04, value))
