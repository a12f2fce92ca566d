"""Whether a packet belongs to a connection that is known: the same addresses and ports don't say so.

Owns port reuse, and how a connection is known again in the next of several files. Keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlswhy.packets.layers import SYN

if TYPE_CHECKING:
    from tlswhy.packets.tcp import Conversation, Half

_SAME_START = 1 << 20
_SECOND_NS = 1_000_000_000
_SAME_PACKET_NS = 1_000  # what a format's resolution may take from the time of a packet
_SYN_AGAIN_NS = _SECOND_NS // 5  # nobody asks again sooner (RFC 6298 demands a second)
_LONGEST_PAUSE_NS = 7_200 * _SECOND_NS  # after which TCP would ask whether anybody is there (RFC 9293, 3.8.4)
_LARGEST_SKIP = 1 << 28


def begins_anew(half: Half, seq: int, ack: int, answer: bool) -> bool:
    """Whether a SYN on a flow that is known belongs to another connection (port reuse)."""
    conversation, peer = half.conversation, half.peer
    if half.isn is not None:
        if half.isn == seq:
            return False  # sent again
        # A SYN-ACK that answers the SYN we know is the same connection, whatever its number (SYN cookies).
        return not (answer and _answers(peer, ack))
    if peer.isn is not None and answer:
        return not _answers(peer, ack)
    if conversation.over:
        return True
    first = half.stream.first_seq
    if first is None:
        return False
    # The SYN was captured late, or the connection is another one: the first byte must be near.
    return (first - seq - 1) & 0xFFFFFFFF > _SAME_START


def goes_on(half: Half, seq: int, flags: int, time_ns: int) -> bool:
    """Whether a packet of a later file belongs to a connection of an earlier one: the addresses alone don't say so."""
    conversation, stream = half.conversation, half.stream
    if flags & SYN:
        if half.isn != seq:
            return half.isn is None and half.peer.isn is not None and _in_time(conversation, time_ns)
        opened = next(when for each, _, when, _, _ in conversation.events if each is half)
        silent = not (stream.chunks or stream.waiting or half.peer.isn is not None)
        # The same packet once more, in files that overlap; or asked once more, since nobody answered.
        return abs(time_ns - opened) < _SAME_PACKET_NS or (silent and time_ns - opened >= _SYN_AGAIN_NS)
    if not _in_time(conversation, time_ns):
        return False
    expected = stream.next if stream.next is not None else stream.acked
    if stream.closed or expected is None:
        return True
    ahead = (seq - expected + _SAME_START) & 0xFFFFFFFF
    return ahead < _LARGEST_SKIP


def _in_time(conversation: Conversation, time_ns: int) -> bool:
    """Not before the connection began, and not so long after its last packet that its ports may be used anew."""
    return conversation.first_time_ns - _SECOND_NS <= time_ns <= conversation.last_time_ns + _LONGEST_PAUSE_NS


def _answers(opener: Half, ack: int) -> bool:
    """Whether a SYN-ACK acknowledges this SYN, with or without the data in it (RFC 7413)."""
    return opener.isn is not None and (ack - opener.isn - 1) & 0xFFFFFFFF < _SAME_START
