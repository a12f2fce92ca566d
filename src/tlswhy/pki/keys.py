"""Public keys and signature algorithms as certificates state them, named as the JDK names them.

Owns SubjectPublicKeyInfo and AlgorithmIdentifier; whether a signature is right is for ``signatures``.
"""

from __future__ import annotations

from dataclasses import dataclass

from tlswhy.pki import der


@dataclass(frozen=True, slots=True)
class PssParameters:
    """RSASSA-PSS-params with the defaults of RFC 4055 §3.1 filled in; hashes as "SHA-256", unknown ones as OID."""

    hash: str = "SHA-1"
    mgf: str = "MGF1"
    mgf_hash: str = "SHA-1"
    salt_length: int = 20
    trailer: int = 1


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """``name`` is the JCA name ("SHA256withRSA", "RSASSA-PSS", "Ed25519"), or the OID where the JDK has none.

    ``key`` is the kind of key that makes such signatures: "RSA", "EC", "DSA", "Ed25519", "Ed448"; None: unknown.
    ``digest`` is None where the algorithm fixes it otherwise (EdDSA) or is unknown.
    """

    oid: str
    name: str
    key: str | None
    digest: str | None
    pss: PssParameters | None = None
    readable: bool = True
    """False: the parameters could not be read (``pss`` then holds what could be)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """``algorithm``: "RSA", "RSASSA-PSS", "EC", "DSA", "DH", "Ed25519", "Ed448", "X25519", "X448", else the OID.

    ``bits`` is what the JDK's KeyUtil.getKeySize counts: RSA modulus, DSA and DH prime, order of the curve.
    """

    algorithm: str
    spki: bytes
    bits: int | None = None
    curve: str | None = None
    """As the JDK and IANA say ("secp256r1", "brainpoolP256r1"); "explicit"; else the OID. None: not EC."""
    pss: PssParameters | None = None
    """The restriction of an id-RSASSA-PSS key; None: unrestricted, or another kind of key."""

    @property
    def family(self) -> str:
        """The algorithm, RSASSA-PSS keys counted as RSA."""
        return "RSA" if self.algorithm == "RSASSA-PSS" else self.algorithm


def read_signature_algorithm(element: der.Element) -> SignatureAlgorithm:
    """Read an AlgorithmIdentifier; raises ``NotDer``."""
    oid, parameters = _algorithm_identifier(element)
    if oid == _PSS:
        pss, readable = _pss_parameters(parameters)
        return SignatureAlgorithm(oid, "RSASSA-PSS", "RSA", pss.hash, pss, readable)
    name, key, digest = _SIGNATURES.get(oid, (oid, None, None))
    return SignatureAlgorithm(oid, name, key, digest)


def read_public_key(element: der.Element) -> PublicKey:
    """Read a SubjectPublicKeyInfo; raises ``NotDer``. A key whose numbers can't be read has ``bits`` None."""
    parts = list(element.expect(der.SEQUENCE).children())
    if len(parts) < 2:
        raise der.NotDer(f"public key at byte {element.start}")
    oid, parameters = _algorithm_identifier(parts[0])
    algorithm = _KEYS.get(oid, oid)
    bits, curve, pss = _KEY_SIZES.get(algorithm), None, None
    try:
        if algorithm in ("RSA", "RSASSA-PSS"):
            bits = _rsa_numbers(parts[1])[0].bit_length()
            if algorithm == "RSASSA-PSS" and parameters is not None and parameters.tag == der.SEQUENCE:
                pss = _pss_parameters(parameters)[0]
        elif algorithm in ("DSA", "DH") and parameters is not None:
            bits = der.integer(parameters.expect(der.SEQUENCE).first()).bit_length()
        elif algorithm == "EC" and parameters is not None:
            curve, bits = _curve(parameters)
    except der.NotDer:
        bits = None
    return PublicKey(algorithm, element.raw, bits, curve, pss)


def rsa_numbers(key: PublicKey) -> tuple[int, int]:
    """Modulus and public exponent of an RSA key; raises ``NotDer``."""
    return _rsa_numbers(list(der.read_element(key.spki).children())[1])


