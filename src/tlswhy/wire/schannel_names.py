"""Schannel's names of cipher suites: the registered ones, before Windows 10 with an ECDHE suite's curve at the end.

Owns that one grammar (``TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P256``) and Windows' names of curves. Names of SSL 2.0
(``SSL_CK_…``) are no suites of TLS.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tlswhy.wire.numbers import group_number, suite_number

LONGEST_POLICY: Final = 1023
"""Characters of the policy "SSL Cipher Suite Order" (Microsoft, Manage Transport Layer Security)."""
_CURVES: Final = {"P256": 23, "P384": 24, "P521": 25}


def plain_name(name: str) -> str:
    """The registered name, without the curve."""
    base, _, curve = name.rpartition("_")
    return base if curve in _CURVES else name


def read_name(name: str) -> tuple[int, int | None] | None:
    """The suite's number and that of the curve behind its name (None: there is none); None for what is no suite."""
    number = suite_number(plain_name(name))
    return None if number is None else (number, _CURVES.get(name.rpartition("_")[2]))


def suites_of(names: Iterable[str]) -> tuple[int, ...]:
    """The suites, each once, in their order; what is none is left out."""
    return tuple(dict.fromkeys(read[0] for name in names if (read := read_name(name)) is not None))


def curves_of(names: Iterable[str]) -> tuple[int, ...]:
    """The curves that stand behind names, each once, in their order: before Windows 10 they are the server's groups."""
    read = (found for name in names if (found := read_name(name)) is not None)
    return tuple(dict.fromkeys(curve for _, curve in read if curve is not None))


def curve_number(name: str) -> int | None:
    """``curve25519``, ``NistP256`` (Microsoft, TLS elliptic curves)."""
    lowered = name.strip().lower()
    return group_number({"curve25519": "x25519"}.get(lowered, lowered.replace("nistp", "P-")))
