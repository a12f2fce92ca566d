"""How strict a client is with what deviates from the protocol, out of a profile's [strictness].

    kind = true | false            it refuses that deviation (``observe.deviations`` names them), or goes on
    server-hello = [13, ...]       extensions that it refuses in that message where nobody asked for them; so, too,
                                   server-hello-tls13, encrypted-extensions, certificate-extensions
    server-hello-passes = [...]    extensions that it passes over; all others are as ``others`` says, or
    others = false                 ``server-hello-others`` for that message alone
    extension-repeated             true, false, or the extensions that it minds twice; server-hello-repeated …: in that
                                   message
    most-warnings = 4              so many warning alerts it lets pass
    anything = "unknown"           takes back what the parent says: nobody has seen it

Owns the language. What is missing nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlswhy.errors import BadTable

NOT_KNOWN = "unknown"


def make_strictness(name: str, table: Mapping[str, Any]) -> Mapping[str, bool | int | tuple[int, ...]]:
    """The merged table as rules; raises BadTable for a value that makes no sense."""
    for key, value in table.items():
        if not isinstance(value, int | list) and value != NOT_KNOWN:
            raise BadTable("profile-value-unknown", key=f"{name}: strictness.{key}", value=str(value))
    known = {key: value for key, value in table.items() if value != NOT_KNOWN}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in known.items()}