def _rsa_numbers(bits: der.Element) -> tuple[int, int]:
    numbers = list(der.read_element(der.bit_string(bits.expect(der.BIT_STRING))).expect(der.SEQUENCE).children())
    if len(numbers) < 2:
        raise der.NotDer("RSA key without exponent")
    modulus = int.from_bytes(numbers[0].expect(der.INTEGER).content, "big")  # unsigned: some writers omit the zero
    return modulus, int.from_bytes(numbers[1].expect(der.INTEGER).content, "big")


def _algorithm_identifier(element: der.Element) -> tuple[str, der.Element | None]:
    parts = list(element.expect(der.SEQUENCE).children())
    if not parts:
        raise der.NotDer(f"algorithm at byte {element.start}")
    return der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER)), parts[1] if len(parts) > 1 else None


def _pss_parameters(parameters: der.Element | None) -> tuple[PssParameters, bool]:
    """RFC 4055 §3.1; absent parameters are the defaults, as for an empty SEQUENCE."""
    found: dict[int, str | int] = {}
    mgf, mgf_hash = "MGF1", "SHA-1"
    readable = True
    try:
        for field in parameters.expect(der.SEQUENCE).children() if parameters is not None else ():
            if field.tag == 0xA0:
                found[0] = _digest(field.first())
            elif field.tag == 0xA1:
                oid, inner = _algorithm_identifier(field.first())
                mgf = "MGF1" if oid == _MGF1 else oid
                mgf_hash = _digest(inner) if inner is not None else mgf_hash
            elif field.tag in (0xA2, 0xA3):
                found[field.tag & 3] = der.integer(field.first().expect(der.INTEGER))
    except der.NotDer:
        readable = False
    salt, trailer = int(found.get(2, 20)), int(found.get(3, 1))
    return PssParameters(str(found.get(0, "SHA-1")), mgf, mgf_hash, salt, trailer), readable


def _digest(element: der.Element) -> str:
    oid = _algorithm_identifier(element)[0]
    return DIGESTS.get(oid, oid)


def _curve(parameters: der.Element) -> tuple[str | None, int | None]:
    if parameters.tag == der.OBJECT_IDENTIFIER:
        oid = der.object_identifier(parameters)
        return CURVES.get(oid, (oid, None))
    if parameters.tag != der.SEQUENCE:  # implicitCA
        return None, None
    fields = list(parameters.children())  # SpecifiedECDomain: version, field, curve, base, order, cofactor
    return "explicit", der.integer(fields[4].expect(der.INTEGER)).bit_length() if len(fields) > 4 else None


_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"

DIGESTS = {
    "1.2.840.113549.2.2": "MD2",
    "1.2.840.113549.2.4": "MD4",
    "1.2.840.113549.2.5": "MD5",
    "1.3.14.3.2.26": "SHA-1",
    "1.3.36.3.2.1": "RIPEMD160",
    "2.16.840.1.101.3.4.2.1": "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
    "2.16.840.1.101.3.4.2.5": "SHA-512/224",
    "2.16.840.1.101.3.4.2.6": "SHA-512/256",
    "2.16.840.1.101.3.4.2.7": "SHA3-224",
    "2.16.840.1.101.3.4.2.8": "SHA3-256",
    "2.16.840.1.101.3.4.2.9": "SHA3-384",
    "2.16.840.1.101.3.4.2.10": "SHA3-512",
}

_KEYS = {
    "1.2.840.113549.1.1.1": "RSA",
    "2.5.8.1.1": "RSA",
    _PSS: "RSASSA-PSS",
    "1.2.840.10045.2.1": "EC",
    "1.2.840.10040.4.1": "DSA",
    "1.3.14.3.2.12": "DSA",
    "1.2.840.113549.1.3.1": "DH",
    "1.2.840.10046.2.1": "DH",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}

# sun.security.util.KeyUtil.getKeySize counts the curve's field here, not the octets of the key
_KEY_SIZES = {"X25519": 255, "X448": 448, "Ed25519": 255, "Ed448": 448}

