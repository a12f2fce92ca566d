"""Timeouts of servers that begin to answer: real sockets, real clocks, as short as the rule allows."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime

import pytest

from tests.gather.servers import scripted
from tests.gather.test_probe import hello
from tlswhy.causes.timeout import PATIENCE_S
from tlswhy.diagnose import diagnose
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.targets import target_of

SERVER_HELLO = bytes.fromhex("160303004a020000460303") + bytes(32) + b"\x20" + bytes(32) + bytes.fromhex("c02f00")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def stops(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(SERVER_HELLO)
    time.sleep(2 * PATIENCE_S)


def drips(connection: socket.socket) -> None:
    connection.recv(4096)
    for byte in SERVER_HELLO:
        connection.sendall(bytes([byte]))
        time.sleep(0.3)


@pytest.mark.parametrize(
    ("script", "limit", "reason"),
    [(stops, PATIENCE_S + 0.2, "unfinished"), (drips, PATIENCE_S + 0.2, "unfinished"), (stops, 0.5, None)],
)
def test_an_answer_that_is_not_finished(script, limit, reason):
    patience = Patience(connect=2, first_byte=limit, whole=limit)
    with scripted(script) as port:
        answers = ask(target_of(f"127.0.0.1:{port}"), [hello("java/17.0.9", None)], Manner(patience))
    (diagnosis,) = diagnose(answers.evidence, clients=["java/17.0.9"], moment=NOW).diagnoses
    head = diagnosis.verdict.refusals[0]
    if reason is None:
        assert head.cause != "timeout", "less silence than that is no finding"
    else:
        assert (head.cause, head.by, head.facts["reason"]) == ("timeout", "network", reason)
