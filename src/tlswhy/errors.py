"""The exceptions of tlswhy; each means "cannot go on with this item".

TlswhyError
├── BadEvidence    an input that nothing can be said about
├── BadTable       one of the package's own TOML tables is wrong (our fault)
└── BadRequest     the caller asked for something that does not exist

An exception carries a message code and facts; the sentence is made in ``render``.
"""

from __future__ import annotations


class TlswhyError(Exception):
    """Base of all expected failures: a message ``code`` of the catalogue and its ``facts``."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts: dict[str, object] = facts

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}({details})" if details else self.code


class BadEvidence(TlswhyError):
    """Nothing at all can be said about the ``item``; ``place`` is where reading stopped."""

    def __init__(self, item: str, place: str, code: str, **facts: object) -> None:
        super().__init__(code, **facts)
        self.item = item
        self.place = place


class BadTable(TlswhyError):
    """A TOML table that ships with the package is wrong."""


class BadRequest(TlswhyError):
    """The caller named something that does not exist, or options that exclude each other."""