# OID: JCA name (sun.security.x509.AlgorithmId, KnownOIDs), kind of key, digest
_SIGNATURES: dict[str, tuple[str, str, str | None]] = {
    "1.2.840.113549.1.1.2": ("MD2withRSA", "RSA", "MD2"),
    "1.2.840.113549.1.1.3": ("MD4withRSA", "RSA", "MD4"),
    "1.2.840.113549.1.1.4": ("MD5withRSA", "RSA", "MD5"),
    "1.2.840.113549.1.1.5": ("SHA1withRSA", "RSA", "SHA-1"),
    "1.3.14.3.2.29": ("SHA1withRSA", "RSA", "SHA-1"),
    "1.2.840.113549.1.1.14": ("SHA224withRSA", "RSA", "SHA-224"),
    "1.2.840.113549.1.1.11": ("SHA256withRSA", "RSA", "SHA-256"),
    "1.2.840.113549.1.1.12": ("SHA384withRSA", "RSA", "SHA-384"),
    "1.2.840.113549.1.1.13": ("SHA512withRSA", "RSA", "SHA-512"),
    "1.2.840.113549.1.1.15": ("SHA512/224withRSA", "RSA", "SHA-512/224"),
    "1.2.840.113549.1.1.16": ("SHA512/256withRSA", "RSA", "SHA-512/256"),
    "2.16.840.1.101.3.4.3.13": ("SHA3-224withRSA", "RSA", "SHA3-224"),
    "2.16.840.1.101.3.4.3.14": ("SHA3-256withRSA", "RSA", "SHA3-256"),
    "2.16.840.1.101.3.4.3.15": ("SHA3-384withRSA", "RSA", "SHA3-384"),
    "2.16.840.1.101.3.4.3.16": ("SHA3-512withRSA", "RSA", "SHA3-512"),
    "1.2.840.10045.4.1": ("SHA1withECDSA", "EC", "SHA-1"),
    "1.2.840.10045.4.3.1": ("SHA224withECDSA", "EC", "SHA-224"),
    "1.2.840.10045.4.3.2": ("SHA256withECDSA", "EC", "SHA-256"),
    "1.2.840.10045.4.3.3": ("SHA384withECDSA", "EC", "SHA-384"),
    "1.2.840.10045.4.3.4": ("SHA512withECDSA", "EC", "SHA-512"),
    "2.16.840.1.101.3.4.3.9": ("SHA3-224withECDSA", "EC", "SHA3-224"),
    "2.16.840.1.101.3.4.3.10": ("SHA3-256withECDSA", "EC", "SHA3-256"),
    "2.16.840.1.101.3.4.3.11": ("SHA3-384withECDSA", "EC", "SHA3-384"),
    "2.16.840.1.101.3.4.3.12": ("SHA3-512withECDSA", "EC", "SHA3-512"),
    "1.2.840.10040.4.3": ("SHA1withDSA", "DSA", "SHA-1"),
    "1.3.14.3.2.13": ("SHA1withDSA", "DSA", "SHA-1"),
    "1.3.14.3.2.27": ("SHA1withDSA", "DSA", "SHA-1"),
    "2.16.840.1.101.3.4.3.1": ("SHA224withDSA", "DSA", "SHA-224"),
    "2.16.840.1.101.3.4.3.2": ("SHA256withDSA", "DSA", "SHA-256"),
    "2.16.840.1.101.3.4.3.3": ("SHA384withDSA", "DSA", "SHA-384"),
    "2.16.840.1.101.3.4.3.4": ("SHA512withDSA", "DSA", "SHA-512"),
    "1.3.101.112": ("Ed25519", "Ed25519", None),
    "1.3.101.113": ("Ed448", "Ed448", None),
}

