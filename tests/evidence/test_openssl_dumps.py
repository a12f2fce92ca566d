"""-msg and -debug of s_client: the messages of a whole handshake, with their lines."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tlswhy.evidence.openssl_dumps import Dumps
from tlswhy.evidence.openssl_text import untorn
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Outcome
from tlswhy.observe.handshake import observe
from tlswhy.source import source_of_bytes

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"


def dumped(text: str) -> list[Transcript]:
    dumps = Dumps("dump.txt")
    for number, line in untorn(enumerate(text.splitlines(), 1)):
        dumps.feed(number, line)
    return list(dumps.transcripts())


@pytest.mark.parametrize("name", ["s_client-msg.txt", "s_client-debug.txt"])
def test_a_handshake_with_its_lines(name: str):
    text = (SAMPLES / name).read_text()
    connection = next(iter(read_evidence(source_of_bytes("dump.txt", text.encode()))))
    assert isinstance(connection, Transcript)
    handshake = observe(connection)
    assert handshake.outcome is Outcome.COMPLETED
    assert handshake.hello is not None
    assert len(handshake.hello.cipher_suites) == 31
    assert handshake.server_hello is not None
    assert (handshake.server_hello.message.version, handshake.server_hello.message.cipher_suite) == (0x0303, 0xC030)
    assert handshake.key_exchange is not None
    assert handshake.key_exchange.message.ec is not None
    assert handshake.key_exchange.message.ec.group == 0x1D
    line = text.splitlines()[handshake.server_hello.frame - 1]
    assert "ServerHello" in line or line.startswith("read from")
    assert str(handshake.at(handshake.server_hello.frame).place).startswith("line ")


def test_who_it_was_is_recognised():
    from tlswhy.diagnose import diagnose

    data = (SAMPLES / "s_client-msg.txt").read_bytes()
    (diagnosis,) = diagnose(read_evidence(source_of_bytes("dump.txt", data)), now=NOW).diagnoses
    assert diagnosis.client.id == "openssl/3.0"
    assert diagnosis.host == "gadgets.example.test"


def test_alerts_and_the_old_heads_of_1_0_2():
    hello = (
        ">>> TLS 1.2 Handshake [length 002d], ClientHello\n"
        "    01 00 00 29 03 03 00 01 02 03 04 05 06 07 08 09\n"
        "    0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19\n"
        "    1a 1b 1c 1d 1e 1f 00 00 02 00 2f 01 00\n"
    )
    (connection,) = dumped(hello + "<<< TLS 1.2 Alert [length 0002], fatal handshake_failure\n    02 28\n")
    (alert,) = observe(connection).alerts
    assert (alert.message.description, alert.frame) == (40, 5)
    assert len(dumped(hello + hello)) == 2


def test_what_is_cut_tells_nothing():
    assert dumped(">>> TLS 1.3, Handshake [length 0124], ClientHello\n    01 00 01 20\n") == []
    assert dumped("<<< TLS 1.2, Alert [length 0002], fatal x\n    02 28\n") == []
