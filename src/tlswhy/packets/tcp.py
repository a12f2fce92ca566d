"""TCP connections out of segments: who opened, who closed, which bytes, in bounded memory.

Owns the table of connections, port reuse, roles and the order in which connections are handed out (by first frame).
Refuses to know: capture files, links, TLS.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from tlswhy.frozen import frozen
from tlswhy.packets.belonging import begins_anew, goes_on
from tlswhy.packets.connection import Connection, TcpEventKind
from tlswhy.packets.handing_out import handed_out
from tlswhy.packets.layers import ACK, FIN, PSH, RST, SYN
from tlswhy.packets.stream import Chunk, Enough, Stream

CONVERSATION_COST = 2_048
SHARE_FACTORS = 0x9E3779B1, 0x85EBCA77
_FORGOTTEN = 1 << 16
_LEAP = 1 << 30
_RESETS = 4


@frozen
class Limits:
    """How much is kept. ``stream_bytes`` for each direction, ``total_bytes`` for all connections in memory.

    ``enough`` makes, for a direction of a connection, a judge of its bytes (see ``stream.Enough``); he is asked from
    ``enough_after`` bytes on.
    """

    stream_bytes: int = 192 * 1024
    total_bytes: int = 64 << 20
    enough: Callable[[], Enough] | None = None
    enough_after: int = 0


@frozen
class Interest:
    """What to pick out of the part of a stream that is not kept, for a caller who knows what is in it.

    A whole payload that is at most ``largest`` bytes, begins with one of ``first_bytes`` and that ``accepts``; and the
    end of a payload that was pushed (as the last segment of a write is), where one of the sizes ``endings`` cuts off
    bytes that begin so and that ``is_whole`` accepts.
    """

    first_bytes: bytes
    largest: int
    accepts: Callable[[bytes], bool]
    endings: tuple[int, ...] = ()
    is_whole: Callable[[bytes], bool] | None = None

    def part(self, data: bytes, flags: int) -> int | None:
        """Where in this payload the part of interest begins; None where there is none."""
        if len(data) <= self.largest and data[0] in self.first_bytes and self.accepts(data):
            return 0
        if self.is_whole is not None and flags & PSH:
            for size in self.endings:
                if size < len(data) and data[-size] in self.first_bytes and self.is_whole(data[-size:]):
                    return len(data) - size
        return None


@frozen
class Share:
    """One of ``count`` parts of a capture's connections, so that several processes can read it side by side.

    Both directions of a connection, and all connections of the same two ends and ports, are in the same part.
    """

    index: int
    count: int

    def holds(self, flow: bytes) -> bool:
        """Whether the connection of this flow is in this part."""
        addresses = 0
        for at in range(0, len(flow) - 4, 4):
            addresses ^= int.from_bytes(flow[at : at + 4], "little")
        ports = int.from_bytes(flow[-4:-2], "little") ^ int.from_bytes(flow[-2:], "little")
        mixed = (addresses * SHARE_FACTORS[0] + ports * SHARE_FACTORS[1]) & 0xFFFFFFFF
        return (mixed >> 16) % self.count == self.index


Signal = tuple[int, int, int]
"""Frame, time and time to live of a SYN or FIN."""

WholeHalf = tuple[int, int, int, list[Chunk], int, Signal, Signal | None, int, int]
"""What one side of a connection sent where every segment follows the one before it: first sequence number, first and
last acknowledgement, its bytes and how many, SYN, FIN, the identities of its last two packets with data (-1: none)."""

Whole = tuple[bytes, WholeHalf, WholeHalf, int, int]
"""Such a connection: the client's flow, the two sides, its last frame and that one's time."""


class Half:
    """One side of a conversation: what it sent."""

    __slots__ = (
        "conversation",
        "counted",
        "earlier_identity",
        "fin",
        "flow",
        "identity",
        "isn",
        "peer",
        "resets",
        "rst",
        "sent",
        "stream",
    )

    def __init__(self, conversation: Conversation, flow: bytes, limits: Limits) -> None:
        self.conversation = conversation
        self.flow = flow
        self.stream = Stream(limits.stream_bytes, limits.enough, limits.enough_after)
        self.peer: Half = self
        self.isn: int | None = None
        self.counted = 0  # of the stream's memory, what the table's sum holds
        self.sent = False
        self.fin = False
        self.rst = False
        self.identity = self.earlier_identity = -1
        self.resets: list[tuple[int, int, int | None, int, int, tuple[int, int], bool]] = []


class Conversation:
    """A connection that may still grow."""

    __slots__ = ("client", "events", "first", "first_frame", "first_time_ns", "last_frame", "last_time_ns", "scanned")

    def __init__(self, flow: bytes, limits: Limits, frame: int, time_ns: int) -> None:
        half, peer = Half(self, flow, limits), Half(self, reverse(flow), limits)
        half.peer, peer.peer = peer, half
        self.first = half
        self.client: Half | None = None
        self.first_frame = self.last_frame = frame
        self.first_time_ns = self.last_time_ns = time_ns
        self.events: list[tuple[Half, int, int, TcpEventKind, int]] = []
        self.scanned = False  # a bulk scan skips packets of this conversation

    @property
    def over(self) -> bool:
        """Whether a FIN or RST was seen."""
        first, peer = self.first, self.first.peer
        return first.fin or peer.fin or first.rst or peer.rst


class Conversations:
    """All connections that are open or not yet handed out, oldest first."""

    def __init__(self, limits: Limits, interest: Interest | None = None, share: Share | None = None) -> None:
        self.interest = interest
        self.share = share
        self.touched: set[Conversation] = set()
        """Conversations that have become quiet, or are and have taken a packet: for the bulk scan to look at."""
        self.grew_quiet = False
        """Any of them has become so since this was last looked at and set back."""
        self.leaving: Callable[[Conversation, int], None] | None = None
        """Called with a scanned conversation and the frame from which on it takes no more packets."""
        self._limits = limits
        self._halves: dict[bytes, Half] = {}
        self._order: deque[Conversation] = deque()
        self._forgotten: OrderedDict[bytes, None] = OrderedDict()
        self._earlier: dict[bytes, Half] = {}
        self._starts = [0]
        self._held = 0
        self._done: list[Connection] = []

    def packet(
        self,
        flow: bytes,
        seq: int,
        ack: int,
        flags: int,
        data: bytes,
        length: int,
        frame: int,
        time_ns: int,
        ttl: int = 0,
        identity: int = -1,
    ) -> None:
        """Take one TCP segment whose payload is ``length`` bytes, of which ``data`` were captured."""
        half = self._halves.get(flow)
        if half is None or flags & SYN:
            half = self._of_opening(half, flow, seq, ack, flags, frame, time_ns, ttl)
            if half is None:
                return
        conversation = half.conversation
        conversation.last_frame = frame
        conversation.last_time_ns = time_ns
        half.sent = True
        if conversation.scanned:
            self.touched.add(conversation)
        if flags & (SYN | FIN | RST):
            if flags & SYN:
                seq = (seq + 1) & 0xFFFFFFFF
            elif flags & RST:
                if not half.rst:
                    half.rst = True
                    conversation.events.append((half, frame, time_ns, TcpEventKind.RST, ttl))
                if len(half.resets) < _RESETS:
                    before = (half.earlier_identity, half.identity)
                    half.resets.append((frame, seq, half.stream.beyond(seq), ttl, identity, before, half.fin))
                return  # an acknowledgement or text in a reset is nothing to build on
        if flags & ACK:
            other = half.peer.stream
            if not other.closed and (other.acked is None or ack != other.acked & 0xFFFFFFFF):
                other.acknowledge(ack)
                if conversation.scanned and (other.acked or 0) - other.noted > _LEAP:
                    # What looked like old news to the bulk scan may not be: it begins anew with this conversation.
                    self._leave(conversation, frame)
                    self.touched.add(conversation)
        if length:
            stream = half.stream
            if not stream.closed:
                half.earlier_identity, half.identity = half.identity, identity
                stream.segment(seq, data, length, frame, time_ns)
                self._held += stream.held - half.counted
                half.counted = stream.held
                if stream.closed:
                    self.touched.add(conversation)
                    self.grew_quiet = True
            elif self.interest is not None and len(data) == length:
                at = self.interest.part(data, flags)
                if at is not None:
                    stream.pick((seq + at) & 0xFFFFFFFF, data[at:], frame, time_ns)
        if flags & FIN and not flags & SYN and not half.fin:
            half.fin = True
            half.stream.fin(seq + length)
            conversation.events.append((half, frame, time_ns, TcpEventKind.FIN, ttl))
        if self._held > self._limits.total_bytes:
            self._make_room(frame)

    @property
    def room(self) -> int:
        """Bytes of memory up to the limit; none where connections may go on from another file."""
        return 0 if self._earlier else self._limits.total_bytes - self._held

    @property
    def unjudged(self) -> int:
        """How many bytes of a direction are kept without asking whether that is enough."""
        limits = self._limits
        return min(limits.stream_bytes, limits.enough_after) if limits.enough is not None else limits.stream_bytes

    def knows(self, flow: bytes) -> bool:
        """Whether a SYN of this flow need not be the beginning of something new."""
        return flow in self._halves or flow in self._forgotten or reverse(flow) in self._forgotten

    def whole(self, whole: Whole) -> None:
        """Take all packets of a connection at once, as ``packet`` would one by one. Its flow is not known."""
        flow, sent, answered, last_frame, last_time_ns = whole
        frame, time_ns, _ = sent[5]
        conversation = self._open(flow, frame, time_ns)
        conversation.last_frame, conversation.last_time_ns = last_frame, last_time_ns
        client = conversation.client = conversation.first
        events = conversation.events
        closed = []
        for half, told, acks, kind in (
            (client, sent, answered, TcpEventKind.SYN),
            (client.peer, answered, sent, TcpEventKind.SYN_ACK),
        ):
            isn, _, _, chunks, size, (frame, time_ns, ttl), fin, half.earlier_identity, half.identity = told
            half.sent, half.isn = True, isn
            half.stream.whole(isn + 1 & 0xFFFFFFFF, chunks, size, acks[1], acks[2], fin=fin is not None)
            half.counted = half.stream.held
            self._held += half.counted
            events.append((half, frame, time_ns, kind, ttl))
            if fin is not None:
                half.fin = True
                closed.append((half, fin[0], fin[1], TcpEventKind.FIN, fin[2]))
        closed.sort(key=_frame_of_event)
        events += closed

    def finished(self) -> list[Connection]:
        """The connections that were handed out since the last call."""
        done, self._done = self._done, []
        return done

    def next_file(self, frames: int, *, copy: bool = False) -> None:
        """Another file follows, behind so many frames: a connection goes on only where a packet of it fits.

        ``copy``: it begins with the same packet as the one before, so that it goes on with nothing.
        """
        self._starts.append(frames)
        for conversation in self._order:
            if conversation.scanned:
                self._leave(conversation, frames + 1)
        self.leaving = None
        self.touched.clear()  # whoever is taken up is looked at anew
        self._earlier = {} if copy else self._earlier | self._halves
        self._halves = {}

    def rest(self, frame: int) -> Iterator[Connection]:
        """At the end of the capture, behind ``frame``: every connection that is left."""
        while self._order:
            self._finish_oldest(frame + 1, forced=False)
            yield from self.finished()

    def _of_opening(
        self, half: Half | None, flow: bytes, seq: int, ack: int, flags: int, frame: int, time_ns: int, ttl: int
    ) -> Half | None:
        """Return the half that this packet belongs to where it is not simply one more of a known conversation."""
        if half is None and self.share is not None and not self.share.holds(flow):
            return None
        if half is None and self._earlier:
            half = self._taken_up(flow, seq, flags, time_ns)
            if half is not None and not flags & SYN:
                return half
        if not flags & SYN:
            if flow in self._forgotten:
                return None
            return self._open(flow, frame, time_ns).first
        answer = bool(flags & ACK)
        if half is not None and begins_anew(half, seq, ack, answer):
            half = None
        if half is None:
            half = self._open(flow, frame, time_ns).first
        if half.isn is None:
            half.isn = seq
            half.stream.begin((seq + 1) & 0xFFFFFFFF)
            conversation = half.conversation
            if conversation.client is None:
                conversation.client = half.peer if answer else half
            kind = TcpEventKind.SYN_ACK if answer else TcpEventKind.SYN
            conversation.events.append((half, frame, time_ns, kind, ttl))
        return half

    def _taken_up(self, flow: bytes, seq: int, flags: int, time_ns: int) -> Half | None:
        """The half of an earlier file that this packet goes on with."""
        half = self._earlier.get(flow)
        if half is None or not goes_on(half, seq, flags, time_ns):
            return None
        for each in (half, half.peer):
            self._halves[each.flow] = self._earlier.pop(each.flow)
        if half.stream.closed or half.peer.stream.closed:
            self.touched.add(half.conversation)
        return half

    def _open(self, flow: bytes, frame: int, time_ns: int) -> Conversation:
        conversation = Conversation(flow, self._limits, frame, time_ns)
        half = conversation.first
        before = self._halves.get(flow)
        if before is not None:
            self._leave(before.conversation, frame)
        self._halves[half.flow] = half
        self._halves[half.peer.flow] = half.peer
        self._order.append(conversation)
        self._held += CONVERSATION_COST
        self._forgotten.pop(half.flow, None)
        self._forgotten.pop(half.peer.flow, None)
        return conversation

    def _leave(self, conversation: Conversation, frame: int) -> None:
        self.touched.discard(conversation)
        if conversation.scanned and self.leaving is not None:
            self.leaving(conversation, frame)

    def _make_room(self, frame: int) -> None:
        """Hand out the oldest connections, over or not, until a quarter of the memory is free."""
        aim = self._limits.total_bytes * 3 // 4
        while self._held > aim and self._order:
            self._finish_oldest(frame, forced=True)

    def _finish_oldest(self, frame: int, *, forced: bool) -> None:
        conversation = self._order.popleft()
        self._leave(conversation, frame)
        first = conversation.first
        self._held -= CONVERSATION_COST + first.counted + first.peer.counted
        for half in (first, first.peer):
            for table in (self._halves, self._earlier):
                if table.get(half.flow) is half:
                    del table[half.flow]
                    if forced:
                        self._forgotten[half.flow] = None
        while len(self._forgotten) > _FORGOTTEN:
            self._forgotten.popitem(last=False)
        self._done.append(handed_out(conversation, self._starts, cut_short=forced and not conversation.over))
        # The halves point at each other and at the conversation: freed at once, not when the collector comes by.
        for half in (first, first.peer):
            del half.peer, half.conversation


def reverse(flow: bytes) -> bytes:
    """The flow key of the other direction."""
    size = (len(flow) - 4) >> 1
    return flow[size : 2 * size] + flow[:size] + flow[-2:] + flow[-4:-2]


def _frame_of_event(event: tuple[Half, int, int, TcpEventKind, int]) -> int:
    return event[1]
