"""What the numbers on the wire are called: suites, groups, signature schemes, alerts, versions, extensions.

Owns names in both directions and what a suite's name says of its algorithms. Tables are read at first use. Knows
nothing of what a client or server likes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from tlswhy.tables import load_table, numbered_rows

SSL2: Final = 0x0002
SSL3: Final = 0x0300
TLS10: Final = 0x0301
TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304

RENEGOTIATION_SCSV: Final = 0x00FF
FALLBACK_SCSV: Final = 0x5600

_VERSIONS: Final = {SSL2: "SSL2", SSL3: "SSL3", TLS10: "TLS1.0", TLS11: "TLS1.1", TLS12: "TLS1.2", TLS13: "TLS1.3"}
_DRAFT: Final = re.compile(r"TLS1\.3-draft(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite's registered name says.

    ``key_exchange``: RSA, RSA_EXPORT, DH, DHE, DH_anon, ECDH, ECDHE, ECDH_anon, PSK, DHE_PSK, ECDHE_PSK, RSA_PSK, SRP,
    KRB5, ECCPWD, ECJPAKE, GOST, KEA; "any" in TLS 1.3. ``authentication``: RSA, DSS, ECDSA, anon, PSK, KRB5, GOST, …,
    "any". ``cipher`` without mode and size: AES, 3DES_EDE, RC4, CHACHA20, NULL …; ``key_bits`` its key (3DES: 168).
    ``mode``: CBC, GCM, CCM, CCM_8, POLY1305, STREAM, NULL …. ``hash`` is the name's last part: the MAC's for CBC and
    stream ciphers, the PRF's for AEAD. Versions are wire numbers, both ends included.
    """

    number: int
    name: str
    key_exchange: str
    authentication: str
    cipher: str
    key_bits: int
    mode: str
    hash: str
    export: bool
    minimum_version: int
    maximum_version: int

    @property
    def aead(self) -> bool:
        """Authenticated encryption: no separate MAC."""
        return self.mode in {"GCM", "CCM", "CCM_8", "POLY1305", "AEGIS", "MGM_L", "MGM_S", "OCB", "OCB_8"}

    @property
    def cbc(self) -> bool:
        """Block cipher in CBC mode with an HMAC."""
        return self.mode == "CBC"

    @property
    def anonymous(self) -> bool:
        """No certificate authenticates the server."""
        return self.authentication == "anon"

    @property
    def forward_secret(self) -> bool:
        """An ephemeral key exchange, so that the server's private key alone decrypts nothing."""
        return self.key_exchange in {"DHE", "ECDHE", "DH_anon", "ECDH_anon", "DHE_PSK", "ECDHE_PSK", "any"}

    @property
    def prf_hash(self) -> str:
        """The hash of the TLS 1.2 PRF (RFC 5246, 5: SHA-256 unless the suite names another) or TLS 1.3 key schedule."""
        return self.hash if self.hash in {"SHA384", "SM3", "SHA512"} else "SHA256"


def is_grease(number: int) -> bool:
    """Whether a 16-bit number is one of RFC 8701's reserved values (0x0a0a, 0x1a1a, …)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def version_name(number: int) -> str:
    """``TLS1.2``, ``SSL3``, ``TLS1.3-draft28``; hexadecimal for what is no version."""
    if number >> 8 == 0x7F:
        return f"TLS1.3-draft{number & 0xFF}"
    return _VERSIONS.get(number) or f"0x{number:04x}"


def version_number(name: str) -> int | None:
    """The wire number of a version's name; None when there is no such name."""
    draft = _DRAFT.fullmatch(name)
    if draft and int(draft[1]) < 256:
        return 0x7F00 | int(draft[1])
    return next((number for number, known in _VERSIONS.items() if known == name), None)


def is_tls13(version: int) -> bool:
    """TLS 1.3 or one of its drafts."""
    return version == TLS13 or version >> 8 == 0x7F


def suite(number: int) -> Suite | None:
    """What is known of a suite; None for unregistered numbers, signalling values and GREASE."""
    return _suite(number)


def suite_name(number: int) -> str:
    """The registered name; ``GREASE`` or hexadecimal for what has none."""
    return _name(number, _suite_names())


def suite_number(name: str) -> int | None:
    """The number behind a registered, JSSE or OpenSSL name; None when nobody calls a suite so."""
    return _suite_numbers().get(name)


def suite_name_jsse(number: int) -> str:
    """The name as Java prints it: suites of SSL 3.0 keep the prefix SSL_ (sun.security.ssl.CipherSuite)."""
    name = suite_name(number)
    return "SSL_" + name[4:] if name.startswith("TLS_") and _named_by_ssl3(number) else name


def suite_name_openssl(number: int) -> str | None:
    """OpenSSL's name; None where OpenSSL never had the suite."""
    name = _openssl_names().get(number)
    if name is None and number >> 8 == 0x13:
        return _suite_names().get(number)
    return name


