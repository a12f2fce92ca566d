"""Which public keys and algorithm parameters Java's key factories can make something of.

Owns X509Key.buildX509Key, the parsing of RSA, DSA, DH, EC and Edwards keys, and AlgorithmId.decodeParams.
"""

from __future__ import annotations

from tlswhy.pki import der
from tlswhy.pki.java_extensions import Era
from tlswhy.pki.java_values import Unreadable, algorithm, bits
from tlswhy.pki.keys import CURVES

_RSA, _PSS, _DSA, _DH, _EC = (
    "1.2.840.113549.1.1.1",
    "1.2.840.113549.1.1.10",
    "1.2.840.10040.4.1",
    "1.2.840.113549.1.3.1",
    "1.2.840.10045.2.1",
)
_FIXED_SIZES = {"1.3.101.110": 32, "1.3.101.111": 56, "1.3.101.112": 32, "1.3.101.113": 57}
"""X25519, X448, Ed25519, Ed448."""
_EDWARDS = {"1.3.101.112", "1.3.101.113"}


def check_key(element: der.Element, era: Era) -> None:
    """X509Key.parse; raises ``Unreadable``. A key of an unknown kind is kept as it is."""
    parts = list(element.expect(der.SEQUENCE).children())
    if len(parts) != 2:
        raise Unreadable("public-key")
    kind, parameters = algorithm(parts[0])
    check_parameters(parts[0], era)
    key = bits(parts[1])
    if kind == _PSS and parameters is not None and era is Era.LENIENT:  # RSAUtil: "Unsupported algorithm"
        raise Unreadable("public-key")
    if kind in (_RSA, _PSS):
        _check_rsa(key, era)
    elif kind in (_DSA, _DH):
        if kind == _DH and parameters is None:
            raise Unreadable("public-key")
        der.integer(der.read_element(key).expect(der.INTEGER))
    elif kind in _FIXED_SIZES and (era.rewritten or kind not in _EDWARDS):
        _check_fixed(key, parameters, _FIXED_SIZES[kind])


def check_parameters(element: der.Element, era: Era) -> None:
    """AlgorithmId.decodeParams: parameters of an algorithm that has AlgorithmParameters must be its own."""
    kind, parameters = algorithm(element)
    if parameters is None:
        return
    value = der.read_element(parameters)
    if kind == _DSA:
        numbers = list(value.expect(der.SEQUENCE).children())
        if len(numbers) != 3:
            raise Unreadable("public-key")
        for number in numbers:
            der.integer(number.expect(der.INTEGER))
    elif kind == _DH:
        numbers = list(value.expect(der.SEQUENCE).children())
        for number in numbers[:3]:
            der.integer(number.expect(der.INTEGER))
        if not 2 <= len(numbers) <= 3:
            raise Unreadable("public-key")
    elif kind == _PSS:
        _check_pss(value)


def _check_rsa(key: bytes, era: Era) -> None:
    """RSAPublicKeyImpl: exactly two numbers, 16384 bits at most, an exponent from 3 up to the modulus."""
    element = der.read_element(key).expect(der.SEQUENCE)
    numbers = list(element.children())
    if len(numbers) != 2 or (element.end != len(key) and era.rewritten):
        raise Unreadable("public-key")
    for number in numbers:
        der.integer(number.expect(der.INTEGER))
    modulus, exponent = (int.from_bytes(number.content, "big") for number in numbers)
    size = modulus.bit_length()
    if size > _LARGEST_RSA or not 3 <= exponent < modulus:
        raise Unreadable("rsa-numbers")
    if size > _FREE_EXPONENT and exponent.bit_length() > _LARGEST_EXPONENT:
        raise Unreadable("rsa-numbers")


_LARGEST_RSA = 16384
_FREE_EXPONENT = 3072
_LARGEST_EXPONENT = 64


def _check_fixed(key: bytes, parameters: bytes | None, size: int) -> None:
    if len(key) != size or parameters is not None:
        raise Unreadable("public-key")


def check_curve(spki: bytes) -> None:
    """ECParameters, ECPublicKeyImpl, ECUtil.decodePoint: a named curve, and an uncompressed point of its field's size,
    wherever that lies. Keys of other kinds pass."""
    identifier, key = der.read_element(spki).children()
    kind, parameters = algorithm(identifier)
    if kind != _EC:
        return
    if parameters is None:
        raise Unreadable("curve-absent")
    value = der.read_element(parameters)
    if value.tag != der.OBJECT_IDENTIFIER:
        raise Unreadable("curve-explicit")
    curve = CURVES.get(der.object_identifier(value))
    if curve is None:
        raise Unreadable("curve-unknown")
    point, size = bits(key), curve[1] or 0
    if point[:1] != b"\x04" or (len(point) - 1) // 2 not in ((size + 7) // 8, (size + 8) // 8):
        raise Unreadable("curve-point")


def _check_pss(value: der.Element) -> None:
    """sun.security.rsa.PSSParameters.engineInit: only fields that it knows, digests that it has, MGF1."""
    seen = set()
    for field in value.expect(der.SEQUENCE).children():
        if field.tag not in (0xA0, 0xA1, 0xA2, 0xA3) or field.tag in seen:
            raise Unreadable("signature-parameters")
        seen.add(field.tag)
        inner = field.first()
        if field.tag == 0xA0:
            algorithm(inner)
        elif field.tag == 0xA1:
            name, digest = algorithm(inner)
            if name != "1.2.840.113549.1.1.8" or digest is None:
                raise Unreadable("signature-parameters")
            algorithm(der.read_element(digest))
        elif der.integer(inner.expect(der.INTEGER)) < 0 or (field.tag == 0xA3 and der.integer(inner) != 1):
            raise Unreadable("signature-parameters")
