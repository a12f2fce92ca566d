"""Faults in names: subjects, alternative names, and what CAs say of names below them."""

from tests.pki.fault_making import (
    COMMON_NAME,
    ORGANISATION,
    Fault,
    alternative_names,
    constrained,
    directory_name,
    drop,
    make_critical,
    path_length,
    put,
    rename,
    set_fields,
)
from tests.pki.minting import tlv
from tests.pki.paper import (
    KU,
    NC,
    NO_NAME,
    SAN,
    TRUE,
    common_name,
    dns,
    general,
    oid,
    usage,
)

SUBJECTS: dict[str, Fault] = {
    "subject empty": lambda paper, dice: rename(paper, NO_NAME),
    "subject and issuer empty": lambda paper, dice: (rename(paper, NO_NAME), setattr(paper, "issuer", NO_NAME)),
    "issuer empty": set_fields(issuer=NO_NAME),
    "subject printable": lambda paper, dice: rename(paper, common_name("Some", 0x13)),
    "subject twice CN": lambda paper, dice: rename(paper, tlv(0x30, _only_cn("a.test"), _only_cn("b.test"))),
    "subject bad UTF-8": lambda paper, dice: rename(
        paper, tlv(0x30, tlv(0x31, tlv(0x30, oid(COMMON_NAME), tlv(0x0C, b"\xff\xfe"))))
    ),
    "subject empty CN": lambda paper, dice: rename(paper, common_name("", organisation="")),
    "subject NUL": lambda paper, dice: rename(paper, common_name("gadgets.example.test\0.evil.test", 0x16)),
    "subject empty set": lambda paper, dice: rename(paper, tlv(0x30, tlv(0x31))),
    "subject number": lambda paper, dice: rename(
        paper, tlv(0x30, tlv(0x31, tlv(0x30, oid(COMMON_NAME), tlv(0x02, b"\x07"))))
    ),
    "subject BMP": lambda paper, dice: rename(
        paper, tlv(0x30, tlv(0x31, tlv(0x30, oid(COMMON_NAME), tlv(0x1E, "bmp".encode("utf-16-be")))))
    ),
    "subject UTF-8 email": lambda paper, dice: rename(
        paper, tlv(0x30, tlv(0x31, tlv(0x30, oid("1.2.840.113549.1.9.1"), tlv(0x16, b"a@mail.example.test"))))
    ),
    "issuer other case": lambda paper, dice: setattr(paper, "issuer", _case(paper.issuer)),
    "issuer other string type": lambda paper, dice: setattr(paper, "issuer", paper.issuer.replace(b"\x0c", b"\x13")),
    "issuer T61": lambda paper, dice: setattr(paper, "issuer", paper.issuer.replace(b"\x0c", b"\x14")),
    "issuer unknown": set_fields(issuer=common_name("Nobody")),
}


def _only_cn(text: str) -> bytes:
    return common_name(text, organisation="")[2:]


def _case(name: bytes) -> bytes:
    return name.replace(b"Root", b"rOOT").replace(b"Int", b"iNT")