def suite_numbers() -> tuple[int, ...]:
    """All registered numbers, ascending."""
    return tuple(number for number, _ in numbered_rows("iana/suites", load_table("iana", "suites.toml")["registry"]))


@dataclass(frozen=True, slots=True)
class Group:
    """A key-exchange group; ``kind``: ec, ffdhe, hybrid, kem. ``bits``: of the field or prime (hybrid: its curve's)."""

    number: int
    name: str
    kind: str
    bits: int


def group(number: int) -> Group | None:
    """What is known of a group; None for unregistered numbers and GREASE."""
    return _groups().get(number)


def group_name(number: int) -> str:
    """The registered name; ``GREASE`` or hexadecimal for what has none."""
    known = _groups().get(number)
    return known.name if known else _name(number, {})


def group_number(name: str) -> int | None:
    """The number of a group by its registered name or a common alias, letter case ignored."""
    return _group_numbers().get(name.lower())


def scheme_name(number: int) -> str:
    """The SignatureScheme's registered name."""
    return _name(number, _names("schemes"))


def scheme_number(name: str) -> int | None:
    """The number of a SignatureScheme by its registered name."""
    return _numbers("schemes").get(name)


def extension_name(number: int) -> str:
    """The extension's registered name."""
    return _name(number, _names("extensions"))


def extension_number(name: str) -> int | None:
    """The number of an extension by its registered name."""
    return _numbers("extensions").get(name)


def alert_name(number: int) -> str:
    """The alert's name as in the RFCs, e.g. ``handshake_failure``; the decimal number for what has none."""
    return _names("alerts").get(number) or str(number)


def alert_number(name: str) -> int | None:
    """The number of an alert by its name."""
    return _numbers("alerts").get(name)


def handshake_name(number: int) -> str:
    """The handshake message type's name, e.g. ``server_hello_done``; the decimal number for what has none."""
    return _names("handshakes").get(number) or str(number)


def _name(number: int, names: dict[int, str]) -> str:
    return names.get(number) or ("GREASE" if is_grease(number) else f"0x{number:04x}")


@cache
def _names(table: str) -> dict[int, str]:
    return dict(numbered_rows(f"iana/{table}", load_table("iana", f"{table}.toml").get("rows")))


@cache
def _numbers(table: str) -> dict[str, int]:
    return {name: number for number, name in _names(table).items()}


@cache
def _suite_names() -> dict[int, str]:
    table = load_table("iana", "suites.toml")
    return dict(numbered_rows("iana/suites", table["private"]) + numbered_rows("iana/suites", table["registry"]))


@cache
def _openssl_names() -> dict[int, str]:
    return dict(numbered_rows("iana/suites", load_table("iana", "suites.toml")["openssl"]))


@cache
def _suite_numbers() -> dict[str, int]:
    # Registered names last: where a draft's number carries the same name, the registered one is meant.
    names: dict[str, int] = {name: number for number, name in _openssl_names().items()}
    for number, name in sorted(_suite_names().items(), key=lambda row: row[0] in _private_suites(), reverse=True):
        names[suite_name_jsse(number)] = number
        names[name] = number
    return names


@cache
def _private_suites() -> frozenset[int]:
    return frozenset(n for n, _ in numbered_rows("iana/suites", load_table("iana", "suites.toml")["private"]))


@cache
def _groups() -> dict[int, Group]:
    groups = {}
    for number, rest in numbered_rows("iana/groups", load_table("iana", "groups.toml").get("rows")):
        name, kind, bits = rest.split(" ")
        groups[number] = Group(number, name, kind, int(bits))
    return groups


@cache
def _group_numbers() -> dict[str, int]:
    numbers = {known.name.lower(): known.number for known in _groups().values()}
    for name, aliases in load_table("iana", "groups.toml")["aliases"].items():
        numbers.update({alias.lower(): numbers[name.lower()] for alias in aliases})
    return numbers


def _named_by_ssl3(number: int) -> bool:
    return number <= 0x001D or 0x0060 <= number <= 0x0066


_SIGNALS: Final = frozenset({RENEGOTIATION_SCSV, FALLBACK_SCSV})
_KEY_BITS: Final = {
    "3DES_EDE": 168,
    "DES": 56,
    "DES40": 40,
    "IDEA": 128,
    "SEED": 128,
    "CHACHA20": 256,
    "NULL": 0,
    "SM4": 128,
}
_CIPHER: Final = re.compile(
    r"(?P<cipher>AES|CAMELLIA|ARIA|RC4|RC2|3DES_EDE|DES40|DES|IDEA|SEED|CHACHA20|SM4|AEGIS|KUZNYECHIK|MAGMA|28147|NULL"
    r"|FORTEZZA|(?:ESTREAM_)?SALSA20)"
    r"(?:_(?P<size>\d+)L?)?(?:_(?P<mode>CBC|GCM|CCM_8|CCM|POLY1305|OCB_8|OCB|CNT|CTR|MGM_L|MGM_S))?(?:_(?P<bits>40|56))?"
    r"(?:_(?P<hash>[A-Z0-9]+))?"
)


