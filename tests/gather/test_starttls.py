"""The dialogues before TLS, each with a server that goes along and with one that does not."""

from __future__ import annotations

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.gather.starttls import DIALOGUES, Plain, begin

MYSQL = bytes([10]) + b"8.0.36\x00" + bytes(8) + bytes(4) + b"\x00" + (0x0800).to_bytes(2, "little") + bytes(20)
MYSQL_OLD = MYSQL.replace((0x0800).to_bytes(2, "little"), b"\x00\x00")
FEATURES = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
GOES_ALONG = {
    "smtp": [(b"", b"220-a\r\n220 b\r\n"), (b"EHLO", b"250-x\r\n250 STARTTLS\r\n"), (b"STARTTLS", b"220 go\r\n")],
    "imap": [(b"", b"* OK hi\r\n"), (b"a1 STARTTLS", b"* CAPABILITY X\r\na1 OK go\r\n")],
    "pop3": [(b"", b"+OK hi\r\n"), (b"STLS", b"+OK go\r\n")],
    "ftp": [(b"", b"220 hi\r\n"), (b"AUTH TLS", b"234 go\r\n")],
    "ldap": [(b"\x30", bytes.fromhex("300c02010178070a010004000400"))],
    "xmpp": [(b"<?xml", b"<stream:stream>" + FEATURES), (b"<starttls", b"<proceed xmlns='x'/>")],
    "postgresql": [(b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S")],
    "mysql": [(b"", len(MYSQL).to_bytes(3, "little") + b"\x00" + MYSQL)],
}
REFUSES = {
    "smtp": [(b"", b"220 b\r\n"), (b"EHLO", b"250 x\r\n"), (b"STARTTLS", b"502 not implemented\r\n")],
    "imap": [(b"", b"* OK hi\r\n"), (b"a1 STARTTLS", b"a1 BAD no\r\n")],
    "pop3": [(b"", b"+OK hi\r\n"), (b"STLS", b"-ERR no\r\n")],
    "ftp": [(b"", b"220 hi\r\n"), (b"AUTH TLS", b"500 no\r\n")],
    "ldap": [(b"\x30", bytes.fromhex("300c02010178070a010204000400"))],
    "xmpp": [(b"<?xml", b"<stream:stream><stream:features></stream:features>")],
    "postgresql": [(b"\x00\x00\x00\x08", b"N")],
    "mysql": [(b"", len(MYSQL_OLD).to_bytes(3, "little") + b"\x00" + MYSQL_OLD)],
}


class Script:
    """Says its lines when what it waits for was said; "" is waited for from the start."""

    def __init__(self, turns):
        self.turns, self.out, self.said = list(turns), b"", b""
        self._advance(b"")

    def _advance(self, said):
        if self.turns and said.startswith(self.turns[0][0]) and bool(said) == bool(self.turns[0][0]):
            self.out += self.turns.pop(0)[1]

    def receive(self, size):
        taken, self.out = self.out[:size], self.out[size:]
        return taken

    def send(self, data):
        self.said += data
        self._advance(data)


def talk(kind, turns) -> Script:
    script = Script(turns)
    begin(kind, Plain(script.receive, script.send), "a.example", "a.example:25")
    return script


def test_every_protocol_is_tried():
    assert set(DIALOGUES) == set(GOES_ALONG) == set(REFUSES)


@pytest.mark.parametrize("kind", DIALOGUES)
def test_a_server_that_goes_along(kind):
    script = talk(kind, GOES_ALONG[kind])
    assert script.turns == []
    assert script.out == b"", "something of TLS's own was taken or left"


@pytest.mark.parametrize("kind", DIALOGUES)
@pytest.mark.parametrize("turns", ["refuses", "silent", "nonsense"])
def test_a_server_that_does_not(kind, turns):
    said = {"refuses": REFUSES[kind], "silent": [], "nonsense": [(b"", bytes(range(256)) * 40)]}[turns]
    with pytest.raises(BadEvidence) as failure:
        talk(kind, said)
    assert failure.value.code == "starttls-refused"
    assert failure.value.facts["protocol"] == kind
