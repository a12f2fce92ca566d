"""What the packets room hands out: TCP connections as ordered pieces of bytes with frame numbers.

Owns the shape of a reassembled connection. Knows nothing of TLS.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from tlswhy.frozen import frozen
from tlswhy.oddity import Oddity
from tlswhy.side import Side


class TcpEventKind(StrEnum):
    """The TCP signals that matter for a diagnosis."""

    SYN = "syn"
    SYN_ACK = "syn-ack"
    FIN = "fin"
    RST = "rst"


@frozen
class Endpoint:
    """An address and port; ``str()`` is ``ip:port``, ``[ip]:port`` for IPv6, "" for an end that nobody named."""

    address: str
    port: int

    def __str__(self) -> str:
        if not self.address:
            return ""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


NOWHERE = Endpoint("", 0)
"""An end whose address the evidence does not name."""


class Piece(NamedTuple):
    """Bytes that became contiguous with what came before them.

    ``frame`` is the 1-based number of the frame whose arrival made them contiguous (so that the frame of a
    message's last byte is the frame that completes the message, as Wireshark counts); ``missing`` is the number
    of bytes that were never captured just before ``data`` (0 = none; the stream goes on behind the hole). ``data`` is
    empty where bytes are missing at the end. ``picked``: a single segment out of the part behind the limit, which was
    captured but not kept; it does not join what stands before it, ``left_out`` is at least what stood between.

    A tuple and no dataclass: there is one for each segment, and it takes a third of the time to make.
    """

    sender: Side
    frame: int
    time_ns: int
    data: bytes
    missing: int = 0
    picked: bool = False
    left_out: int = 0


class TcpEvent(NamedTuple):
    """A SYN, SYN-ACK, FIN or RST (retransmissions left out); ``ttl`` is what was left of its life (hop limit), 0 where
    that was not seen."""

    sender: Side
    frame: int
    time_ns: int
    kind: TcpEventKind
    ttl: int = 0


class Reset(NamedTuple):
    """A packet with RST, of each side the first few.

    ``ahead``: how far its sequence number lies behind what the side had sent by then, ``at_last`` behind all that it
    ever sent (None: not known; negative: before its end).

    ``identity`` is IPv4's identification (-1: none), ``identities`` those of the side's last two packets before it that
    told one; ``after_fin``: the side had closed already.
    """

    sender: Side
    frame: int
    ahead: int | None
    at_last: int | None
    ttl: int
    identity: int
    identities: tuple[int, int]
    after_fin: bool


@frozen
class Connection:
    """One TCP connection, its two directions merged in the order in which bytes became contiguous.

    ``roles_shown`` is False where no SYN was captured and the client was guessed (higher port), so that a reader
    of the content may swap the sides. ``pieces`` stops at a limit of bytes per direction (``truncated`` then names
    the sides it happened to). ``answered`` says whether the server side sent any packet at all.
    """

    client: Endpoint
    server: Endpoint
    first_frame: int
    last_frame: int
    first_time_ns: int
    last_time_ns: int
    pieces: tuple[Piece, ...]
    events: tuple[TcpEvent, ...]
    roles_shown: bool
    answered: bool
    truncated: frozenset[Side] = frozenset()
    oddities: tuple[Oddity, ...] = field(default=())
    counted: str = "frame"
    """What ``frame`` numbers here: frames of a capture, or "line" where a log showed the bytes."""
    file: int = 0
    """Of several captures that are read as one: which of them it begins in."""
    resets: tuple[Reset, ...] = ()
    turns: tuple[int, ...] = ()
    """Behind which frames it goes on in the next file, then in the one after that; frames are numbered on."""