@cache
def _suite(number: int) -> Suite | None:
    name = _suite_names().get(number)
    if name is None or number in _SIGNALS:
        return None
    prefix, _, rest = name[4:].partition("_WITH_")
    if not rest:  # TLS 1.3 (RFC 8446, B.4), integrity-only RFC 9150 suites among them, and what follows no pattern
        prefix, rest = "", name[4:]
    matched = _CIPHER.fullmatch(rest)
    if matched is None:
        return _unpatterned(number, name, prefix)
    cipher, mode, digest = matched["cipher"], matched["mode"], matched["hash"] or ""
    size = matched["bits"] or matched["size"]
    if cipher == "AEGIS":
        mode = "AEGIS"
    mode = mode or ("NULL" if cipher == "NULL" else "STREAM")
    key_bits = int(size) if size else _KEY_BITS.get(cipher, 256)
    if mode in {"CCM", "CCM_8"} and not digest:
        digest = "SHA256"  # RFC 6655, 3: the PRF's hash, which these names leave out
    exchange, authentication, export = _key_exchange(prefix)
    versions = _versions(exchange, cipher, mode, digest, export)
    return Suite(number, name, exchange, authentication, cipher, key_bits, mode, digest, export, *versions)


def _unpatterned(number: int, name: str, prefix: str) -> Suite:
    if name in {"TLS_SHA256_SHA256", "TLS_SHA384_SHA384"}:  # RFC 9150: integrity only
        return Suite(number, name, "any", "any", "NULL", 0, "NULL", name[4:10], False, TLS13, TLS13)
    exchange, authentication, export = _key_exchange(prefix) if prefix else ("unknown", "unknown", False)
    return Suite(number, name, exchange, authentication, "unknown", 0, "unknown", "", export, SSL3, TLS12)


_KEY_EXCHANGES: Final = {
    "": ("any", "any"),
    "NULL": ("NULL", "anon"),
    "RSA": ("RSA", "RSA"),
    "DH_anon": ("DH_anon", "anon"),
    "ECDH_anon": ("ECDH_anon", "anon"),
    "PSK": ("PSK", "PSK"),
    "PSK_DHE": ("DHE_PSK", "PSK"),  # two registered names of RFC 6655 have the words the other way round
    "DHE_PSK": ("DHE_PSK", "PSK"),
    "ECDHE_PSK": ("ECDHE_PSK", "PSK"),
    "RSA_PSK": ("RSA_PSK", "RSA"),
    "SRP_SHA": ("SRP", "SRP"),
    "SRP_SHA_RSA": ("SRP", "RSA"),
    "SRP_SHA_DSS": ("SRP", "DSS"),
    "KRB5": ("KRB5", "KRB5"),
    "ECCPWD": ("ECCPWD", "ECCPWD"),
    "ECJPAKE": ("ECJPAKE", "ECJPAKE"),
    "RSA_FIPS": ("RSA", "RSA"),
    "FORTEZZA_KEA": ("KEA", "DSS"),
}


def _key_exchange(prefix: str) -> tuple[str, str, bool]:
    words = prefix.split("_")
    export = words[-1].startswith("EXPORT")
    if export:
        prefix = "_".join(words[:-1])
    if prefix.startswith("GOST"):
        return "GOST", "GOST", export
    known = _KEY_EXCHANGES.get(prefix)
    if known is None:  # DH, DHE, ECDH, ECDHE with RSA, DSS or ECDSA
        exchange, _, authentication = prefix.partition("_")
        known = (exchange, authentication)
    if export and known[0] == "RSA":
        known = ("RSA_EXPORT", "RSA")
    return (*known, export)


def _versions(exchange: str, cipher: str, mode: str, digest: str, export: bool) -> tuple[int, int]:
    if exchange == "any":
        return TLS13, TLS13
    if mode in {"GCM", "CCM", "CCM_8", "POLY1305"} or cipher in {"ARIA", "KUZNYECHIK", "MAGMA"}:
        return TLS12, TLS12
    if digest in {"SHA256", "SHA384"}:
        # RFC 5246, A.5 and RFC 5289: TLS 1.2 only; RFC 5487, 3 lets the PSK ones be used in any TLS version.
        return (TLS10 if exchange.endswith("PSK") else TLS12), TLS12
    minimum = TLS10 if exchange.startswith("ECDH") else SSL3  # RFC 4492, 2.2: needs the TLS 1.0 hello extensions
    if export:
        return minimum, TLS10  # RFC 4346, A.5
    return minimum, TLS11 if cipher in {"DES", "IDEA"} else TLS12  # RFC 5469
