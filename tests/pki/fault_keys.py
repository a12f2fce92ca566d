"""Faults in signatures and keys."""

from random import Random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.pki.fault_making import (
    SHA1_OID,
    SHA256_OID,
    SHA384_OID,
    Fault,
    damaged,
    flip,
    other_key,
    pss_parameters,
    set_fields,
    signed_pss,
    signed_with,
    written_key,
)
from tests.pki.minting import spki, tlv
from tests.pki.paper import (
    NULL,
    key,
    oid,
    usual_algorithm,
    usual_signature,
)


def _rsa_spki(modulus: int, exponent: int, parameters: bytes = NULL, kind: str = "1.2.840.113549.1.1.1") -> bytes:
    def number(value: int) -> bytes:
        return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    return tlv(0x30, tlv(0x30, oid(kind), parameters), tlv(0x03, b"\0", tlv(0x30, number(modulus), number(exponent))))


def _odd(bits: int) -> int:
    return Random(bits).getrandbits(bits) | 1 << bits - 1 | 1


def _ec_spki(curve: bytes, point: bytes) -> bytes:
    return tlv(0x30, tlv(0x30, oid("1.2.840.10045.2.1"), curve), tlv(0x03, b"\0", point))


_P256 = oid("1.2.840.10045.3.1.7")


def _point(*, compressed: bool) -> bytes:
    numbers = key("p256").public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return bytes((2 + (numbers.y & 1),)) + x if compressed else b"\x04" + x + y


def _explicit_p256() -> bytes:
    p = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    g = bytes.fromhex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
    field = tlv(0x30, oid("1.2.840.10045.1.1"), tlv(0x02, b"\0" + p.to_bytes(32, "big")))
    curve = tlv(0x30, tlv(0x04, (p - 3).to_bytes(32, "big")), tlv(0x04, b.to_bytes(32, "big")))
    order = tlv(0x02, b"\0" + n.to_bytes(32, "big"))
    return tlv(0x30, tlv(0x02, b"\x01"), field, curve, tlv(0x04, g), order, tlv(0x02, b"\x01"))


