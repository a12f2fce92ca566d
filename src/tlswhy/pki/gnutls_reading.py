"""What GnuTLS can't make anything of: certificates that gnutls_x509_crt_import refuses (lib/x509/x509.c, libtasn1 with
strict DER), and extensions that fail where they are asked for (lib/x509/x509_ext.c).

Owns the reading alone; where a broken extension strikes is for ``gnutls_paths``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tlswhy.pki import der
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.java_values import Unreadable, bits
from tlswhy.pki.keys import PublicKey

ISSUER_ALTERNATIVE_NAME = "2.5.29.18"
_LARGEST_LENGTH = (1 << 31) - 1


@lru_cache(maxsize=1024)
def import_fault(certificate: Certificate) -> tuple[str, str | None] | None:
    """Why gnutls_x509_crt_import fails: a code, and the OID of the extension to blame."""
    if certificate.to_be_signed_by is not None:
        return None
    if any(oddity.what == "certificate-trailing-bytes" for oddity in certificate.oddities):
        return "broken-encoding", None
    try:
        return _fault(certificate)
    except (der.NotDer, IndexError, Unreadable):
        return "broken-encoding", None


def _fault(certificate: Certificate) -> tuple[str, str | None] | None:
    outer = der.read_element(certificate.der)
    parts = list(outer.children())
    if len(parts) != 3 or any(element.stop != element.end for element in (outer, *parts)):
        return "broken-encoding", None
    if certificate.signature_mismatch:  # compare_sig_algorithm
        return "signature-algorithms-differ", None
    fields = list(parts[0].children())
    if fields[0].tag == 0xA0:
        if not 0 <= der.integer(fields[0].first()) < 1 << 31:
            return "broken-encoding", None
        fields = fields[1:]
    moments = list(fields[3].children())
    if len(moments) != 2 or not all(map(_is_time, moments)):
        return "validity", None
    return _rest_fault(certificate, fields[6:])


def _rest_fault(certificate: Certificate, rest: list[der.Element]) -> tuple[str, str | None] | None:
    """Unique identifiers are of version 2, extensions of version 3; none of these is there twice."""
    tags = [element.tag for element in rest]
    identifiers = [tag for tag in tags if tag & 0xDF in (0x81, 0x82)]
    if tags != [*sorted(set(identifiers)), *([0xA3] if 0xA3 in tags else [])]:
        return "broken-encoding", None
    if identifiers and certificate.version < 2:
        return "fields-after-version-1", None
    if 0xA3 not in tags:
        return None
    if certificate.version < 3:
        return "extensions-before-version-3", None
    for entry in rest[-1].first().children():
        if [part.tag for part in entry.children()] not in ([0x06, 0x04], [0x06, 0x01, 0x04]):
            return "broken-encoding", None
    stated = certificate.extensions
    for kind in stated.raw:
        if stated.all.count(kind) > 1:
            return "extension-twice", kind
    for kind in (oid.SUBJECT_ALTERNATIVE_NAME, ISSUER_ALTERNATIVE_NAME):  # cache_alt_subjs
        if kind in stated.raw and not _are_general_names(stated.raw[kind]):
            return "extension-broken", kind
    return None


_TIMES = {der.UTC_TIME: rb"\d\d", der.GENERALIZED_TIME: rb"\d{4}"}


def _is_time(moment: der.Element) -> bool:
    """ASN1_DECODE_FLAG_STRICT_DER's times, then time2gtime and mktime_utc: every day of 31 and second of 60 will do."""
    year = _TIMES.get(moment.tag)
    if year is None:
        return False
    within = rb"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60)?Z"
    return re.fullmatch(year + within, moment.content) is not None


def _are_general_names(value: bytes) -> bool:
    """_gnutls_parse_general_name2: no kind beyond those it knows (neither x400Address nor ediPartyName), none empty."""
    try:
        return all(map(_is_general_name, _whole(value).expect(der.SEQUENCE).children()))
    except der.NotDer:
        return False


