"""Public keys and signature algorithms as certificates state them, named as the JDK names them.

Owns SubjectPublicKeyInfo and AlgorithmIdentifier; whether a signature is right is for ``signatures``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tlswhy.frozen import frozen
from tlswhy.pki import der
from tlswhy.tables import load_table

DIGESTS: Mapping[str, str] = load_table("pki", "algorithms.toml")["digests"]
"""Name of each digest by OID."""
CURVES: Mapping[str, tuple[str, int | None]] = load_table("pki", "curves.toml")["curves"]
"""Name and bits of the order of each named curve by OID."""
_KEYS: Mapping[str, str] = load_table("pki", "algorithms.toml")["keys"]
_SIGNATURES: Mapping[str, tuple[str, str, str]] = load_table("pki", "algorithms.toml")["signatures"]


@frozen
class PssParameters:
    """RSASSA-PSS-params with the defaults of RFC 4055 §3.1 filled in; hashes as "SHA-256", unknown ones as OID."""

    hash: str = "SHA-1"
    mgf: str = "MGF1"
    mgf_hash: str = "SHA-1"
    salt_length: int = 20
    trailer: int = 1


@frozen
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
    stated: bool = False
    """There are parameters other than NULL."""
    readable: bool = True
    """False: the parameters could not be read (``pss`` then holds what could be)."""


@frozen
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
    stated = parameters is not None and parameters.tag != _NULL
    if oid == _PSS:
        pss, readable = _pss_parameters(parameters)
        return SignatureAlgorithm(oid, "RSASSA-PSS", "RSA", pss.hash, pss, stated, readable)
    if oid == ECDSA_SPECIFIED and parameters is not None and stated:
        return SignatureAlgorithm(oid, oid, "EC", _digest(parameters), stated=stated)
    if oid not in _SIGNATURES:
        return SignatureAlgorithm(oid, oid, None, None, stated=stated)
    name, key, digest = _SIGNATURES[oid]
    return SignatureAlgorithm(oid, name, key, digest or None, stated=stated)


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


def lacks_parameters(key: PublicKey) -> bool:
    """A DSA key without p, q and g, which it then has from its issuer (RFC 3279 §2.3.2)."""
    return key.algorithm == "DSA" and _dsa_parameters(key) is None


def inherit_parameters(key: PublicKey, issuer: PublicKey) -> PublicKey:
    """The key with its issuer's parameters where it lacks its own and the issuer has some; else as it is."""
    if not lacks_parameters(key) or issuer.algorithm != "DSA" or (parameters := _dsa_parameters(issuer)) is None:
        return key
    algorithm, bits = der.read_element(key.spki).children()
    identifier = der.encode(der.SEQUENCE, algorithm.first().raw + parameters.raw)
    return replace(key, spki=der.encode(der.SEQUENCE, identifier + bits.raw), bits=issuer.bits)


def _dsa_parameters(key: PublicKey) -> der.Element | None:
    try:
        _, parameters = _algorithm_identifier(der.read_element(key.spki).first())
    except der.NotDer:
        return None
    return parameters if parameters is not None and parameters.tag == der.SEQUENCE else None


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


_NULL = 0x05
_PSS = "1.2.840.113549.1.1.10"
ECDSA_SPECIFIED = "1.2.840.10045.4.3"
"""ecdsa-with-Specified (RFC 3279 has no use for it, X9.62 has): the digest stands in the parameters."""
_MGF1 = "1.2.840.113549.1.1.8"

# sun.security.util.KeyUtil.getKeySize counts the curve's field here, not the octets of the key
_KEY_SIZES = {"X25519": 255, "X448": 448, "Ed25519": 255, "Ed448": 448}
