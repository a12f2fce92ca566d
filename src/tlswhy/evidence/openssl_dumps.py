"""What ``openssl s_client -msg`` and ``-debug`` dump, as the bytes that went over the wire: as good as a capture.

Owns the heads and rows of both dumps (msg_cb and bio_dump_callback in apps/lib/s_cb.c). -msg shows every message in
clear, -debug every record as sent; where a text has both, the messages are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tlswhy.evidence.debug_talk import CHANGE_CIPHER_SPEC, Talk
from tlswhy.evidence.types import Transcript
from tlswhy.packets.connection import TcpEventKind
from tlswhy.side import Side
from tlswhy.wire.numbers import TLS13
from tlswhy.wire.records import looks_like_client_hello

MOST_CONNECTIONS = 256
LARGEST_MESSAGE = 1 << 18
_MESSAGE = re.compile(
    r"^(?P<way>>>>|<<<|\?\?\?) (?P<version>[\w. ()]{2,30}?),? (?P<kind>Handshake|Alert|ChangeCipherSpec|RecordHeader"
    r"|InnerContent|ApplicationData|[A-Z][A-Za-z ]{2,30}) \[length (?P<size>[0-9a-fA-F]{4,5})\]"
)
_BYTES = re.compile(r"^ {4}(?P<bytes>(?:[0-9a-f]{2} ?){1,16})$")
_DUMP = re.compile(
    r"^(?P<way>write to|read from) 0x[0-9a-fA-F]+ \[(?:0x)?[0-9a-fA-F]+\] \(\d+ bytes => (?P<size>-?\d+)"
)
_DUMPED = re.compile(r"^[0-9a-f]{4,5} - (?P<bytes>(?:[0-9a-f]{2}[ -]?){1,16})")
_CLIENT_HELLO = 1
_CHANGE, _HEAD = "ChangeCipherSpec", "RecordHeader"


@dataclass(slots=True)
class Dumps:
    """Feed it every line; ``transcripts`` are the connections of which a ClientHello was dumped."""

    item: str
    _talks: list[Talk] = field(default_factory=list)
    _kind: str = ""
    _sender: Side = Side.CLIENT
    _line: int = 0
    _size: int = 0
    _data: bytearray = field(default_factory=bytearray)
    _by_message: bool = False

    def feed(self, number: int, line: str) -> bool:
        """One line; whether it belongs to a dump."""
        if line[:1] in {">", "<", "?"} and (head := _MESSAGE.match(line)):
            self._close()
            if head["way"] == "???":
                return True
            self._begin(
                number, head["kind"], Side.CLIENT if head["way"] == ">>>" else Side.SERVER, int(head["size"], 16)
            )
            return True
        if line[:4] in {"writ", "read"} and (dump := _DUMP.match(line)):
            self._close()
            sender = Side.CLIENT if dump["way"] == "write to" else Side.SERVER
            self._begin(number, "raw", sender, max(0, int(dump["size"])))
            if dump["size"] == "0" and sender is Side.SERVER and self._talks:
                self._talks[-1].leaves(Side.SERVER, number, 0, TcpEventKind.FIN)
            return True
        if not self._kind:
            return False
        row = (_DUMPED if self._kind == "raw" else _BYTES).match(line)
        if row is None or len(self._data) >= self._size:
            self._close()
            return False
        self._data += bytes.fromhex(re.sub(r"[ -]", "", row["bytes"]))[: self._size - len(self._data)]
        return True

    def transcripts(self) -> Iterator[Transcript]:
        """The connections, in their order."""
        self._close()
        for talk in self._talks:
            if (connection := talk.connection()) is not None:
                yield Transcript(self.item, connection)

    def _begin(self, number: int, kind: str, sender: Side, size: int) -> None:
        self._kind, self._sender, self._line = kind, sender, number
        self._size = min(size, LARGEST_MESSAGE)
        self._data.clear()

    def _close(self) -> None:
        kind, data, self._kind = self._kind, bytes(self._data), ""
        if not data or (len(data) < self._size and kind != "raw"):
            return  # a message that is cut tells nothing
        if kind == "raw":
            self._raw(data)
        elif kind == "Handshake":
            self._handshake(data)
        elif self._talks and kind == "Alert" and len(data) == 2:
            self._talks[-1].print_alert(self._sender, self._line, 0, data[0], data[1])
        elif self._talks and (kind == _CHANGE or (kind == _HEAD and data[0] == CHANGE_CIPHER_SPEC and self._reads)):
            # from 1.1.1 on the one that is read shows by its record alone
            self._talks[-1].print_change(self._sender, self._line, 0)

    @property
    def _reads(self) -> bool:
        return self._sender is Side.SERVER

    def _handshake(self, data: bytes) -> None:
        """Several messages may stand in one record (TLS 1.3's flight of some servers)."""
        self._by_message = True
        if (
            data[0] == _CLIENT_HELLO
            and self._sender is Side.CLIENT
            and (not self._talks or self._talks[-1].begins_anew)
        ):
            self._new()
        if not self._talks:
            return
        self._talks[-1].say(self._sender, self._line, 0, data)

    def _raw(self, data: bytes) -> None:
        if self._by_message:
            return
        hello = self._sender is Side.CLIENT and looks_like_client_hello(data)
        if hello and (not self._talks or self._talks[-1].dump_begins_anew):
            self._new()
        if self._talks:
            self._talks[-1].dump(self._sender, self._line, 0, data)

    def _new(self) -> None:
        if len(self._talks) < MOST_CONNECTIONS:
            self._talks.append(Talk(version=TLS13))