LEAF: dict[str, Fault] = {
    "no SAN": drop(SAN),
    "SAN critical": make_critical(SAN, TRUE),
    "SAN empty": alternative_names(),
    "SAN empty critical": alternative_names(critical=TRUE),
    "SAN garbage": put(SAN, b"\x30\x02\x82"),
    "SAN no sequence": put(SAN, dns("gadgets.example.test")),
    "SAN empty DNS": alternative_names(dns("")),
    "SAN odd address": alternative_names(dns("gadgets.example.test"), general(7, b"\1\2\3\4\5")),
    "SAN odd address only": alternative_names(general(7, b"")),
    "SAN address with mask": alternative_names(dns("gadgets.example.test"), general(7, b"\1\2\3\4\xff\xff\xff\0")),
    "SAN other name": alternative_names(
        dns("gadgets.example.test"), tlv(0xA0, oid("1.2.3.4"), tlv(0xA0, tlv(0x0C, b"x")))
    ),
    "SAN other name garbage": alternative_names(dns("gadgets.example.test"), tlv(0xA0, tlv(0x0C, b"x"))),
    "SAN registered ID": alternative_names(dns("gadgets.example.test"), general(8, b"\x2a\x03")),
    "SAN registered ID odd": alternative_names(dns("gadgets.example.test"), general(8, b"\xff")),
    "SAN X.400": alternative_names(dns("gadgets.example.test"), tlv(0xA3, tlv(0x30))),
    "SAN EDI": alternative_names(dns("gadgets.example.test"), tlv(0xA5, tlv(0xA1, tlv(0x0C, b"party")))),
    "SAN EDI garbage": alternative_names(dns("gadgets.example.test"), tlv(0xA5)),
    "SAN unknown kind": alternative_names(dns("gadgets.example.test"), general(9, b"x")),
    "SAN universal": alternative_names(tlv(0x16, b"gadgets.example.test")),
    "SAN directory": alternative_names(dns("gadgets.example.test"), directory_name((COMMON_NAME, "x"))),
    "SAN directory empty": alternative_names(dns("gadgets.example.test"), general(0x24, NO_NAME)),
    "SAN directory garbage": alternative_names(dns("gadgets.example.test"), general(0x24, b"\5\0")),
    "SAN URI": alternative_names(dns("gadgets.example.test"), general(6, b"https://host.example.test/x?y#z")),
    "SAN URI without host": alternative_names(dns("gadgets.example.test"), general(6, b"urn:uuid:1234")),
    "SAN URI relative": alternative_names(dns("gadgets.example.test"), general(6, b"/just/a/path")),
    "SAN URI with spaces": alternative_names(dns("gadgets.example.test"), general(6, b"http://a b/c")),
    "SAN URI underscore": alternative_names(dns("gadgets.example.test"), general(6, b"http://a_b.example.test/c")),
    "SAN URI address": alternative_names(dns("gadgets.example.test"), general(6, b"http://192.0.2.1:80/c")),
    "SAN URI IPv6": alternative_names(dns("gadgets.example.test"), general(6, b"http://[::1]/c")),
    "SAN URI bad IPv6": alternative_names(dns("gadgets.example.test"), general(6, b"http://[::1/c")),
    "SAN URI file": alternative_names(dns("gadgets.example.test"), general(6, b"file:///etc/passwd")),
    "SAN URI empty": alternative_names(dns("gadgets.example.test"), general(6, b"")),
    "SAN URI not ASCII": alternative_names(dns("gadgets.example.test"), general(6, "http://ü.test/".encode())),
    "SAN email": alternative_names(dns("gadgets.example.test"), general(1, b"joe@mail.example.test")),
    "SAN email garbage": alternative_names(dns("gadgets.example.test"), general(1, b"@@")),
    "SAN email empty": alternative_names(dns("gadgets.example.test"), general(1, b"")),
    "SAN email of host": alternative_names(dns("gadgets.example.test"), general(1, b"mail.example.test")),
    "SAN email not ASCII": alternative_names(dns("gadgets.example.test"), general(1, "ü@mail.example.test".encode())),
    "SAN DNS not ASCII": alternative_names(dns("gadgets.example.test"), general(2, "ü.example.test".encode())),
    "SAN DNS only not ASCII": alternative_names(general(2, "ü.example.test".encode())),
    "SAN CN only": lambda paper, dice: (rename(paper, common_name("gadgets.example.test")), paper.drop(SAN)),
    "CN host, SAN email": lambda p, d: (
        rename(p, common_name("gadgets.example.test")),
        p.put(SAN, tlv(0x30, general(1, b"a@b.test"))),
    ),
    "CN other, SAN": lambda paper, dice: rename(paper, common_name("other.test")),
    "CN address": lambda paper, dice: rename(paper, common_name("192.0.2.9")),
}
for _text in (
    "*.example.test",
    "g*.example.test",
    "*s.example.test",
    "g*s.example.test",
    "*.*.test",
    "gadgets.*.test",
    "*",
    "*.test",
    "gadgets.example.test.",
    ".gadgets.example.test",
    "GADGETS.EXAMPLE.TEST",
    "gadgets.example.test ",
    "gadgets_.example.test",
    "gadgets..example.test",
    "-gadgets.example.test",
    "gadgets-.example.test",
    "1gadgets.example.test",
    "xn--gdgets-bua.example.test",
    "a@example.test",
    "https://gadgets.example.test",
    "192.0.2.9",
    "gadgets.example.test:443",
    "other.test",
    "gadgets",
    "127.0.0.1",
    "ga dgets.test",
    "a.b.example.test",
    "gadgets.example.test\0.evil.test",
    "*.gadgets.example.test",
    "x" * 64 + ".test",
):
    LEAF[f"SAN {_text!r}"] = alternative_names(dns(_text))
    LEAF[f"SAN two {_text!r}"] = alternative_names(dns("gadgets.example.test"), dns(_text))
    LEAF[f"CN {_text!r}"] = lambda p, d, text=_text: (rename(p, common_name(text)), p.drop(SAN))