_ECDSA_KEY, _RSA_KEY = ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey
SIGNATURES: dict[str, Fault] = {
    "signature damaged": damaged(flip),
    "signature by another": lambda paper, dice: setattr(
        paper, "sign", lambda signer, tbs: usual_signature(key(dice_kind(signer), 9), tbs)
    ),
    "signature empty": set_fields(sign=lambda paper: lambda signer, tbs: b""),
    "signature short": set_fields(sign=lambda paper: lambda signer, tbs: usual_signature(signer, tbs)[:-1]),
    "signature long": set_fields(sign=lambda paper: lambda signer, tbs: usual_signature(signer, tbs) + b"\0"),
    "outer algorithm other": lambda paper, dice: setattr(paper, "outer", tlv(0x30, oid("1.2.840.10045.4.3.3"))),
    "outer algorithm RSA": set_fields(outer=tlv(0x30, oid("1.2.840.113549.1.1.11"), NULL)),
    "outer no NULL": lambda paper, dice: setattr(
        paper, "outer", usual_algorithm(paper.signer).replace(b"\x0b\x05\0", b"\x0b").replace(b"\x30\x0d", b"\x30\x0b")
    ),
    "both no NULL": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.11")), None, _RSA_KEY),
    "ECDSA with NULL": signed_with(tlv(0x30, oid("1.2.840.10045.4.3.2"), NULL), None, _ECDSA_KEY),
    "ECDSA with parameters": signed_with(tlv(0x30, oid("1.2.840.10045.4.3.2"), _P256), None, _ECDSA_KEY),
    "RSA with parameters": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.11"), tlv(0x02, b"\1")), None, _RSA_KEY),
    "ECDSA SHA-1": signed_with(tlv(0x30, oid("1.2.840.10045.4.1")), hashes.SHA1(), _ECDSA_KEY),
    "ECDSA SHA-224": signed_with(tlv(0x30, oid("1.2.840.10045.4.3.1")), hashes.SHA224(), _ECDSA_KEY),
    "ECDSA SHA-384": signed_with(tlv(0x30, oid("1.2.840.10045.4.3.3")), hashes.SHA384(), _ECDSA_KEY),
    "ECDSA SHA-512": signed_with(tlv(0x30, oid("1.2.840.10045.4.3.4")), hashes.SHA512(), _ECDSA_KEY),
    "ECDSA SHA3": signed_with(tlv(0x30, oid("2.16.840.1.101.3.4.3.10")), hashes.SHA3_256(), _ECDSA_KEY),
    "ECDSA specified": signed_with(tlv(0x30, oid("1.2.840.10045.4.3"), tlv(0x30, oid(SHA256_OID))), None, _ECDSA_KEY),
    "RSA SHA-1": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.5"), NULL), hashes.SHA1(), _RSA_KEY),
    "RSA SHA-1 old OID": signed_with(tlv(0x30, oid("1.3.14.3.2.29"), NULL), hashes.SHA1(), _RSA_KEY),
    "RSA MD5": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.4"), NULL), hashes.MD5(), _RSA_KEY),
    "RSA MD2": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.2"), NULL), None, _RSA_KEY),
    "RSA SHA-224": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.14"), NULL), hashes.SHA224(), _RSA_KEY),
    "RSA SHA-512/256": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.16"), NULL), hashes.SHA512_256(), _RSA_KEY),
    "RSA SHA3": signed_with(tlv(0x30, oid("2.16.840.1.101.3.4.3.14"), NULL), hashes.SHA3_256(), _RSA_KEY),
    "RSA encryption as algorithm": signed_with(tlv(0x30, oid("1.2.840.113549.1.1.1"), NULL), None, _RSA_KEY),
    "algorithm unknown": set_fields(algorithm=tlv(0x30, oid("1.2.3.4"))),
    "algorithm garbage": set_fields(algorithm=tlv(0x30)),
    "EdDSA by name only": set_fields(algorithm=tlv(0x30, oid("1.3.101.112"))),
    "PSS": signed_pss(hashes.SHA256(), 32, pss_parameters(SHA256_OID, SHA256_OID, 32)),
    "PSS 384": signed_pss(hashes.SHA384(), 48, pss_parameters(SHA384_OID, SHA384_OID, 48)),
    "PSS no NULL": signed_pss(hashes.SHA256(), 32, pss_parameters(SHA256_OID, SHA256_OID, 32, b"")),
    "PSS salt 20": signed_pss(hashes.SHA256(), 20, pss_parameters(SHA256_OID, SHA256_OID, 20)),
    "PSS salt says other": signed_pss(hashes.SHA256(), 20, pss_parameters(SHA256_OID, SHA256_OID, 32)),
    "PSS mgf other": signed_pss(hashes.SHA256(), 32, pss_parameters(SHA256_OID, SHA1_OID, 32)),
    "PSS defaults": signed_pss(hashes.SHA1(), 20, tlv(0x30)),
    "PSS absent": signed_pss(hashes.SHA1(), 20, None),
    "PSS NULL": signed_pss(hashes.SHA256(), 32, NULL),
}


def dice_kind(signer: object) -> str:
    """The kind of key that the signer is, for one of the same kind."""
    if isinstance(signer, rsa.RSAPrivateKey):
        return "rsa2048"
    return "p256"


