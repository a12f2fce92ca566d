"""Records out of a byte stream: TLS and SSL 3.0 records, hellos in SSLv2 records, and where a stream is not TLS.

Owns one direction's framing: where it begins, what a hole destroys, where framing can safely be found again. Knows
nothing of handshake messages beyond the few bytes by which a hello is told, and nothing of keys.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.wire.search import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    HEARTBEAT,
    LARGEST_RECORD,
    SEARCH_LIMIT,
    Search,
    record_header,
)

__all__ = [
    "ALERT",
    "APPLICATION_DATA",
    "CHANGE_CIPHER_SPEC",
    "HANDSHAKE",
    "HEARTBEAT",
    "SSL2",
    "Cut",
    "Deframer",
    "Found",
    "Item",
    "Lost",
    "Plain",
    "Record",
    "looks_like_client_hello",
    "looks_like_tls",
]

SSL2: Final = -1
"""The type of a record in SSLv2 format, which has none of its own."""

HEAD_SIZE: Final = 256


@frozen
class Record:
    """One record. ``damage`` are ranges of ``body`` that were never captured (their bytes are zero)."""

    type: int
    version: int
    start: int
    body: bytes
    header_size: int = 5
    damage: tuple[tuple[int, int], ...] = ()

    @property
    def end(self) -> int:
        """Offset behind the record."""
        return self.start + self.header_size + len(self.body)


@frozen
class Plain:
    """From ``start`` on the stream is not TLS; ``head`` are the first bytes."""

    start: int
    head: bytes


@frozen
class Cut:
    """A record that cannot be completed: ``body`` is what was there, ``length`` what its header announced (or None)."""

    start: int
    body: bytes
    type: int | None
    version: int | None
    length: int | None


@frozen
class Found:
    """Framing was found (again) at ``start``; lost at ``searched_from``; ``plain``: text came before."""

    start: int
    searched_from: int
    plain: bool


@frozen
class Lost:
    """No framing was found from ``start`` on, within the bounds of the search."""

    start: int


Item = Record | Plain | Cut | Found | Lost


def looks_like_tls(head: bytes) -> bool:
    """Whether the first bytes of a direction begin a TLS record or a hello in SSLv2 format; needs at least three."""
    if len(head) < 3:
        return False
    return _opening(head) is not _Opening.PLAIN


def looks_like_client_hello(head: bytes) -> bool:
    """Whether a direction begins with a ClientHello, in a TLS or an SSLv2 record: so its sender is the client."""
    opening = _opening(head)
    if opening is _Opening.SSL2:
        return True
    return opening is _Opening.RECORD and head[0] == HANDSHAKE and head[5:6] == b"\x01" and head[9:10] in {b"", b"\x03"}


class Deframer:
    """One direction's bytes in, items out; the same items for any chunking of the bytes."""

    __slots__ = ("_base", "_buffer", "_holes", "_plain_from", "_search", "_state")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._base = 0
        self._state = _State.START
        self._holes: list[tuple[int, int]] = []
        self._search: Search | None = None
        self._plain_from: int | None = None  # where text began whose head was not handed out yet

    @property
    def offset(self) -> int:
        """How many bytes of the stream have come, holes included."""
        return self._base + len(self._buffer)

    @property
    def text_waits(self) -> bool:
        """A text has begun whose head was not handed out."""
        return self._plain_from is not None

    @property
    def searching(self) -> bool:
        """Where the next record begins is not known."""
        return self._state is _State.SEARCH

    def feed(self, data: bytes) -> list[Item]:
        """Take the next bytes; return what they complete."""
        if self._state is _State.DEAD:
            self._base += len(data)
            return []
        self._buffer += data
        return self._advance()

    def hole(self, size: int) -> list[Item]:
        """``size`` bytes were never captured. Inside a record they damage it; beyond it the framing is lost."""
        if self._state is _State.DEAD:
            self._base += size
            return []
        if self._state is _State.RECORDS and size <= self._record_left():
            start = self.offset
            self._buffer += bytes(size)
            self._holes.append((start, start + size))
            return self._advance()
        items = self.flush() + self._cut()
        self._drop(len(self._buffer))
        self._base += size
        self._begin_search(plain=self._search is not None and self._search.plain)
        return items

    def skip(self) -> list[Item]:
        """Bytes were left out, nobody knows how many; what comes next begins a record."""
        items = self.flush()
        if self._state is _State.START:
            return items
        self._drop(len(self._buffer))
        self._holes.clear()
        self._state, self._search = _State.RECORDS, None
        return items

    def flush(self) -> list[Item]:
        """Hand out the head of a text that has come so far: the other side spoke, so this turn is over."""
        return self._flush_to(self.offset)

    def restart(self) -> list[Item]:
        """The other direction turned to TLS: what comes next here is a beginning again, unless it is TLS already."""
        if self._state is _State.RECORDS or (self._search is not None and not self._search.plain):
            return []
        items = self.flush()
        self._drop(len(self._buffer))
        self._state, self._search = _State.START, None
        return items

    def finish(self) -> list[Item]:
        """The stream is over: hand out what is left."""
        items: list[Item] = []
        if self._state is _State.SEARCH and self._search is not None:
            start = self._search.chain_to(self.offset)
            items += self._flush_to(self.offset if start is None else start)
            if start is not None:
                items += self._found(start)
                items += self._advance()
            elif not self._search.plain:
                items.append(Lost(self._search.start))
        if self._state in {_State.RECORDS, _State.START}:
            items += self._cut()
        self._drop(len(self._buffer))
        self._state = _State.DEAD
        return items

    def _flush_to(self, end: int) -> list[Item]:
        if self._plain_from is None:
            return []
        start, self._plain_from = self._plain_from, None
        end = min(end, start + HEAD_SIZE)
        return [Plain(start, bytes(self._buffer[start - self._base : end - self._base]))]

    def _advance(self) -> list[Item]:
        items: list[Item] = []
        while True:
            if self._state is _State.START:
                more = self._open(items)
            elif self._state is _State.RECORDS:
                more = self._read_records(items)
            elif self._state is _State.SEARCH:
                more = self._look_for_framing(items)
            else:
                self._drop(len(self._buffer))
                return items
            if not more:
                return items

    def _open(self, items: list[Item]) -> bool:
        opening = _opening(self._buffer)
        if opening is _Opening.UNCLEAR:
            return False
        if opening is _Opening.PLAIN:
            self._plain_from = self._base
            self._begin_search(plain=True)
            return True
        if opening is _Opening.SSL2:
            end = 2 + (int.from_bytes(self._buffer[:2], "big") & 0x7FFF)
            if len(self._buffer) < end:
                return False
            items.append(Record(SSL2, 2, self._base, bytes(self._buffer[2:end]), 2))
            self._drop(end)
        self._state = _State.RECORDS
        return True

    def _read_records(self, items: list[Item]) -> bool:
        buffer, position = self._buffer, 0
        size = len(buffer)
        lost = False
        while size - position >= 5:
            kind, major, minor, length = record_header(buffer, position)
            if not (20 <= kind <= 24 and major == 3 and minor <= 4 and length <= LARGEST_RECORD):  # inline: hot
                lost = True
                break
            end = position + 5 + length
            if end > size:
                break
            damage = self._damage(position + 5, end) if self._holes else ()
            version = major << 8 | minor
            items.append(Record(kind, version, self._base + position, bytes(buffer[position + 5 : end]), 5, damage))
            position = end
        self._drop(position)
        if lost:  # records came before: that is a stream out of step, not a peer that does not speak TLS
            self._begin_search(plain=False)
        return lost

    def _look_for_framing(self, items: list[Item]) -> bool:
        search = self._search
        assert search is not None
        start = None
        if self._plain_from is not None:  # its head is due at a fixed offset, whatever the chunking
            start = search.look(self._buffer, self._base, self._plain_from + HEAD_SIZE)
            if start is None and self.offset - self._plain_from >= HEAD_SIZE:
                items += self.flush()
        if start is None:
            start = search.look(self._buffer, self._base, self.offset)
        if start is not None:
            items += self._flush_to(start)
            items += self._found(start)
            return True
        if self.offset - search.start >= SEARCH_LIMIT:
            items += self.flush()
            if not search.plain:
                items.append(Lost(search.start))
            self._drop(len(self._buffer))
            self._state = _State.DEAD
        return False

    def _found(self, start: int) -> list[Item]:
        assert self._search is not None
        found = Found(start, self._search.start, self._search.plain)
        self._drop(start - self._base)
        self._state, self._search = _State.RECORDS, None
        return [found]

    def _begin_search(self, *, plain: bool) -> None:
        self._state = _State.SEARCH
        self._holes.clear()
        self._search = Search(self._base, plain)

    def _cut(self) -> list[Item]:
        if self._state not in {_State.RECORDS, _State.START} or not self._buffer:
            return []
        if len(self._buffer) < 5:
            return [Cut(self._base, bytes(self._buffer), None, None, None)]
        kind, major, minor, length = record_header(self._buffer, 0)
        if kind & 0x80:  # only at the start
            return [Cut(self._base, bytes(self._buffer[2:]), SSL2, 2, (kind << 8 | major) & 0x7FFF)]
        return [Cut(self._base, bytes(self._buffer[5:]), kind, major << 8 | minor, length)]

    def _record_left(self) -> int:
        """How many bytes the record that has begun still lacks; 0 where no header is known."""
        if len(self._buffer) < 5 or self._buffer[0] & 0x80:
            return 0
        return 5 + record_header(self._buffer, 0)[3] - len(self._buffer)

    def _damage(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        first, last = self._base + start, self._base + end
        ranges = [(max(a, first) - first, min(b, last) - first) for a, b in self._holes if a < last and b > first]
        self._holes = [hole for hole in self._holes if hole[1] > last]
        return tuple(ranges)

    def _drop(self, size: int) -> None:
        if size:
            del self._buffer[:size]
            self._base += size


class _State(Enum):
    START = auto()
    RECORDS = auto()
    SEARCH = auto()
    DEAD = auto()


class _Opening(Enum):
    RECORD = auto()
    SSL2 = auto()
    PLAIN = auto()
    UNCLEAR = auto()


def _opening(head: bytes | bytearray) -> _Opening:
    if not head:
        return _Opening.UNCLEAR
    if head[0] & 0x80:
        return _ssl2_opening(bytes(head[:11]))
    if not 20 <= head[0] <= 24 or (len(head) > 1 and head[1] != 3) or (len(head) > 2 and head[2] > 4):
        return _Opening.PLAIN
    if len(head) < 5:
        return _Opening.UNCLEAR
    length = head[3] << 8 | head[4]
    least = 0 if head[0] == HANDSHAKE else 1  # an empty handshake record is forbidden (RFC 5246, 6.2.1), and TLS still
    return _Opening.RECORD if least <= length <= LARGEST_RECORD else _Opening.PLAIN


def _ssl2_opening(head: bytes) -> _Opening:
    """RFC 5246, E.2: length with the top bit, client-hello(1), version, then three lengths that must add up."""
    fits = [head[0] & 0x80 != 0] if head else []
    if len(head) > 2:
        fits.append(head[2] == 1)
    if len(head) > 4:
        fits.append(head[3:5] == b"\x00\x02" or (head[3] == 3 and head[4] <= 4))
    elif len(head) > 3:
        fits.append(head[3] in {0, 3})
    if not all(fits):
        return _Opening.PLAIN
    if len(head) < 11:
        return _Opening.UNCLEAR
    length = int.from_bytes(head[:2], "big") & 0x7FFF
    specs, session_id, challenge = (int.from_bytes(head[i : i + 2], "big") for i in (5, 7, 9))
    good = specs % 3 == 0 and specs > 0 and session_id in {0, 16} and 16 <= challenge <= 32
    return _Opening.SSL2 if good and length == 9 + specs + session_id + challenge else _Opening.PLAIN
