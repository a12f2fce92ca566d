"""What is said before TLS begins, for each protocol that changes to TLS: (sender, bytes) in turns, and the port."""

from __future__ import annotations

import struct

from tlswhy.side import Side

C, S = Side.CLIENT, Side.SERVER
Turns = list[tuple[Side, bytes]]


def _mysql(sequence: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([sequence]) + body


MYSQL_GREETING = b"".join(
    (
        b"\x0a8.0.36\0" + struct.pack("<I", 9) + b"abcdefgh\0",
        struct.pack("<HBHHB", 0xFFFF, 255, 2, 0xDFFF, 21) + bytes(10),
        b"ijklmnopqrst\0mysql_native_password\0",
    )
)
XMPP_STREAM = (
    b"<stream:stream id='1' to='a.test' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
XMPP_FEATURES = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
LDAP_START = bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")
LDAP_DONE = bytes.fromhex("300c02010178070a010004000400")
TDS_PRELOGIN = bytes.fromhex("00001500060100 1b0001 02001c0001 03001d0000 ff") + bytes(8)


def tds(kind: int, body: bytes) -> bytes:
    """One TDS packet, the last of its message."""
    return struct.pack("!BBHHBB", kind, 1, len(body) + 8, 0, 1, 0) + body


BEFORE: dict[str, tuple[int, Turns]] = {
    "http connect": (
        3128,
        [
            (C, b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"),
            (S, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        ],
    ),
    "socks 4": (1080, [(C, b"\4\1\1\xbb\x0a\0\0\1\0"), (S, b"\0\x5a\1\xbb\x0a\0\0\1")]),
    "socks 5": (
        1080,
        [
            (C, b"\5\1\0"),
            (S, b"\5\0"),
            (C, b"\5\1\0\3\6a.test\1\xbb"),
            (S, b"\5\0\0\1\x0a\0\0\1\1\xbb"),
        ],
    ),
    "smtp": (
        25,
        [
            (S, b"220 mail.test ESMTP\r\n"),
            (C, b"EHLO a.test\r\n"),
            (S, b"250-mail.test\r\n250 STARTTLS\r\n"),
            (C, b"STARTTLS\r\n"),
            (S, b"220 2.0.0 Ready to start TLS\r\n"),
        ],
    ),
    "imap": (
        143,
        [
            (S, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
            (C, b"a001 STARTTLS\r\n"),
            (S, b"a001 OK Begin TLS negotiation now.\r\n"),
        ],
    ),
    "pop3": (110, [(S, b"+OK ready\r\n"), (C, b"STLS\r\n"), (S, b"+OK Begin TLS negotiation\r\n")]),
    "ftp": (21, [(S, b"220 ready\r\n"), (C, b"AUTH TLS\r\n"), (S, b"234 AUTH TLS successful\r\n")]),
    "ldap": (389, [(C, LDAP_START), (S, LDAP_DONE)]),
    "xmpp": (
        5222,
        [
            (C, b"<?xml version='1.0'?>" + XMPP_STREAM),
            (S, b"<?xml version='1.0'?>" + XMPP_STREAM + XMPP_FEATURES),
            (C, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            (S, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        ],
    ),
    "postgresql": (5432, [(C, struct.pack("!II", 8, 80877103)), (S, b"S")]),
    "mysql": (
        3306,
        [
            (S, _mysql(0, MYSQL_GREETING)),
            (C, _mysql(1, struct.pack("<IIB23x", 0x000BAE85 | 0x800, 1 << 24, 255))),
        ],
    ),
    "rdp": (
        3389,
        [
            (C, bytes.fromhex("030000130ee000000000000100080003000000")),
            (S, bytes.fromhex("030000130ed000001234000209080002000000")),
        ],
    ),
    "tds": (1433, [(C, tds(0x12, TDS_PRELOGIN)), (S, tds(0x04, TDS_PRELOGIN))]),
}
