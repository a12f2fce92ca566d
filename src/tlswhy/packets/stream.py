"""One direction of a TCP connection: segments in any order in, contiguous bytes with frame numbers out.

Owns sequence numbers, retransmissions, overlaps and holes. Refuses to know: addresses, the other direction, TLS.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

Chunk = tuple[int, int, bytes, int]
"""(frame, time in ns, bytes, bytes missing before them, or PICKED less the bytes left out before them)"""

PICKED = -1

Enough = Callable[[bytes, int], bool]
"""Called with each run of bytes that is kept, and what is missing before it; True: nothing more is wanted."""

_WAITING_BYTES = 256 * 1024
_WAITING_SEGMENTS = 1_024
_CHUNKS = 8_192
_PICKS = 32
_BASE_PATIENCE = 4
_HOLE_PATIENCE = 4
_HALF = 1 << 31
_LARGEST_HOLE = 1 << 30
CHUNK_COST = 160


class Stream:
    """The bytes one side sent, up to ``limit`` of them.

    Sequence numbers are kept unwrapped, as plain integers that grow beyond 32 bits. ``closed`` means that nothing of
    this direction is kept any more: it never opens again, so that a bulk reader may skip its segments.
    """

    __slots__ = (
        "_enough",
        "_first_ack",
        "_gap",
        "_judge",
        "_judged",
        "_patience",
        "_picks",
        "_waiting_bytes",
        "acked",
        "chunks",
        "closed",
        "cut_segments",
        "end",
        "enough_after",
        "first_seq",
        "frame",
        "held",
        "kept",
        "limit",
        "next",
        "noted",
        "time_ns",
        "truncated",
        "waiting",
    )

    def __init__(self, limit: int, judge: Callable[[], Enough] | None = None, enough_after: int = 0) -> None:
        self.limit = limit
        self.enough_after = enough_after
        self._judge: Callable[[], Enough] | None = judge
        self._enough: Enough | None = None
        self._judged = 0  # chunks that the judge has seen
        self.truncated = False  # closed by the limit, not because it was enough
        self.chunks: list[Chunk] = []
        self.kept = 0
        self.held = 0  # an estimate of the memory in use
        self.closed = False
        self.next: int | None = None  # the sequence number that is expected; None until the start is sure
        self.first_seq: int | None = None
        self.end: int | None = None  # the sequence number of the FIN
        self.acked: int | None = None  # the highest acknowledgement of the other side
        self.noted = 0  # the acknowledgement that the bulk scan goes by
        self.cut_segments = 0
        self.frame = 0
        self.time_ns = 0
        self._first_ack: int | None = None
        self._gap = 0
        self._patience = 0
        self._picks: list[int] = []
        self.waiting: list[tuple[int, int, int, bytes, int]] = []  # (start, frame, time, data, bytes on the wire)
        self._waiting_bytes = 0

    def begin(self, seq: int) -> None:
        """The first byte of this direction has this sequence number (a SYN was seen)."""
        if self.next is None:
            waiting = self.waiting
            start = seq
            if waiting:
                start = self._unwrap(seq, waiting[0][0])
            self.next = self.first_seq = start
            self._drain()

    def segment(self, seq: int, data: bytes, length: int, frame: int, time_ns: int) -> None:
        """Take a segment of ``length`` bytes, of which ``data`` were captured."""
        if self.closed:
            return
        if len(data) < length:
            self.cut_segments += 1
        expected = self.next
        if expected is None:
            self._take_without_start(seq, data, length, frame, time_ns)
            return
        ahead = (seq - expected) & 0xFFFFFFFF
        if ahead == 0 and not self.waiting:
            kept = self.kept + length
            if len(data) < length or kept > self.limit or len(self.chunks) >= _CHUNKS or frame < self.frame:
                self._deliver(data, length, frame, time_ns)
                return
            # The usual segment: what ``_deliver`` and ``_keep`` do with it, in one go.
            self.next = expected + length
            self.frame, self.time_ns = frame, time_ns
            self.chunks.append((frame, time_ns, data, self._gap))
            self._gap = 0
            self.kept = kept
            self.held += length + CHUNK_COST
            if kept >= self.enough_after and self._judge is not None and self._is_enough(self._judge):
                self.drop()
            return
        if ahead >= _HALF:
            ahead -= 1 << 32
            if ahead + length <= 0:
                return  # all of it is known: a retransmission or a keep-alive probe
        self._insert(expected + ahead, data, length, frame, time_ns)
        if ahead <= 0:
            self._drain()
        elif self._waiting_bytes > _WAITING_BYTES or len(self.waiting) > _WAITING_SEGMENTS:
            self._skip_hole()
        else:
            self._weigh_acknowledgement()

    def whole(self, start: int, chunks: list[Chunk], size: int, first_ack: int, last_ack: int, *, fin: bool) -> None:
        """All that a new stream is about: segments that follow each other from ``start`` on, less than is judged or
        limited; the other side's first and last acknowledgement; whether it ends."""
        self.first_seq = start
        self.next = end = start + size
        if chunks:
            self.chunks = chunks
            self.frame, self.time_ns = chunks[-1][:2]
            self.kept = size
            self.held = size + CHUNK_COST * len(chunks)
        self._first_ack = start + ((first_ack - start + _HALF) & 0xFFFFFFFF) - _HALF
        self.acked = self._first_ack + ((last_ack - first_ack) & 0xFFFFFFFF)
        if fin:
            self.end = end

    def pick(self, seq: int, data: bytes, frame: int, time_ns: int) -> None:
        """Keep one segment of the part that is not kept; each only once."""
        if len(self._picks) < _PICKS and seq not in self._picks:
            behind = self._picks[-1] if self._picks else self.next
            left_out = (seq - behind) & 0xFFFFFFFF if behind is not None else 0
            self._picks.append(seq)
            self.chunks.append((frame, time_ns, data, PICKED - (left_out if left_out < _HALF else 0)))

    def acknowledge(self, ack: int) -> None:
        """The other side has everything before ``ack``: what is still missing was never captured."""
        acked = self.acked
        if acked is None:
            base = self.next
            if base is None:
                base = self.waiting[0][0] if self.waiting else ack
            self.acked = self._first_ack = self._unwrap(ack, base)
        else:
            # What says nothing new must change nothing: a bulk reader leaves it out.
            forward = (ack - acked) & 0xFFFFFFFF
            if not 0 < forward < _HALF:
                return
            self.acked = acked + forward
        if self.waiting:
            self._weigh_acknowledgement()

    def fin(self, seq: int) -> None:
        """A FIN stands at ``seq``."""
        if self.end is None:
            self.end = self._unwrap(seq, self.next if self.next is not None else seq)

    def beyond(self, seq: int) -> int | None:
        """How far ``seq`` lies behind the last byte that is known to have been sent (negative: before it)."""
        if self.closed or self.next is None:
            return None
        known = self.next
        if self.waiting:
            known = max(known, self.waiting[-1][0] + self.waiting[-1][4])
        if self.acked is not None:
            known = max(known, self.acked)
        return self._unwrap(seq, known) - known

    def finish(self, frame: int, time_ns: int) -> None:
        """No segment comes any more: deliver what waits, and say what is missing at the end."""
        if self.closed:
            return
        self._settle_start()
        while self.waiting and not self.closed:
            self._skip_hole()
        if self.closed:
            return
        start = self.next if self.next is not None else self._first_ack
        if start is None:
            return
        known_end = start
        if self.end is not None:
            known_end = max(known_end, self.end)
        if self.acked is not None:
            # An acknowledged FIN counts one, and may not have been captured itself.
            fin = self.end is not None or self.acked - start == 1
            known_end = max(known_end, self.acked - fin)
        missing = self._gap + known_end - start
        if 0 < missing < _LARGEST_HOLE:
            self.chunks.append((max(frame, self.frame), time_ns, b"", missing))
        self._gap = 0

    def drop(self) -> None:
        """Keep nothing more of this direction."""
        self.closed = True
        self._judge = self._enough = None
        self.waiting = []
        self._waiting_bytes = 0
        self.held = self.kept + CHUNK_COST * len(self.chunks)

    @staticmethod
    def _unwrap(seq: int, near: int) -> int:
        """The unwrapped number that is nearest to ``near`` and equals ``seq`` modulo 2**32."""
        return near + ((seq - near + _HALF) & 0xFFFFFFFF) - _HALF

    def _take_without_start(self, seq: int, data: bytes, length: int, frame: int, time_ns: int) -> None:
        """Without a SYN the first segment captured need not be the first sent: look at a few before deciding."""
        near = self.waiting[0][0] if self.waiting else self.acked if self.acked is not None else seq
        self._insert(self._unwrap(seq, near), data, length, frame, time_ns)
        if len(self.waiting) >= _BASE_PATIENCE:
            self._settle_start()
        elif self.acked is not None:
            self._weigh_acknowledgement()

    def _settle_start(self) -> None:
        if self.next is not None or not self.waiting:
            return
        self.next = self.first_seq = self.waiting[0][0]
        self._drain()

    def _weigh_acknowledgement(self) -> None:
        first = self.waiting[0][0]
        if self.acked is None or self.acked < first:
            return
        if self.next is None:
            self._settle_start()
            return
        # An acknowledgement may overtake its data in a capture of several queues: wait for a few more packets.
        self._patience += 1
        if self._patience >= _HOLE_PATIENCE:
            self._skip_hole()

    def _insert(self, start: int, data: bytes, length: int, frame: int, time_ns: int) -> None:
        """Put what is new of a segment among those that wait; the first copy of a byte wins."""
        if self.next is not None and start < self.next:
            cut = self.next - start
            start, data, length = self.next, data[cut:], length - cut
        waiting = self.waiting
        at = bisect_right(waiting, start, key=_start_of)
        if at:
            before = waiting[at - 1]
            overlap = before[0] + before[4] - start
            if overlap > 0:
                start, data, length = start + overlap, data[overlap:], length - overlap
        while length > 0:
            room = length
            behind = waiting[at] if at < len(waiting) else None
            if behind is not None:
                room = min(length, behind[0] - start)
            if room > 0:
                piece = data[:room]
                waiting.insert(at, (start, frame, time_ns, piece, room))
                self._waiting_bytes += len(piece)
                self.held += len(piece) + CHUNK_COST
                at += 1
            if behind is None:
                return
            skip = room + behind[4]
            start, data, length = start + skip, data[skip:], length - skip
            at += 1

    def _drain(self) -> None:
        """Deliver all that has become contiguous."""
        waiting = self.waiting
        count = 0
        for start, frame, time_ns, data, length in waiting:
            assert self.next is not None
            if start > self.next:
                break
            count += 1
            skip = self.next - start
            self._waiting_bytes -= len(data)
            self.held -= len(data) + CHUNK_COST
            if skip < length:
                self._deliver(data[skip:], length - skip, frame, time_ns)
                if self.closed:
                    return
        if count:
            del waiting[:count]
            self._patience = 0

    def _skip_hole(self) -> None:
        """Go on behind the first hole: its bytes were never captured."""
        assert self.next is not None
        self._gap += self.waiting[0][0] - self.next
        self.next = self.waiting[0][0]
        self._drain()

    def _deliver(self, data: bytes, length: int, frame: int, time_ns: int) -> None:
        assert self.next is not None
        self.next += length
        room = self.limit - self.kept
        if len(data) > room or len(self.chunks) >= _CHUNKS:
            data = data[:room] if len(self.chunks) < _CHUNKS else b""
            if data:
                self._keep(data, frame, time_ns)
            self.truncated = True
            self.drop()
            return
        if data:
            self._keep(data, frame, time_ns)
            if self._judge is not None and self.kept >= self.enough_after and self._is_enough(self._judge):
                self.drop()
                return
        self._gap += length - len(data)

    def _is_enough(self, judge: Callable[[], Enough]) -> bool:
        """Ask the judge, who is made when first asked, about all that he has not seen."""
        enough = self._enough = self._enough or judge()
        for _, _, data, missing in self.chunks[self._judged :]:
            self._judged += 1
            if enough(data, missing):
                return True
        return False

    def _keep(self, data: bytes, frame: int, time_ns: int) -> None:
        # A byte that waited became contiguous when the byte before it came: the frame number never falls.
        if frame >= self.frame:
            self.frame, self.time_ns = frame, time_ns
        self.chunks.append((self.frame, self.time_ns, data, self._gap))
        self._gap = 0
        self.kept += len(data)
        self.held += len(data) + CHUNK_COST


def _start_of(waiting: tuple[int, int, int, bytes, int]) -> int:
    return waiting[0]
