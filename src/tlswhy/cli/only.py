"""``--only``: which connections of a large capture. A small language: ``name=value`` terms, all of which must hold.

host=NAME (the SNI; ``*.example.test`` for all below) · address=IP or IP/BITS (either end) · client=IP · server=IP ·
port=N (either end) · frame=N or A-B (any of its frames) · time=A..B (ISO 8601, either may be left out). Commas inside
a value mean "or".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake

if TYPE_CHECKING:
    from tlswhy.observe.line import Line

Test: TypeAlias = "Callable[[Handshake | Line], bool]"


@frozen
class Selection:
    """A parsed expression."""

    text: str
    tests: tuple[Test, ...]

    def matches(self, handshake: Handshake | Line) -> bool:
        """Whether the connection is one of those wanted."""
        return all(test(handshake) for test in self.tests)


def parse_selection(text: str) -> Selection:
    """Parse an expression; raises BadRequest that names the term which is not understood."""
    terms = text.split()
    if not terms:
        raise BadRequest("bad-selection", text=text)
    return Selection(text, tuple(_term(term) for term in terms))


def _term(term: str) -> Test:
    name, equals, value = term.partition("=")
    reader = _TERMS.get(name.lower())
    if not equals or not value or reader is None:
        raise BadRequest("bad-selection", text=term)
    try:
        tests = [reader(part) for part in value.split(",")]
    except ValueError:
        raise BadRequest("bad-selection", text=term) from None
    return lambda handshake: any(test(handshake) for test in tests)


def _host(value: str) -> Test:
    wanted = value.lower().rstrip(".")
    if not wanted:
        raise ValueError(value)

    def test(handshake: Handshake | Line) -> bool:
        name = handshake.server_name
        name = name.lower().rstrip(".") if name else ""
        return name.endswith(wanted[1:]) if wanted.startswith("*.") else name == wanted

    return test


def _address(*sides: str) -> Callable[[str], Test]:
    def read(value: str) -> Test:
        network = ip_network(value.strip("[]"), strict=False)
        return lambda handshake: any(ip_address(getattr(handshake, side).address) in network for side in sides)

    return read


def _port(value: str) -> Test:
    number = int(value)
    return lambda handshake: number in (handshake.client.port, handshake.server.port)


def _frame(value: str) -> Test:
    first, dash, last = value.partition("-")
    low = int(first) if first else 1
    high = (int(last) if last else 1 << 62) if dash else low
    if low < 1 or high < low:
        raise ValueError(value)
    return lambda handshake: handshake.first_frame <= high and handshake.last_frame >= low


def _time(value: str) -> Test:
    first, dots, last = value.partition("..")
    if not dots or not (first or last):
        raise ValueError(value)
    low = _nanoseconds(first) if first else 0
    high = _nanoseconds(last) if last else 1 << 80
    return lambda handshake: handshake.first_time_ns <= high and handshake.last_time_ns >= low


def _nanoseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime.fromtimestamp(0, UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


_TERMS: dict[str, Callable[[str], Test]] = {
    "host": _host,
    "sni": _host,
    "address": _address("client", "server"),
    "client": _address("client"),
    "server": _address("server"),
    "port": _port,
    "frame": _frame,
    "frames": _frame,
    "time": _time,
}
