"""OpenSSL's cipher strings: which suites "HIGH:!aNULL:!MD5" stands for, in which order (ssl/ssl_ciph.c, 3.0).

Owns the grammar, the words for groups of suites, and what each operator does to the list. Which suites a build has
differs: the list is that of ``data/openssl_ciphers.toml``. TLS 1.3 has a list of its own and no grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.tables import load_table
from tlswhy.wire.numbers import TLS10, TLS12, suite, suite_number
from tlswhy.wire.suites import SSL3, Suite

MOST_RULES = 500
"""Each costs a walk along the list; real strings have some dozens."""
_SEPARATORS: Final = re.compile(r"[:, ;]+")
_LEVEL: Final = re.compile(r"SECLEVEL=([0-5])")
_Test = Callable[[Suite], bool]


@frozen
class CipherString:
    """What a string says. ``level``: of @SECLEVEL, None without one; ``unknown``: words that nobody knows, in order."""

    suites: tuple[int, ...]
    level: int | None = None
    unknown: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def read_cipher_string(text: str) -> CipherString:
    """The suites in the server's order, without those of TLS 1.3; what is unknown has no effect, as in OpenSSL."""
    rules = [word for word in _SEPARATORS.split(text) if word]
    words = _List()
    if rules and rules[0] == "DEFAULT":  # only at the beginning (ssl_create_cipher_list)
        rules[:1] = ["ALL", "!COMPLEMENTOFDEFAULT", "!eNULL"]
    for rule in rules[:MOST_RULES]:
        words.apply(rule)
    unknown = (*words.unknown, *(("…",) if len(rules) > MOST_RULES else ()))
    return CipherString(tuple(words.active), words.level, tuple(dict.fromkeys(unknown)))


@cache
def usual_tls13_suites() -> tuple[int, ...]:
    """The suites of TLS 1.3 that OpenSSL has on where nobody configured them (TLS_DEFAULT_CIPHERSUITES)."""
    return tuple(filter(None, map(suite_number, str(load_table("openssl_ciphers.toml")["order"]["tls13"]).split())))


class _List:
    """OpenSSL's linked list: every suite once, active or not; the order of the inactive ones counts when they come."""

    def __init__(self) -> None:
        self.order = list(_base())
        self.on: set[int] = set()
        self.level: int | None = None
        self.unknown: list[str] = []

    @property
    def active(self) -> list[int]:
        return [number for number in self.order if number in self.on]

    def apply(self, rule: str) -> None:
        """ssl_cipher_process_rulestr."""
        operator, words = (rule[0], rule[1:]) if rule[0] in "-+!@" else ("", rule)
        if operator == "@":
            self._special(words)
            return
        tests = [_test(word) for word in words.split("+")]
        if any(test is None for test in tests):
            self.unknown.append(words)
            return
        chosen = [number for number in self.order if all(test and test(_known(number)) for test in tests)]
        match operator:
            case "":
                self._to_the_end([number for number in chosen if number not in self.on])
            case "+":
                self._to_the_end([number for number in chosen if number in self.on])
            case "-":
                self._to_the_front([number for number in chosen if number in self.on])
            case _:
                gone = set(chosen)
                self.order = [number for number in self.order if number not in gone]
                self.on -= gone

    def _to_the_end(self, chosen: list[int]) -> None:
        moved = set(chosen)
        self.order = [*(number for number in self.order if number not in moved), *chosen]
        self.on |= moved

    def _to_the_front(self, chosen: list[int]) -> None:
        moved = set(chosen)
        self.order = [*chosen, *(number for number in self.order if number not in moved)]
        self.on -= moved

    def _special(self, words: str) -> None:
        if found := _LEVEL.fullmatch(words):
            self.level = int(found[1])
        elif words == "STRENGTH":  # ssl_cipher_strength_sort
            self._to_the_end(sorted(self.active, key=lambda number: -_bits(_known(number))))
        else:
            self.unknown.append(f"@{words}")


@cache
def _base() -> tuple[int, ...]:
    return tuple(filter(None, map(suite_number, str(load_table("openssl_ciphers.toml")["order"]["suites"]).split())))


def _known(number: int) -> Suite:
    found = suite(number)
    assert found is not None
    return found


@cache
def _test(word: str) -> _Test | None:
    """What a word asks of a suite; None where it is no word. A suite that the list lacks matches nothing."""
    if word in _words():
        return _words()[word]
    number = suite_number(word)
    return None if number is None or word.startswith("SSL_") else lambda found: found.number == number


def _bits(found: Suite) -> int:
    """strength_bits: 3DES counts 112."""
    return 112 if found.cipher == "3DES_EDE" else found.key_bits