KEYS: dict[str, Fault] = {
    f"key {kind}": other_key(kind)
    for kind in (
        "rsa1024",
        "rsa2048",
        "rsa2048e3",
        "p192",
        "p224",
        "p384",
        "p521",
        "k256",
        "brainpool",
        "ed25519",
        "ed448",
        "dsa1024",
        "dsa2048",
    )
}
KEYS |= {
    f"RSA of {bits}": written_key(lambda paper, bits=bits: _rsa_spki(_odd(bits), 65537))
    for bits in (384, 511, 512, 513, 768, 1000, 1023, 1025, 2047, 3073, 8192, 16384, 16385)
}
KEYS |= {
    "RSA exponent 1": written_key(lambda paper: _rsa_spki(_odd(2048), 1)),
    "RSA exponent 2": written_key(lambda paper: _rsa_spki(_odd(2048), 2)),
    "RSA exponent even": written_key(lambda paper: _rsa_spki(_odd(2048), 65536)),
    "RSA exponent of 65 bits": written_key(lambda paper: _rsa_spki(_odd(2048), 1 << 64 | 1)),
    "RSA exponent of 65 bits, 4096": written_key(lambda paper: _rsa_spki(_odd(4096), 1 << 64 | 1)),
    "RSA exponent too large": written_key(lambda paper: _rsa_spki(_odd(2048), _odd(2049))),
    "RSA exponent 0": written_key(lambda paper: _rsa_spki(_odd(2048), 0)),
    "RSA even": written_key(lambda paper: _rsa_spki(_odd(2048) - 1, 65537)),
    "RSA no parameters": written_key(lambda paper: _rsa_spki(_odd(2048), 65537, b"")),
    "RSA odd parameters": written_key(lambda paper: _rsa_spki(_odd(2048), 65537, tlv(0x02, b"\1"))),
    "RSA negative": written_key(
        lambda paper: tlv(
            0x30,
            tlv(0x30, oid("1.2.840.113549.1.1.1"), NULL),
            tlv(0x03, b"\0", tlv(0x30, tlv(0x02, b"\xff" * 256), tlv(0x02, b"\1\0\1"))),
        )
    ),
    "RSA garbage": written_key(
        lambda paper: tlv(0x30, tlv(0x30, oid("1.2.840.113549.1.1.1"), NULL), tlv(0x03, b"\0\x30\x03\x02"))
    ),
    "RSA trailing": written_key(
        lambda paper: tlv(
            0x30,
            tlv(0x30, oid("1.2.840.113549.1.1.1"), NULL),
            tlv(
                0x03,
                b"\0",
                tlv(0x30, tlv(0x02, b"\0" + _odd(2048).to_bytes(256, "big")), tlv(0x02, b"\1\0\1")),
                b"\0\0",
            ),
        )
    ),
    "RSA-PSS key": written_key(lambda paper: _rsa_spki(_odd(2048), 65537, b"", "1.2.840.113549.1.1.10")),
    "RSA-PSS key limited": written_key(
        lambda paper: _rsa_spki(_odd(2048), 65537, pss_parameters(SHA256_OID, SHA256_OID, 32), "1.2.840.113549.1.1.10")
    ),
    "RSA-PSS key NULL": written_key(lambda paper: _rsa_spki(_odd(2048), 65537, NULL, "1.2.840.113549.1.1.10")),
    "EC compressed": written_key(lambda paper: _ec_spki(_P256, _point(compressed=True))),
    "EC off the curve": written_key(lambda paper: _ec_spki(_P256, _point(compressed=False)[:-1] + b"\x01")),
    "EC infinity": written_key(lambda paper: _ec_spki(_P256, b"\0")),
    "EC short point": written_key(lambda paper: _ec_spki(_P256, _point(compressed=False)[:-2])),
    "EC no curve": written_key(lambda paper: _ec_spki(b"", _point(compressed=False))),
    "EC implicit curve": written_key(lambda paper: _ec_spki(NULL, _point(compressed=False))),
    "EC unknown curve": written_key(lambda paper: _ec_spki(oid("1.2.3.4.5"), _point(compressed=False))),
    "EC explicit": written_key(lambda paper: _ec_spki(_explicit_p256(), _point(compressed=False))),
    "EC explicit odd": written_key(
        lambda paper: _ec_spki(_explicit_p256().replace(b"\x5a\xc6\x35", b"\x5a\xc6\x36"), _point(compressed=False))
    ),
    "Ed25519 short": written_key(lambda paper: tlv(0x30, tlv(0x30, oid("1.3.101.112")), tlv(0x03, b"\0", bytes(31)))),
    "Ed25519 NULL": written_key(
        lambda paper: tlv(0x30, tlv(0x30, oid("1.3.101.112"), NULL), tlv(0x03, b"\0", b"\x09" + bytes(31)))
    ),
    "X25519": written_key(
        lambda paper: tlv(0x30, tlv(0x30, oid("1.3.101.110")), tlv(0x03, b"\0", b"\x09" + bytes(31)))
    ),
    "unknown key": written_key(lambda paper: tlv(0x30, tlv(0x30, oid("1.2.3.4.6")), tlv(0x03, b"\0", bytes(31)))),
    "key garbage": written_key(lambda paper: tlv(0x30, tlv(0x30), tlv(0x03, b"\0"))),
    "key bits unused": written_key(lambda paper: spki(key("p256")).replace(b"\x03\x42\0\x04", b"\x03\x42\4\x04")),
    "DSA no parameters": written_key(
        lambda paper: tlv(0x30, tlv(0x30, oid("1.2.840.10040.4.1")), tlv(0x03, b"\0", tlv(0x02, b"\x07")))
    ),
    "DSA NULL": written_key(
        lambda paper: tlv(0x30, tlv(0x30, oid("1.2.840.10040.4.1"), NULL), tlv(0x03, b"\0", tlv(0x02, b"\x07")))
    ),
    "DH key": written_key(
        lambda paper: tlv(
            0x30,
            tlv(
                0x30,
                oid("1.2.840.113549.1.3.1"),
                tlv(0x30, tlv(0x02, b"\0" + _odd(1024).to_bytes(128, "big")), tlv(0x02, b"\2")),
            ),
            tlv(0x03, b"\0", tlv(0x02, b"\x07")),
        )
    ),
}