def _is_general_name(name: der.Element) -> bool:
    match name.tag:
        case 0xA0:
            return [part.tag for part in name.children()] == [0x06, 0xA0]
        case 0xA4:
            return name.first().tag == der.SEQUENCE
        case _:
            return name.tag in (0x81, 0x82, 0x86, 0x87, 0x88) and bool(name.content)


def _whole(value: bytes) -> der.Element:
    element = der.read_element(value)
    if element.end != len(value):
        raise der.NotDer("trailing bytes")
    return element


@lru_cache(maxsize=1024)
def is_broken(certificate: Certificate, kind: str) -> bool:
    """The extension is there, and can't be parsed when it is asked for."""
    value = certificate.extensions.raw.get(kind)
    if value is None:
        return False
    try:
        return not _READERS[kind](_whole(value))
    except (der.NotDer, IndexError, Unreadable):
        return True


def _basic_constraints(value: der.Element) -> bool:
    parts = list(value.expect(der.SEQUENCE).children())
    tags = [part.tag for part in parts]
    if tags not in ([], [0x01], [0x02], [0x01, 0x02]):
        return False
    return 0x02 not in tags or der.integer(parts[-1]) <= _LARGEST_LENGTH


def _key_usage(value: der.Element) -> bool:
    return 1 <= len(bits(value)) <= 2


def _purposes(value: der.Element) -> bool:
    """asn1_get_object_id_der: no arc above 64 bits."""
    uses = [der.object_identifier(use.expect(0x06)) for use in value.expect(der.SEQUENCE).children()]
    return not any(use.startswith("0x") or any(int(arc) >> 64 for arc in use.split(".")) for use in uses)


def _name_constraints(value: der.Element) -> bool:
    """_gnutls_extract_name_constraints: only DNS names, e-mail, directories, URIs and addresses."""
    sides = list(value.expect(der.SEQUENCE).children())
    if [side.tag for side in sides] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
        return False
    subtrees = [[*subtree.children()] for side in sides for subtree in side.children()]
    return all(_is_base(parts[0]) for parts in subtrees if parts)


def _is_base(base: der.Element) -> bool:
    if base.tag == 0x82 and base.content.endswith(b"."):  # seen with certtool 3.7.9
        return False
    if base.tag != 0x87:
        return base.tag in (0x81, 0x82, 0x86, 0xA4)
    size = len(base.content) // 2
    holes = ~int.from_bytes(base.content[size:], "big") & ((1 << 8 * size) - 1)
    return len(base.content) in (8, 32) and not holes & (holes + 1)


_READERS = {
    oid.BASIC_CONSTRAINTS: _basic_constraints,
    oid.KEY_USAGE: _key_usage,
    oid.EXTENDED_KEY_USAGE: _purposes,
    oid.NAME_CONSTRAINTS: _name_constraints,
}


@lru_cache(maxsize=1024)
def key_imports(key: PublicKey) -> bool:
    """_gnutls_get_asn_mpis: of EC only named curves and uncompressed points, wherever these lie; parameters of
    RSASSA-PSS are absent or a SEQUENCE."""
    if key.algorithm not in ("RSA", "RSASSA-PSS", "EC", "DSA", "Ed25519", "Ed448", "X25519", "X448"):
        return False
    try:
        identifier, value = der.read_element(key.spki).children()
        octets = der.bit_string(value)
        if key.algorithm == "EC":
            return key.curve is not None and octets[:1] == b"\x04"
        if key.algorithm in ("RSA", "RSASSA-PSS"):
            _whole(octets)
            parameters = [part.tag for part in identifier.children()][1:]
            return key.bits is not None and (key.algorithm == "RSA" or parameters in ([], [der.SEQUENCE]))
    except (der.NotDer, ValueError):
        return False
    return key.bits is not None
