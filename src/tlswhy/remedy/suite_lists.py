"""A platform's list of cipher suites, written as that platform wants it.

Owns order and form of the whole list: the suites that a plan wants first, then everything else that is still sound,
so that other clients keep what they have. Names, separators and lengths are the platform's.
"""

from __future__ import annotations

from collections.abc import Iterable

from tlswhy.remedy.platforms import Abilities
from tlswhy.tables import load_table
from tlswhy.wire.numbers import is_tls13, suite, suite_name, suite_name_openssl, suite_number
from tlswhy.wire.schannel_names import LONGEST_POLICY, plain_name
from tlswhy.wire.suites import Suite

TLS13_SUITES = (0x1302, 0x1303, 0x1301)
_KEPT = frozenset({"AES", "CHACHA20"})
_AUTHENTICATIONS = frozenset({"RSA", "ECDSA", "any"})


def whole_list(style: str, first: Iterable[int], abilities: Abilities | None) -> str:
    """The whole list in the style ``openssl`` (colons, TLS 1.2 and below), ``iana`` (commas), ``schannel``, or
    ``jsse``: commas, and TLS 1.3 as well, which setEnabledCipherSuites switches off where its suites are not listed."""
    if style == "schannel" and abilities is not None:
        return _policy(first, abilities)
    numbers = [*first, *_others(abilities)]
    numbers = [number for number in dict.fromkeys(numbers) if not _only_tls13(number)]
    if style == "jsse":
        numbers = [*TLS13_SUITES, *numbers]
    if style == "openssl":
        return ":".join(filter(None, map(suite_name_openssl, numbers)))
    return ",".join(map(suite_name, numbers))


def numbers_of(style: str, first: Iterable[int], abilities: Abilities | None) -> tuple[int, ...]:
    """The suites of that list, as wire numbers; those of TLS 1.3 stay enabled where they have a list of their own."""
    wanted = tuple(first)
    if style == "schannel" and abilities is not None:
        found = (_suite_of(name) for name in _policy(wanted, abilities).split(","))
        return tuple(dict.fromkeys(s.number for s in found if s is not None))
    return tuple(dict.fromkeys((*TLS13_SUITES, *wanted, *_others(abilities))))


def tls13_list(first: Iterable[int]) -> str:
    """The suites of TLS 1.3 among them, with colons: OpenSSL keeps them in a list of their own."""
    return ":".join(suite_name(number) for number in first if _only_tls13(number))


def _policy(first: Iterable[int], abilities: Abilities) -> str:
    """Names of that release only, as many as fit: the wanted suites, static RSA for clients that have nothing else (at
    the end), then the rest; with every curve that the release writes behind a name by default."""
    wanted = list(first)
    usual = [name for name in abilities.names[: abilities.defaults] if _is_kept_name(name)]
    have = {plain_name(name) for name in usual}
    names = [*usual, *(n for n in abilities.names if n not in usual and _wanted_only(n, wanted, have))]
    chosen: set[str] = set()
    length = -1
    for name in sorted(names, key=lambda name: _importance(name, wanted)):
        if length + 1 + len(name) <= LONGEST_POLICY:
            chosen.add(name)
            length += 1 + len(name)
    return ",".join(sorted(chosen, key=lambda name: _preference(name, wanted, names)))


def _wanted_only(name: str, wanted: list[int], have: set[str]) -> bool:
    """Switched off in this release, and yet what the plan asks for."""
    found = _suite_of(name)
    return found is not None and found.number in wanted and plain_name(name) not in have


def _importance(name: str, wanted: list[int]) -> int:
    found = _suite_of(name)
    assert found is not None
    if found.number in wanted:
        return 0
    return 1 if found.key_exchange == "RSA" and found.mode == "CBC" else 2


def _preference(name: str, wanted: list[int], names: list[str]) -> tuple[int, int, int]:
    found = _suite_of(name)
    assert found is not None
    if found.number in wanted:
        return (0, wanted.index(found.number), names.index(name))
    return (2 if found.key_exchange == "RSA" else 1, names.index(name), 0)


def _is_kept_name(name: str) -> bool:
    found = _suite_of(name)
    return found is not None and _is_kept(found)


def _others(abilities: Abilities | None) -> tuple[int, ...]:
    """What else is sound, AEAD first, so that a list that replaces another turns nobody away for nothing."""
    general = (suite_number(name) for name in str(load_table("general_suites.toml")["suites"]).split())
    known = abilities.suites if abilities is not None else tuple(filter(None, general))
    found = [s for number in known if (s := suite(number)) and _is_kept(s) and s.key_exchange != "RSA"]
    return tuple(s.number for s in sorted(found, key=lambda s: not s.aead))


def _is_kept(found: Suite) -> bool:
    """Ephemeral or static RSA, AES or ChaCha20; no finite-field Diffie-Hellman: its group is what so often fails."""
    exchange = found.key_exchange in {"ECDHE", "any", "RSA"}
    return exchange and found.cipher in _KEPT and found.authentication in _AUTHENTICATIONS and found.mode != "CCM_8"


def _only_tls13(number: int) -> bool:
    found = suite(number)
    return found is not None and is_tls13(found.minimum_version)


def _suite_of(name: str) -> Suite | None:
    number = suite_number(plain_name(name))
    return None if number is None else suite(number)
