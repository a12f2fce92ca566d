"""Where, in bytes of unknown meaning, a TLS record surely begins; and what a record header looks like.

Owns the record header and the search for framing that was lost or had not begun. Bounded: so many bytes, no more.
"""

from __future__ import annotations

import heapq
import re
from typing import Final

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HEARTBEAT: Final = 24

LARGEST_RECORD: Final = (1 << 14) + 2048  # RFC 5246, 6.2.3; TLS 1.3 allows 256 above 2^14
SEARCH_LIMIT: Final = 1 << 16  # more than three of the largest records

_HEADER_LIKE: Final = rb"[\x14-\x18]\x03[\x00-\x04]"
_HELLO_HEAD: Final = 44  # record header to the session id's length
_HOPS: Final = 3
_STEP: Final = 512


def record_header(buffer: bytes | bytearray, position: int) -> tuple[int, int, int, int]:
    """Type, both halves of the version, and length of the record header at ``position``."""
    kind, major, minor, high, low = buffer[position : position + 5]
    return kind, major, minor, high << 8 | low


def is_record_header(kind: int, major: int, minor: int, length: int) -> bool:
    """Whether the fields of a header are those of SSL 3.0 to TLS 1.3."""
    return 20 <= kind <= 24 and major == 3 and minor <= 4 and length <= LARGEST_RECORD


class Search:
    """Looks for the first place that is surely a record: a plaintext hello or alert, or three records in a row.

    Every candidate names the offset up to which bytes are needed to decide its next step; taking them in that order
    makes the outcome the same for any chunking, and each costs a constant.
    """

    __slots__ = ("_candidates", "_scanned", "plain", "start")

    def __init__(self, start: int, plain: bool) -> None:
        self.start = start
        self.plain = plain
        self._scanned = start
        self._candidates: list[tuple[int, int, int, int]] = []  # needed up to, begins at, step, header at

    def look(self, buffer: bytearray, base: int, upto: int) -> int | None:
        """Where a record surely begins, told by the bytes before offset ``upto``; ``buffer`` begins at ``base``."""
        last = min(base + len(buffer), self.start + SEARCH_LIMIT, upto)
        header_like = re.compile(_HEADER_LIKE)
        while True:  # in small steps: what is found early must not cost a scan of all that came
            end = min(last, self._scanned + _STEP)
            for match in header_like.finditer(buffer, self._scanned - base, end - base):
                at = base + match.start()
                heapq.heappush(self._candidates, (at + 5, at, 0, at))
            self._scanned = max(self._scanned, end - 2)
            while self._candidates and self._candidates[0][0] <= end:
                _, at, step, header = heapq.heappop(self._candidates)
                if self._decide(buffer, base, at, step, header):
                    return at
            if end >= last:
                return None

    def chain_to(self, end: int) -> int | None:
        """The first candidate whose records fill the stream exactly up to its ``end``."""
        starts = [at for _, at, step, header in self._candidates if step >= 1 and header == end]
        return min(starts, default=None)

    def _decide(self, buffer: bytearray, base: int, at: int, step: int, header: int) -> bool:
        kind, major, minor, length = record_header(buffer, header - base)
        if step < 0:
            return _surely(bytes(buffer[at - base : at - base + _HELLO_HEAD]))
        if not (is_record_header(kind, major, minor, length) and length):
            return False
        if step + 1 == _HOPS:
            return True
        following = header + 5 + length
        heapq.heappush(self._candidates, (following + 5, at, step + 1, following))
        if step == 0 and kind == HANDSHAKE and length >= _HELLO_HEAD - 5:
            heapq.heappush(self._candidates, (at + _HELLO_HEAD, at, -1, at))
        elif step == 0 and kind == ALERT and length == 2:
            heapq.heappush(self._candidates, (at + 7, at, -1, at))
        return False


def _surely(head: bytes) -> bool:
    if head[0] == ALERT:
        return head[5] in {1, 2} and head[6] <= 121
    record = int.from_bytes(head[3:5], "big")
    message = int.from_bytes(head[6:9], "big")
    if head[9] != 3 or head[10] > 4 or head[43] > 32 or message < 38:
        return False
    if head[5] == 1:
        return message + 4 >= record and message < 1 << 17
    return head[5] == 2 and message < 1 << 16
