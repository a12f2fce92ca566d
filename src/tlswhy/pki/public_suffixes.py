"""Below which part of a domain name a registry sells names: the ICANN part of the Public Suffix List.

Owns the question alone, what browsers and libraries make of it is for the dialects of names. The list is that of the
package ``publicsuffixlist``, loaded when the first name is asked about for which these lines do not do.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_PLAIN = frozenset(("com", "net", "org", "test", "local", "internal", "localhost", "lan"))
"""Below these nothing else is a suffix: either they sell names directly, or the list does not know them."""
_SOLD = frozenset(("com", "net", "org"))


def icann_suffix(name: str) -> str | None:
    """The suffix that this lower-case name stands below, or is; None: its last label is of nobody's list."""
    last = name.rpartition(".")[2]
    if last in _PLAIN:
        return last if last in _SOLD else None
    return _list().publicsuffix(name)


@cache
def _list() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # a third of a second, which few questions are worth

    return PublicSuffixList(accept_unknown=False, only_icann=True)