def _exchange(*names: str) -> _Test:
    return lambda found: found.key_exchange in names


def _authentication(name: str) -> _Test:
    return lambda found: found.authentication == name


def _cipher(name: str, bits: int | None = None) -> _Test:
    return lambda found: found.cipher == name and bits in (None, found.key_bits)


def _mac(*names: str) -> _Test:
    return lambda found: not found.aead and found.hash in names


def _minimum(version: int) -> _Test:
    return lambda found: found.minimum_version == version


def _mode(cipher: str, *modes: str) -> _Test:
    return lambda found: found.cipher == cipher and found.mode in modes


def _is_default(found: Suite) -> bool:
    """Without SSL_NOT_DEFAULT (ssl/s3_lib.c)."""
    usual = (found.cipher == "AES" and not found.mode.startswith("CCM")) or found.cipher == "CHACHA20"
    return usual and found.authentication in {"RSA", "ECDSA"}


def _is_high(found: Suite) -> bool:
    return found.cipher in {"AES", "CAMELLIA", "CHACHA20", "ARIA"}


def _anonymous(found: Suite) -> bool:
    return found.anonymous


def _encrypts(found: Suite) -> bool:
    return found.cipher != "NULL"


def _nothing(found: Suite) -> bool:
    """Groups of which the list holds none: PSK, SRP, GOST, SEED …"""
    return False


@cache
def _words() -> Mapping[str, _Test]:
    """cipher_aliases."""
    dhe, ecdhe = _exchange("DHE"), _exchange("ECDHE")
    words: dict[str, _Test] = {
        "ALL": _encrypts,
        "COMPLEMENTOFALL": lambda found: not _encrypts(found),
        "COMPLEMENTOFDEFAULT": lambda found: not _is_default(found) and _encrypts(found),
        "HIGH": _is_high,
        "MEDIUM": lambda found: found.cipher in {"3DES_EDE", "RC4"},
        "FIPS": lambda found: found.cipher == "AES" and not found.mode.startswith("CCM"),
        "RSA": _exchange("RSA"),
        "kRSA": _exchange("RSA"),
        "aRSA": _authentication("RSA"),
        "DH": _exchange("DHE", "DH_anon"),
        "ECDH": _exchange("ECDHE", "ECDH_anon"),
        "ADH": _exchange("DH_anon"),
        "AECDH": _exchange("ECDH_anon"),
        "aNULL": _anonymous,
        "eNULL": lambda found: not _encrypts(found),
        "NULL": lambda found: not _encrypts(found),
        "3DES": _cipher("3DES_EDE"),
        "RC4": _cipher("RC4"),
        "AES": _cipher("AES"),
        "AES128": _cipher("AES", 128),
        "AES256": _cipher("AES", 256),
        "CAMELLIA": _cipher("CAMELLIA"),
        "CAMELLIA128": _cipher("CAMELLIA", 128),
        "CAMELLIA256": _cipher("CAMELLIA", 256),
        "CHACHA20": _cipher("CHACHA20"),
        "ARIA": _cipher("ARIA"),
        "ARIA128": _cipher("ARIA", 128),
        "ARIA256": _cipher("ARIA", 256),
        "AESGCM": _mode("AES", "GCM"),
        "AESCCM": _mode("AES", "CCM", "CCM_8"),
        "AESCCM8": _mode("AES", "CCM_8"),
        "ARIAGCM": _mode("ARIA", "GCM"),
        "MD5": _mac("MD5"),
        "SHA": _mac("SHA"),
        "SHA1": _mac("SHA"),
        "SHA256": _mac("SHA256"),
        "SHA384": _mac("SHA384"),
        "SSLv3": _minimum(SSL3),
        "TLSv1": _minimum(TLS10),
        "TLSv1.0": _minimum(TLS10),
        "TLSv1.2": _minimum(TLS12),
    }
    words |= dict.fromkeys(("kDHE", "kEDH"), _exchange("DHE", "DH_anon"))
    words |= dict.fromkeys(("kECDHE", "kEECDH"), _exchange("ECDHE", "ECDH_anon"))
    words |= dict.fromkeys(("DHE", "EDH"), dhe) | dict.fromkeys(("ECDHE", "EECDH"), ecdhe)
    words |= dict.fromkeys(("aDSS", "DSS"), _authentication("DSS"))
    words |= dict.fromkeys(("aECDSA", "ECDSA"), _authentication("ECDSA"))
    none = "PSK kPSK aPSK kECDHEPSK kDHEPSK kRSAPSK SRP kSRP aSRP GOST aGOST SEED IDEA DES LOW EXP EXPORT RC2 KRB5"
    return words | dict.fromkeys(none.split(), _nothing)
