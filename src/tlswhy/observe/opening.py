"""What was said in the clear on a connection before its TLS began: which protocol switches to it, what the server calls
itself, what a proxy was asked for.

Owns the signs by which each protocol is known (those that ``--starttls`` and ``--proxy`` speak, by the same names), and
how much is looked at. Hostile input: so many bytes, no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tlswhy.model.handshake import Opening, Told
from tlswhy.packets.connection import Connection, Piece
from tlswhy.side import Side
from tlswhy.wire.messages import Message

MOST: Final = 8192
LONGEST_BANNER: Final = 200
UNKNOWN: Final = "unknown"
HTTP_CONNECT: Final = "http-connect"
SOCKS5: Final = "socks5"
TDS: Final = "tds"
_CONNECT = re.compile(rb"CONNECT ([\w.:\[\]-]{1,260}) HTTP/1\.[01]\r?\n")
_RECORD: Final = re.compile(rb"[\x14-\x18]\x03[\x00-\x04]")
"""A capture that begins in the middle of TLS."""
_START_TLS_OID: Final = b"1.3.6.1.4.1.1466.20037"
_SSL_REQUEST: Final = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


def opening_of(
    connection: Connection, hello: Told[Message] | None, *, answered: bool, is_wrapped: bool = False
) -> Opening | None:
    """None where TLS comes first, or none at all. ``answered``: the server spoke TLS, too; else a client that says
    nothing before its hello just has the wrong port. ``is_wrapped``: it came in packets of TDS, taken off by now."""
    if hello is None or not connection.pieces:
        return None
    if is_wrapped:
        return Opening(TDS, "", None, hello.frame, hello.time_ns)
    begins = hello.message.span.start
    if not begins and (not answered or connection.pieces[0].sender is Side.CLIENT):
        return None
    client, server, first = _heads(connection, begins)
    if first is None or _RECORD.match(client) or _RECORD.match(server):
        return None
    kind = next((kind for kind, is_it in _SIGNS.items() if is_it(client, server)), UNKNOWN)
    return Opening(kind, _banner(kind, server), _target(kind, client), first.frame, first.time_ns)


def _heads(connection: Connection, begins: int) -> tuple[bytes, bytes, Piece | None]:
    """What the client said before the offset where its hello begins, and the server up to then; the piece that tells
    of it: the server's first, else the client's."""
    heads: dict[Side, bytes] = {Side.CLIENT: b"", Side.SERVER: b""}
    first: dict[Side, Piece] = {}
    spoken = 0
    for piece in connection.pieces:
        kept = piece.data
        if piece.sender is Side.CLIENT:
            kept = kept[: max(0, begins - spoken - piece.missing)]
            spoken += piece.missing + len(piece.data)
        if kept:
            first.setdefault(piece.sender, piece)
            heads[piece.sender] += kept[: MOST - len(heads[piece.sender])]
        if spoken > begins:
            break
    return heads[Side.CLIENT], heads[Side.SERVER], first.get(Side.SERVER) or first.get(Side.CLIENT)


def _smtp(client: bytes, server: bytes) -> bool:
    """RFC 3207, 4; after LHLO it is LMTP, which is another protocol."""
    return server.startswith(b"220") and _says(client, b"STARTTLS") and not client.upper().startswith(b"LHLO")


def _ldap(client: bytes, server: bytes) -> bool:
    """RFC 4511, 4.14."""
    return client[:1] == b"\x30" and _START_TLS_OID in client


def _xmpp(client: bytes, server: bytes) -> bool:
    """RFC 6120, 5.4; servers among themselves speak another namespace."""
    return b"<starttls" in client and b"jabber:client" in client


def _mysql(client: bytes, server: bytes) -> bool:
    """Protocol 10: a greeting of one packet, an SSLRequest of 32 bytes."""
    return server[3:5] == b"\x00\x0a" and client[:4] == b"\x20\x00\x00\x01"


def _says(client: bytes, word: bytes) -> bool:
    return re.search(rb"(?im)^(?:\S{1,32} )?" + word + rb"\r?$", client) is not None


_SIGNS: Final[dict[str, Callable[[bytes, bytes], bool]]] = {
    "smtp": _smtp,
    "imap": lambda client, server: server[:4].upper() == b"* OK" and _says(client, b"STARTTLS"),
    "pop3": lambda client, server: server.startswith(b"+OK") and _says(client, b"STLS"),
    "ftp": lambda client, server: server.startswith(b"220") and _says(client, b"AUTH TLS(?:-C)?"),
    "ldap": _ldap,
    "xmpp": _xmpp,
    "postgresql": lambda client, server: client.startswith(_SSL_REQUEST) and server.startswith(b"S"),
    "mysql": _mysql,
    "rdp": lambda client, server: client[:2] == b"\x03\x00" and server[:2] == b"\x03\x00",  # TPKT, RFC 1006
    "socks4": lambda client, server: client[:2] == b"\x04\x01" and server[:1] == b"\x00",
    HTTP_CONNECT: lambda client, server: _CONNECT.match(client) is not None,
    SOCKS5: lambda client, server: client[:1] == b"\x05" and server[:1] == b"\x05",
}


def _banner(kind: str, server: bytes) -> str:
    """The first line; of a database the name of its release."""
    if kind not in {"smtp", "imap", "pop3", "ftp", "mysql", UNKNOWN}:  # no word of the server itself
        return ""
    line = server[5:].split(b"\x00", 1)[0] if kind == "mysql" else server.split(b"\n", 1)[0]
    text = line[:LONGEST_BANNER].decode("utf-8", "replace").strip()
    return text if text.isprintable() else ""


def _target(kind: str, client: bytes) -> str | None:
    """``host:port`` that a proxy was asked for."""
    if kind == HTTP_CONNECT and (match := _CONNECT.match(client)):
        return match[1].decode("ascii")
    if kind == SOCKS5:
        return _socks_target(client)
    return None


def _socks_target(client: bytes) -> str | None:
    """RFC 1928, 4, behind the greeting and, where it was wanted, RFC 1929's name and password."""
    at = 2 + client[1] if len(client) > 1 else len(client)
    if client[at : at + 1] == b"\x01" and at + 1 < len(client):
        at += 2 + client[at + 1]
        at += 1 + client[at] if at < len(client) else 0
    if client[at : at + 3] != b"\x05\x01\x00":
        return None
    kind, rest = client[at + 3 : at + 4], client[at + 4 :]
    if kind == b"\x03" and rest:
        host, port = rest[1 : 1 + rest[0]], rest[1 + rest[0] : 3 + rest[0]]
        name = host.decode("ascii", "replace")
    elif kind == b"\x01":
        name, port = ".".join(map(str, rest[:4])), rest[4:6]
    elif kind == b"\x04":
        name, port = "[" + ":".join(rest[i : i + 2].hex() for i in range(0, 16, 2)) + "]", rest[16:18]
    else:
        return None
    if len(port) < 2 or not re.fullmatch(r"[\w.:\[\]-]{1,260}", name):
        return None
    return f"{name}:{int.from_bytes(port)}"


__all__ = ["HTTP_CONNECT", "SOCKS5", "TDS", "UNKNOWN", "opening_of"]
