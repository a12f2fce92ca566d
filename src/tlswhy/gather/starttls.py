"""What is said in the clear before TLS begins, for each protocol that switches (STARTTLS and its like).

Owns the dialogues, up to the server's yes. Knows nothing of TLS, and reads only what belongs to the dialogue: behind
the yes no byte is taken, since the server speaks next only after the hello.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen

LONGEST_LINE: Final = 8192
MOST_LINES: Final = 200


@frozen
class Plain:
    """The connection before TLS: ``receive`` gives at most so many bytes, none at the end."""

    receive: Callable[[int], bytes]
    send: Callable[[bytes], None]

    def exactly(self, size: int) -> bytes:
        """So many bytes; fewer where the server closes."""
        data = b""
        while len(data) < size and (more := self.receive(size - len(data))):
            data += more
        return data

    def line(self) -> bytes:
        """Up to and with the line feed, byte by byte, so that nothing behind it is taken."""
        data = b""
        while not data.endswith(b"\n") and len(data) < LONGEST_LINE and (more := self.receive(1)):
            data += more
        return data


Dialogue = Callable[[Plain, str], bytes | None]
"""Talks to the server of that name; None: TLS may begin, else the server's words instead of a yes."""


def begin(kind: str, plain: Plain, host: str, item: str) -> None:
    """Bring the connection to where TLS begins. Raises BadEvidence where the server does not go along."""
    answer = DIALOGUES[kind](plain, host)
    if answer is not None:
        said = answer.strip().decode("utf-8", "replace")[:120]
        raise BadEvidence(item, "", "starttls-refused", protocol=kind, said=said or None)


def _smtp(plain: Plain, host: str) -> bytes | None:
    """RFC 3207, 4."""
    greeting = _numbered(plain)
    if not greeting.startswith(b"220"):
        return greeting
    plain.send(b"EHLO localhost\r\n")
    offered = _numbered(plain)
    if not offered.startswith(b"250"):
        return offered
    plain.send(b"STARTTLS\r\n")
    answer = _numbered(plain)
    return None if answer.startswith(b"220") else answer


def _ftp(plain: Plain, host: str) -> bytes | None:
    """RFC 4217, 4."""
    greeting = _numbered(plain)
    if not greeting.startswith(b"220"):
        return greeting
    plain.send(b"AUTH TLS\r\n")
    answer = _numbered(plain)
    return None if answer.startswith(b"234") else answer


def _imap(plain: Plain, host: str) -> bytes | None:
    """RFC 3501, 6.2.1."""
    greeting = plain.line()
    if not greeting.upper().startswith(b"* OK"):
        return greeting
    plain.send(b"a1 STARTTLS\r\n")
    for _ in range(MOST_LINES):
        answer = plain.line()
        if not answer or answer.startswith(b"a1 "):
            return None if answer.upper().startswith(b"A1 OK") else answer
    return b""


def _pop3(plain: Plain, host: str) -> bytes | None:
    """RFC 2595, 4."""
    greeting = plain.line()
    if not greeting.startswith(b"+OK"):
        return greeting
    plain.send(b"STLS\r\n")
    answer = plain.line()
    return None if answer.startswith(b"+OK") else answer


def _ldap(plain: Plain, host: str) -> bytes | None:
    """RFC 4511, 4.14: the extended operation 1.3.6.1.4.1.1466.20037; resultCode 0 in the answer."""
    name = b"1.3.6.1.4.1.1466.20037"
    request = b"\x80" + bytes([len(name)]) + name
    request = b"\x02\x01\x01\x77" + bytes([len(request)]) + request
    plain.send(b"\x30" + bytes([len(request)]) + request)
    head = plain.exactly(2)
    if len(head) < 2 or head[0] != 0x30:
        return head
    size = head[1]
    if size & 0x80:
        size = int.from_bytes(plain.exactly(min(size & 0x7F, 4)), "big")
    body = plain.exactly(min(size, LONGEST_LINE))
    at = body.find(b"\x0a\x01")
    return None if body[:1] == b"\x02" and at > 0 and body[at + 2 : at + 3] == b"\x00" else b"LDAP: " + body[at + 3 :]


def _xmpp(plain: Plain, host: str) -> bytes | None:
    """RFC 6120, 5.4."""
    opening = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
    opening += f"xmlns:stream='http://etherx.jabber.org/streams' to='{host}'>"
    plain.send(opening.encode())
    features = _until(plain, b"</stream:features>")
    if b"urn:ietf:params:xml:ns:xmpp-tls" not in features:
        return features[-120:]
    plain.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    answer = _until(plain, b">")
    return None if b"<proceed" in answer else answer


def _postgresql(plain: Plain, host: str) -> bytes | None:
    """PostgreSQL 16, 55.2.10: SSLRequest, answered by one byte."""
    plain.send((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
    answer = plain.exactly(1)
    return None if answer == b"S" else answer


def _mysql(plain: Plain, host: str) -> bytes | None:
    """MySQL's protocol 10: the greeting, then an SSLRequest with CLIENT_SSL, PROTOCOL_41 and SECURE_CONNECTION."""
    head = plain.exactly(4)
    greeting = plain.exactly(min(int.from_bytes(head[:3], "little"), LONGEST_LINE))
    if greeting[:1] != b"\x0a":
        return greeting[3:] if greeting[:1] == b"\xff" else greeting[:80]
    behind = greeting.find(b"\x00", 1) + 1
    able = int.from_bytes(greeting[behind + 13 : behind + 15], "little")
    if not able & 0x0800:
        return b"no SSL among the server's capabilities"
    flags = 0x0800 | 0x0200 | 0x8000
    body = flags.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x21" + bytes(23)
    plain.send(len(body).to_bytes(3, "little") + b"\x01" + body)
    return None


def _numbered(plain: Plain) -> bytes:
    """The last line of a reply of several (RFC 5321, 4.2.1)."""
    for _ in range(MOST_LINES):
        line = plain.line()
        if line[3:4] != b"-":
            return line
    return b""


def _until(plain: Plain, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end) and len(data) < LONGEST_LINE and (more := plain.receive(1)):
        data += more
    return data


DIALOGUES: Final[dict[str, Dialogue]] = {
    "smtp": _smtp,
    "imap": _imap,
    "pop3": _pop3,
    "ftp": _ftp,
    "ldap": _ldap,
    "xmpp": _xmpp,
    "postgresql": _postgresql,
    "mysql": _mysql,
}

__all__ = ["DIALOGUES", "Plain", "begin"]
