"""A capture file in, its TCP connections and facts about the file out.

``read_connections`` gives a ``CaptureReading``: iterate it once for the connections, in order of their first frame; the
facts (packets, times, secrets, what else was in the capture, oddities) are complete when the iteration has ended.
Packets are read in blocks and nothing but the kept bytes of open connections stays in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from tlswhy.errors import BadEvidence
from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Connection
from tlswhy.packets.framing import Batch, RecordNotes
from tlswhy.packets.inflate import inflate, is_undecided, peek
from tlswhy.packets.layers import DTLS, QUIC, SYN, TCP, UNKNOWN_LINK, Decoder
from tlswhy.packets.records import is_record_file, read_records, read_windows
from tlswhy.packets.stream import CHUNK_COST, Enough
from tlswhy.packets.tcp import CONVERSATION_COST, Conversations, Interest, Limits, Share
from tlswhy.source import Source, Window

if TYPE_CHECKING:
    from tlswhy.packets.presort import Stretches
    from tlswhy.packets.scan import Scan
    from tlswhy.packets.whole import Columns, WholeConnections

__all__ = ["CaptureReading", "Enough", "Interest", "Limits", "Progress", "Share", "is_capture", "read_connections"]

Progress = Callable[[int], None]
"""Called now and then with the number of bytes of the stored file that have been taken."""

SCAN_FROM = 20_000
"""Below this many frames NumPy costs more to import than it saves."""

_SMALLEST_SCAN = 64
_SMALLEST_PART, _LARGEST_PART = 256, 16_384
_LARGE = 32 << 20
_HEAD = 65_536


def is_capture(head: bytes) -> bool:
    """Tell a pcap or pcapng file by its first bytes, through gzip and zstd."""
    return is_record_file(peek(head)) or is_undecided(head)


def read_connections(
    source: Source,
    *,
    limits: Limits | None = None,
    interest: Interest | None = None,
    share: Share | None = None,
    progress: Progress | None = None,
    scan_from: int | None = None,
    behind: CaptureReading | None = None,
    begins_ns: int | None = None,
    alone: bool = True,
) -> CaptureReading:
    """Read the capture's TCP connections.

    Raises BadEvidence ("not-a-capture") where the source is no capture at all; whatever else is wrong with it becomes
    an oddity of the reading. ``interest`` picks segments out of the part of a stream that is not kept;
    ``share`` leaves out the connections of other shares (the facts are those of the whole capture). From the frame
    ``scan_from`` on packets are sifted in bulk, with the same result (None: where that pays).
    ``behind``: the reading of another file, completed, whose connections may go on in this one, which begins at
    ``begins_ns``; with it, and where this is not ``alone``, what is left at the end is that of ``CaptureReading.rest``.
    """
    if scan_from is None:
        scan_from = 0 if (source.size or 0) > _LARGE else SCAN_FROM
    if behind is not None:
        conversations = behind.handed_on(begins_ns)
    else:
        conversations = Conversations(limits or Limits(), interest, share)
    before = behind.frames if behind is not None else 0
    return CaptureReading(source, conversations, progress, scan_from, before, alone=alone and behind is None)


def first_time_ns(source: Source) -> int | None:
    """When the capture's first packet came that has a time; None where the source is no capture or has no such packet
    near its beginning."""
    stored = source.blocks()
    head = _head(stored)
    plain = inflate(head, stored, _unnoted)
    first = _head(plain)
    if not is_record_file(first):
        return None
    batch = next(read_records(first, iter(()), RecordNotes()), None)
    return _first_time(batch) if batch is not None else None


class CaptureReading:
    """One pass over a capture. Iterate once; ask for facts afterwards."""

    def __init__(
        self,
        source: Source,
        conversations: Conversations,
        progress: Progress | None,
        scan_from: int,
        before: int = 0,
        *,
        alone: bool = True,
    ) -> None:
        self.name = source.name
        self.bytes_taken = 0
        self.first_time_ns: int | None = None
        self.last_time_ns: int | None = None
        self.cut_packets = 0
        self.snap_length: int | None = None
        """The longest packet among those that were cut, in bytes: what the capture was limited to."""
        self._progress = progress
        self._notes = RecordNotes(frames=before, before=before)
        self._alone = alone
        self._decoder = Decoder()
        self._conversations = conversations
        self._scan: Scan | None = None
        self._scan_from = before + scan_from
        self._part = _SMALLEST_PART
        self._links: Counter[int] = Counter()
        self._protocols: Counter[str] = Counter()
        self._records = self._open(source)

    def __iter__(self) -> Iterator[Connection]:
        for batch in self._records:
            taken = 0
            while taken < len(batch.positions):
                taken += self._take(self._part_of(batch, taken))
                yield from self._conversations.finished()
        if self._alone:
            yield from self.rest()

    def rest(self) -> Iterator[Connection]:
        """The connections that were still open at the end; for the last of several files that are read as one."""
        yield from self._conversations.rest(self._notes.frames)

    def handed_on(self, next_time_ns: int | None) -> Conversations:
        """The connections so far, for the file that begins at this time."""
        copy = next_time_ns == self.first_time_ns
        self._conversations.next_file(self._notes.frames, copy=copy)
        return self._conversations

    @property
    def packets(self) -> int:
        """Frames read, as Wireshark counts them."""
        return self._notes.frames - self._notes.before

    @property
    def frames(self) -> int:
        """Frames read, with those of the files before this one."""
        return self._notes.frames

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key logs that the capture itself carries, in order."""
        return tuple(secret.decode("ascii", "replace") for secret in self._notes.secrets)

    @property
    def has_secrets(self) -> bool:
        """Whether there are any so far."""
        return bool(self._notes.secrets)

    @property
    def links(self) -> Mapping[int, int]:
        """Packets for each link type met."""
        return dict(+self._links)

    @property
    def protocols(self) -> Mapping[str, int]:
        """Packets for each protocol: tcp, udp, quic, dtls, icmp, arp, other, fragment, malformed, unknown-link."""
        return dict(+self._protocols)

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """What was unusual about the file."""
        found = list(self._notes.oddities)
        if self.cut_packets:
            facts: dict[str, str | int] = {"packets": self.cut_packets, "snap_length": self.snap_length or 0}
            found.append(Oddity("packets-cut-by-snap-length", facts=facts))
        if self._protocols[UNKNOWN_LINK]:
            found.append(Oddity("link-type-unknown", facts={"packets": self._protocols[UNKNOWN_LINK]}))
        unread = {name: count for name in (QUIC, DTLS) if (count := self._protocols[name])}
        found += [Oddity(f"{name}-not-read", facts={"packets": count}) for name, count in unread.items()]
        if self._decoder.fragments.incomplete:
            found.append(Oddity("fragments-missing", facts={"datagrams": self._decoder.fragments.incomplete}))
        return tuple(oddity.of(self.name) for oddity in found)

    def _open(self, source: Source) -> Iterator[Batch]:
        if source.windows is not None and (source.size or 0) > _LARGE and is_record_file(source.head(_HEAD)):
            return self._open_windows(source, source.windows)
        stored = self._count(source.blocks())
        head = _head(stored)
        plain = inflate(head, stored, self._note_compression)
        first = _head(plain)
        if not is_record_file(first):
            raise BadEvidence(source.name, "byte 0", "not-a-capture")
        return read_records(first, plain, self._notes)

    def _open_windows(self, source: Source, windows: Callable[[], AbstractContextManager[Window]]) -> Iterator[Batch]:
        with windows() as window:

            def counted(place: int, size: int) -> bytes:
                found = window(place, size)
                self.bytes_taken = place + len(found)
                if self._progress is not None:
                    self._progress(self.bytes_taken)
                return found

            stretches = self._stretches(source, window) if source.elsewhere else None
            try:
                yield from read_windows(window(0, _HEAD)[:], counted, self._notes, stretches)
            finally:
                if stretches is not None:
                    stretches.close()

    def _stretches(self, source: Source, window: Window) -> Stretches:
        from tlswhy.packets.presort import Stretches  # NumPy

        interest = self._conversations.interest
        return Stretches(source.elsewhere, window, source.size or 0, interest.largest if interest is not None else 0)

    def _count(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.bytes_taken += len(block)
            if self._progress is not None:
                self._progress(self.bytes_taken)
            yield block

    def _note_compression(self, what: str, taken: int) -> None:
        self._notes.note(what, f"byte {taken}")

    def _part_of(self, batch: Batch, start: int) -> Batch:
        """So many of its packets as are taken together: few where connections have just become quiet."""
        size = self._part
        self._part = _SMALLEST_PART if self._conversations.grew_quiet else min(2 * size, _LARGEST_PART)
        self._conversations.grew_quiet = False
        return batch.part(start, start + size)

    def _take(self, batch: Batch) -> int:
        """Take packets from the first on; how many."""
        count = len(batch.positions)
        self._note_times(batch)
        scan = self._scan
        if scan is None and batch.first_frame + count > self._scan_from:
            from tlswhy.packets.scan import Scan

            scan = self._scan = Scan(self._conversations)
        if scan is None or count < _SMALLEST_SCAN or not scan.can_sift(batch):
            self._look_at(batch, range(count))
            return count
        todo = self._take_sifted(batch, scan)
        while todo:
            todo = self._look_at(batch, todo)
        cut, longest = scan.settle(self._protocols, self._links)
        self._note_cut(cut, longest)
        return scan.taken

    def _take_sifted(self, batch: Batch, scan: Scan) -> list[int]:
        """As ``_look_at``, with what the scan has decoded already."""
        buffer, first_frame, packet = batch.buffer, batch.first_frame, self._conversations.packet
        conversations, indexes, returned = self._conversations, scan.sift(batch), scan.returned
        columns = scan.columns
        enough = indexes[_SMALLEST_PART] if len(indexes) > 2 * _SMALLEST_PART else len(batch.positions)
        whole = self._whole(batch, columns)
        if whole is not None:
            columns, enough = whole.others(), len(batch.positions)
        for index, time_ns, seq, ack, flags, flow, flow_end, payload, end, length, ttl, identity in _rows(columns):
            back: list[int] = []
            if whole is not None:
                whole.take(conversations, index)
            if time_ns < 0:
                back = self._look_at(batch, (index,))
            else:
                data = buffer[payload:end] if length else b""
                key = buffer[flow:flow_end]
                packet(key, seq, ack, flags, data, length, first_frame + index, time_ns, ttl, identity)
            if returned or back:
                left = self._left(indexes, index) + back
                rest = sorted(left if whole is None else set(left) - whole.taken())
                scan.give_back(rest)
                return rest
            if index >= enough and conversations.grew_quiet:
                scan.stop_behind(index)  # most of what is left here can be left out now
                return []
        if whole is not None:
            whole.take(conversations, len(batch.positions))
        return []

    def _whole(self, batch: Batch, columns: Columns) -> WholeConnections | None:
        """The connections of the batch that can be taken at once; None where there are none, where it is not worth
        looking for them, or not sure that nothing happens between their packets."""
        from tlswhy.packets.whole import FEWEST, MOST_PACKETS, WholeConnections

        time_ns, flags, length = columns[1], columns[4], columns[9]
        opening = int(((flags & SYN) > 0).sum())
        if opening < max(FEWEST, len(flags) // MOST_PACKETS) or (time_ns < 0).any():
            return None
        conversations = self._conversations
        most = int(length.sum()) + len(flags) * CHUNK_COST + opening * CONVERSATION_COST
        if most >= conversations.room:
            return None
        found = WholeConnections(batch.buffer, columns, batch.first_frame, conversations)
        return found if len(found) else None

    def _look_at(self, batch: Batch, indexes: Sequence[int]) -> list[int]:
        """Take the packets one by one; return those that are left where the scan has given some back."""
        buffer, read, decoder = batch.buffer, batch.framing.read, self._decoder
        decode = decoder.decode
        positions, first_frame = batch.positions, batch.first_frame
        packet = self._conversations.packet
        links, protocols = self._links, self._protocols
        returned = self._scan.returned if self._scan else []
        for index in indexes:
            link, start, captured, original, time_ns = read(buffer, positions[index])
            if captured < original:
                self._note_cut(1, captured)
            links[link] += 1
            found = decode(link, buffer, start, captured, original)
            if isinstance(found, str):
                protocols[found] += 1
                continue
            flow, seq, ack, flags, where, payload, end, length = found
            protocols[TCP] += 1
            data = where[payload:end] if length else b""
            packet(flow, seq, ack, flags, data, length, first_frame + index, time_ns, decoder.ttl, decoder.identity)
            if returned:
                return sorted(self._left(indexes, index))
        return []

    def _left(self, indexes: Sequence[int], index: int) -> list[int]:
        """What is left behind ``index``, with what the scan has given back."""
        assert self._scan is not None
        left = [*indexes[bisect_right(indexes, index) :], *self._scan.returned]
        self._scan.returned.clear()
        return left

    def _note_cut(self, packets: int, longest: int) -> None:
        self.cut_packets += packets
        if longest > (self.snap_length or 0):
            self.snap_length = longest

    def _note_times(self, batch: Batch) -> None:
        """The time of the first and of the last packet that has one."""
        read, buffer = batch.framing.read, batch.buffer
        if self.first_time_ns is None:
            self.first_time_ns = _first_time(batch)
        times = (read(buffer, position)[4] for position in reversed(batch.positions))
        self.last_time_ns = next(filter(None, times), self.last_time_ns)


def _rows(columns: Columns) -> Iterator[Sequence[int]]:
    """Packet by packet; not far ahead, since most may be left out before their turn comes."""
    for start in range(0, columns.shape[1], _SMALLEST_PART):
        yield from zip(*columns[:, start : start + _SMALLEST_PART].tolist(), strict=True)


def _first_time(batch: Batch) -> int | None:
    times = (batch.framing.read(batch.buffer, position)[4] for position in batch.positions)
    return next(filter(None, times), None)


def _unnoted(what: str, taken: int) -> None:
    """What is wrong with a file is said when it is read."""


def _head(blocks: Iterator[bytes]) -> bytes:
    """Take blocks until there is enough to tell what they are."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _HEAD:
            break
    return head