CA: dict[str, Fault] = {
    "BC length 0": path_length(b"\0"),
    "BC length 1": path_length(b"\1"),
    "BC length 2": path_length(b"\2"),
    "KU CRL only": put(KU, usage(6), TRUE),
    "KU encipher critical": put(KU, usage(2), TRUE),
    "SAN on CA": alternative_names(dns("ca.other.test")),
    "SAN email on CA": alternative_names(general(1, b"ca@other.test")),
    "NC not critical": constrained(dns("other.test"), critical=b""),
    "NC excluded": constrained(excluded=(dns("example.test"),)),
    "NC excluded other": constrained(excluded=(dns("other.test"),)),
    "NC excluded parent": constrained(excluded=(dns("test"),)),
    "NC excluded below": constrained(excluded=(dns("www.gadgets.example.test"),)),
    "NC permitted and excluded": constrained(dns("example.test"), excluded=(dns("gadgets.example.test"),)),
    "NC address": constrained(general(7, b"\xc0\0\2\0\xff\xff\xff\0")),
    "NC address excluded": constrained(excluded=(general(7, bytes(8)),)),
    "NC address IPv6 excluded": constrained(excluded=(general(7, bytes(32)),)),
    "NC address of 4": constrained(general(7, b"\xc0\0\2\0")),
    "NC address of 5": constrained(general(7, b"\xc0\0\2\0\5")),
    "NC address mask with holes": constrained(general(7, b"\xc0\0\2\0\xff\0\xff\0")),
    "NC address not of its mask": constrained(general(7, b"\xc0\0\2\7\xff\xff\xff\0")),
    "NC bound": constrained(dns("example.test"), bound=general(0, b"\1")),
    "NC bound 0": constrained(dns("example.test"), bound=general(0, b"\0")),
    "NC maximum": constrained(dns("example.test"), bound=general(1, b"\5")),
    "NC registered ID": constrained(general(8, b"\x2a\x03")),
    "NC other name": constrained(tlv(0xA0, oid("1.2.3.4"), tlv(0xA0, tlv(0x0C, b"x")))),
    "NC other name excluded": constrained(excluded=(tlv(0xA0, oid("1.2.3.4"), tlv(0xA0, tlv(0x0C, b"x"))),)),
    "NC X.400": constrained(tlv(0xA3, tlv(0x30))),
    "NC EDI": constrained(tlv(0xA5, tlv(0xA1, tlv(0x0C, b"party")))),
    "NC directory": constrained(directory_name((ORGANISATION, "org"))),
    "NC directory other": constrained(directory_name((ORGANISATION, "other"))),
    "NC directory excluded": constrained(excluded=(directory_name((ORGANISATION, "org")),)),
    "NC directory CN": constrained(directory_name((COMMON_NAME, "leaf"))),
    "NC directory longer": constrained(directory_name((ORGANISATION, "org"), (COMMON_NAME, "gadgets.example.test"))),
    "NC directory empty": constrained(general(0x24, NO_NAME)),
    "NC directory empty excluded": constrained(excluded=(general(0x24, NO_NAME),)),
    "NC directory case": constrained(directory_name((ORGANISATION, "ORG"))),
    "NC directory and DNS": constrained(directory_name((ORGANISATION, "org")), dns("example.test")),
    "NC empty subtree": put(NC, tlv(0x30, tlv(0xA0, tlv(0x30))), TRUE),
    "NC unknown side": put(NC, tlv(0x30, tlv(0xA2, tlv(0x30, dns("example.test")))), TRUE),
    "NC twice permitted": put(NC, tlv(0x30, *[tlv(0xA0, tlv(0x30, dns("example.test")))] * 2), TRUE),
}
for _text in (
    "example.test",
    ".example.test",
    "test",
    ".test",
    "gadgets.example.test",
    ".gadgets.example.test",
    "",
    ".",
    "other.test",
    "EXAMPLE.TEST",
    "ample.test",
    "*.example.test",
    "example.test.",
    "exa_mple.test",
    "exa mple.test",
    "ü.test",
    "xn--n3h.test",
):
    CA[f"NC DNS {_text!r}"] = constrained(general(2, _text.encode()))
    CA[f"NC DNS excluded {_text!r}"] = constrained(excluded=(general(2, _text.encode()),))
for _text in (
    "mail.example.test",
    ".example.test",
    "joe@mail.example.test",
    "example.test",
    "",
    "@",
    "@mail.example.test",
    "mail.other.test",
    "JOE@mail.example.test",
    "ü",
):
    CA[f"NC email {_text!r}"] = constrained(general(1, _text.encode()))
    CA[f"NC email excluded {_text!r}"] = constrained(excluded=(general(1, _text.encode()),))
for _text in (
    "host.example.test",
    ".example.test",
    "example.test",
    "",
    "https://host.example.test",
    "192.0.2.1",
    "other.test",
    ".",
    "ho_st.example.test",
    "ho st",
):
    CA[f"NC URI {_text!r}"] = constrained(general(6, _text.encode()))
    CA[f"NC URI excluded {_text!r}"] = constrained(excluded=(general(6, _text.encode()),))
