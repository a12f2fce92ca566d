"""Distinguished names: their text, and the form in which Java compares them.

Owns what an X.501 Name says; knows nothing of certificates or host names.
"""

from __future__ import annotations

import re
import unicodedata

from tlswhy.frozen import frozen
from tlswhy.pki import der

COMMON_NAME = "2.5.4.3"

# The keywords of RFC 4514 §3; everything else is written as an OID, except the few that every tool spells out.
_KEYWORDS = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
_SPOKEN = _KEYWORDS | {
    "1.2.840.113549.1.9.1": "emailAddress",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.46": "dnQualifier",
}


@frozen
class Attribute:
    """One attribute of a name: its type's OID, its value as text (None: not a string type), the value's DER."""

    oid: str
    text: str | None
    value: bytes


@frozen(eq=False)
class DistinguishedName:
    """An X.501 Name; equal to another when the JDK's X500Principal would say so (see ``canonical``)."""

    der: bytes
    rdns: tuple[tuple[Attribute, ...], ...]
    """In the order of the encoding: the most significant (usually C or DC) first."""
    text: str
    """RFC 4514: the most specific first."""
    canonical: str
    """As sun.security.x509.X500Name: case folded, white space squeezed, NFKD; only for Printable- and UTF8String."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DistinguishedName) and self.canonical == other.canonical

    def __hash__(self) -> int:
        return hash(self.canonical)

    @property
    def empty(self) -> bool:
        """No attribute at all."""
        return not self.rdns

    @property
    def common_names(self) -> tuple[str, ...]:
        """Every CN that is a string, in the order of the encoding."""
        return tuple(a.text for rdn in self.rdns for a in rdn if a.oid == COMMON_NAME and a.text is not None)

    @property
    def most_specific_common_name(self) -> str | None:
        """The CN that JSSE compares: sun.security.x509.X500Name.findMostSpecificAttribute, last RDN first."""
        for rdn in reversed(self.rdns):
            for attribute in rdn:
                if attribute.oid == COMMON_NAME:
                    return attribute.text
        return None


def read_name(element: der.Element) -> DistinguishedName:
    """Read a Name (also an implicitly tagged one); raises ``NotDer``."""
    rdns = tuple(tuple(_read_attribute(pair) for pair in rdn.expect(der.SET).children()) for rdn in element.children())
    written = ",".join("+".join(map(_rfc4514, rdn)) for rdn in reversed(rdns))
    canonical = ",".join("+".join(sorted(map(_canonical, rdn), key=_keywords_first)) for rdn in reversed(rdns))
    return DistinguishedName(element.raw, rdns, written, canonical)


_STRINGS = {
    der.UTF8_STRING,
    der.PRINTABLE_STRING,
    der.T61_STRING,
    der.IA5_STRING,
    der.GENERAL_STRING,
    der.UNIVERSAL_STRING,
    der.BMP_STRING,
    0x12,  # NumericString
    0x1A,  # VisibleString
}


def _read_attribute(pair: der.Element) -> Attribute:
    parts = iter(pair.expect(der.SEQUENCE).children())
    try:
        oid, value = der.object_identifier(next(parts).expect(der.OBJECT_IDENTIFIER)), next(parts)
    except StopIteration:
        raise der.NotDer(f"attribute at byte {pair.start}") from None
    return Attribute(oid, der.text(value) if value.tag in _STRINGS else None, value.raw)


def _rfc4514(attribute: Attribute) -> str:
    keyword = _SPOKEN.get(attribute.oid, attribute.oid)
    if attribute.text is None:
        return f"{keyword}=#{attribute.value.hex()}"
    escaped = "".join(_escape(character) for character in attribute.text)
    if escaped[:1] in ("#", " "):
        escaped = "\\" + escaped
    if attribute.text.endswith(" ") and len(attribute.text) > 1:
        escaped = escaped[:-1] + "\\ "
    return f"{keyword}={escaped}"


def _escape(character: str) -> str:
    if character in '",+;<>\\':
        return "\\" + character
    if not character.isprintable():
        return "".join(f"\\{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))
    return character


def _keywords_first(canonical: str) -> tuple[bool, str]:
    return canonical[0].isdigit(), canonical


# Unicode normalization sorts runs of combining marks by insertion, in quadratic time; X.520 allows far less than this.
_LONGEST_NORMALIZED = 4096

_TRIMMED = "".join(map(chr, range(0x21)))  # what String.trim() takes off


def _canonical(attribute: Attribute) -> str:
    """One attribute as sun.security.x509.AVA.toRFC2253CanonicalString writes it (the same in 8u, 11u, 17u)."""
    keyword = _KEYWORDS.get(attribute.oid)
    if keyword is None or attribute.value[0] not in (der.PRINTABLE_STRING, der.UTF8_STRING):
        return f"{keyword or attribute.oid}=#{attribute.value.hex()}".lower()
    if len(attribute.value) > _LONGEST_NORMALIZED:
        return f"{keyword}=#{attribute.value.hex()}".lower()
    escaped = re.sub(r'([,+<>;"\\]|^#)', r"\\\1", attribute.text or "")
    squeezed = re.sub(" +", " ", escaped).strip(_TRIMMED)
    return unicodedata.normalize("NFKD", f"{keyword}={squeezed}".upper().lower())