# OID: name as the JDK's CurveDB and KnownOIDs write it, bits of the order
CURVES: dict[str, tuple[str, int | None]] = {
    "1.3.132.0.6": ("secp112r1", 112),
    "1.3.132.0.7": ("secp112r2", 110),
    "1.3.132.0.28": ("secp128r1", 128),
    "1.3.132.0.29": ("secp128r2", 126),
    "1.3.132.0.9": ("secp160k1", 161),
    "1.3.132.0.8": ("secp160r1", 161),
    "1.3.132.0.30": ("secp160r2", 161),
    "1.3.132.0.31": ("secp192k1", 192),
    "1.3.132.0.32": ("secp224k1", 225),
    "1.3.132.0.33": ("secp224r1", 224),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.132.0.34": ("secp384r1", 384),
    "1.3.132.0.35": ("secp521r1", 521),
    "1.2.840.10045.3.1.1": ("secp192r1", 192),
    "1.2.840.10045.3.1.2": ("X9.62 prime192v2", 192),
    "1.2.840.10045.3.1.3": ("X9.62 prime192v3", 192),
    "1.2.840.10045.3.1.4": ("X9.62 prime239v1", 239),
    "1.2.840.10045.3.1.5": ("X9.62 prime239v2", 239),
    "1.2.840.10045.3.1.6": ("X9.62 prime239v3", 239),
    "1.2.840.10045.3.1.7": ("secp256r1", 256),
    "1.3.132.0.4": ("sect113r1", 113),
    "1.3.132.0.5": ("sect113r2", 113),
    "1.3.132.0.22": ("sect131r1", 131),
    "1.3.132.0.23": ("sect131r2", 131),
    "1.3.132.0.1": ("sect163k1", 163),
    "1.3.132.0.2": ("sect163r1", 162),
    "1.3.132.0.15": ("sect163r2", 163),
    "1.3.132.0.24": ("sect193r1", 193),
    "1.3.132.0.25": ("sect193r2", 193),
    "1.3.132.0.26": ("sect233k1", 232),
    "1.3.132.0.27": ("sect233r1", 233),
    "1.3.132.0.3": ("sect239k1", 238),
    "1.3.132.0.16": ("sect283k1", 281),
    "1.3.132.0.17": ("sect283r1", 282),
    "1.3.132.0.36": ("sect409k1", 407),
    "1.3.132.0.37": ("sect409r1", 409),
    "1.3.132.0.38": ("sect571k1", 570),
    "1.3.132.0.39": ("sect571r1", 570),
    "1.2.840.10045.3.0.1": ("X9.62 c2pnb163v1", 163),
    "1.2.840.10045.3.0.2": ("X9.62 c2pnb163v2", 162),
    "1.2.840.10045.3.0.3": ("X9.62 c2pnb163v3", 162),
    "1.2.840.10045.3.0.4": ("X9.62 c2pnb176v1", 161),
    "1.2.840.10045.3.0.5": ("X9.62 c2tnb191v1", 191),
    "1.2.840.10045.3.0.6": ("X9.62 c2tnb191v2", 190),
    "1.2.840.10045.3.0.7": ("X9.62 c2tnb191v3", 189),
    "1.2.840.10045.3.0.10": ("X9.62 c2pnb208w1", 193),
    "1.2.840.10045.3.0.11": ("X9.62 c2tnb239v1", 238),
    "1.2.840.10045.3.0.12": ("X9.62 c2tnb239v2", 237),
    "1.2.840.10045.3.0.13": ("X9.62 c2tnb239v3", 236),
    "1.2.840.10045.3.0.16": ("X9.62 c2pnb272w1", 257),
    "1.2.840.10045.3.0.17": ("X9.62 c2pnb304w1", 289),
    "1.2.840.10045.3.0.18": ("X9.62 c2tnb359v1", 353),
    "1.2.840.10045.3.0.19": ("X9.62 c2pnb368w1", 353),
    "1.2.840.10045.3.0.20": ("X9.62 c2tnb431r1", 418),
    "1.3.36.3.3.2.8.1.1.1": ("brainpoolP160r1", 160),
    "1.3.36.3.3.2.8.1.1.2": ("brainpoolP160t1", 160),
    "1.3.36.3.3.2.8.1.1.3": ("brainpoolP192r1", 192),
    "1.3.36.3.3.2.8.1.1.4": ("brainpoolP192t1", 192),
    "1.3.36.3.3.2.8.1.1.5": ("brainpoolP224r1", 224),
    "1.3.36.3.3.2.8.1.1.6": ("brainpoolP224t1", 224),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.8": ("brainpoolP256t1", 256),
    "1.3.36.3.3.2.8.1.1.9": ("brainpoolP320r1", 320),
    "1.3.36.3.3.2.8.1.1.10": ("brainpoolP320t1", 320),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.12": ("brainpoolP384t1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
    "1.3.36.3.3.2.8.1.1.14": ("brainpoolP512t1", 512),
    "1.2.156.10197.1.301": ("curveSM2", 256),
}
