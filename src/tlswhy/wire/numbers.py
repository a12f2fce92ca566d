"""What the numbers on the wire are called: suites, groups, signature schemes, alerts, versions, extensions.

Owns names in both directions and what a suite's name says of its algorithms. Tables are read at first use. Knows
nothing of what a client or server likes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.tables import load_table, numbered_rows
from tlswhy.wire.suites import SSL2 as SSL2
from tlswhy.wire.suites import SSL3 as SSL3
from tlswhy.wire.suites import TLS10 as TLS10
from tlswhy.wire.suites import TLS11 as TLS11
from tlswhy.wire.suites import TLS12 as TLS12
from tlswhy.wire.suites import TLS13 as TLS13
from tlswhy.wire.suites import Suite as Suite
from tlswhy.wire.suites import suite_by_name

RENEGOTIATION_SCSV: Final = 0x00FF
FALLBACK_SCSV: Final = 0x5600

_VERSIONS: Final = {SSL2: "SSL2", SSL3: "SSL3", TLS10: "TLS1.0", TLS11: "TLS1.1", TLS12: "TLS1.2", TLS13: "TLS1.3"}
_DRAFT: Final = "TLS1.3-draft"


_GREASE: Final = frozenset(0x0A0A + 0x1010 * step for step in range(16))


def is_grease(number: int) -> bool:
    """Whether a 16-bit number is one of RFC 8701's reserved values (0x0a0a, 0x1a1a, …)."""
    return number in _GREASE


def without_grease(numbers: Iterable[int] | None) -> tuple[int, ...]:
    """A hello's list without its GREASE values, in its order; empty for an absent one."""
    return tuple([number for number in numbers or () if number not in _GREASE])


def version_name(number: int) -> str:
    """``TLS1.2``, ``SSL3``, ``TLS1.3-draft28``; hexadecimal for what is no version."""
    if number >> 8 == 0x7F:
        return f"TLS1.3-draft{number & 0xFF}"
    return _VERSIONS.get(number) or f"0x{number:04x}"


def version_number(name: str) -> int | None:
    """The wire number of a version's name; None when there is no such name."""
    draft = name.removeprefix(_DRAFT)
    if draft != name:
        return 0x7F00 | int(draft) if draft.isascii() and draft.isdigit() and int(draft[:4]) < 256 else None
    return next((number for number, known in _VERSIONS.items() if known == name), None)


def is_tls13(version: int) -> bool:
    """TLS 1.3 or one of its drafts."""
    return version == TLS13 or version >> 8 == 0x7F


@cache
def suite(number: int) -> Suite | None:
    """What is known of a suite; None for unregistered numbers, signalling values and GREASE."""
    name = _suite_names().get(number)
    return None if name is None or number in {RENEGOTIATION_SCSV, FALLBACK_SCSV} else suite_by_name(number, name)


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


@frozen
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
