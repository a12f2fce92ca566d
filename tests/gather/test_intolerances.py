"""Servers that mind what they should ignore, each found out by the client's own hello without that one trait."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress

import pytest

from tests.gather.servers import openssl_server, scripted
from tests.gather.test_probe import hello
from tlswhy.diagnose import diagnose
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.targets import target_of
from tlswhy.model.survey import Survey
from tlswhy.side import Side
from tlswhy.verdict import Accepted
from tlswhy.wire.hello import read_client_hello
from tlswhy.wire.messages import ClientHello, Span
from tlswhy.wire.numbers import TLS11, TLS12, TLS13, is_grease

MANNER = Manner(Patience(2, 2, 0.4, 2), survey=True)
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
ONE_SUITE = ("-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
Minds = Callable[[ClientHello, int], bool]
"""Is told a hello and its length."""


@contextmanager
def minding(certificates, minds: Minds, answer: bytes | None, *arguments: str):
    """OpenSSL, but hellos that are minded get the answer; None: silence."""
    with openssl_server(certificates, *arguments) as behind:

        def relay(connection: socket.socket) -> None:
            record = connection.recv(16384)
            seen, _ = read_client_hello(record[5:], Span(Side.CLIENT, 0, len(record)), 0x0301)
            if not minds(seen, len(record) - 5):
                with socket.create_connection(("127.0.0.1", behind)) as onward:
                    onward.sendall(record)
                    threading.Thread(target=pump, args=(connection, onward), daemon=True).start()
                    pump(onward, connection)
            elif answer is None:
                connection.recv(1)  # until it gives up
            else:
                connection.sendall(answer)

        with scripted(relay) as port:
            yield port


def pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def found(port: int, client: str, name: str | None = None) -> tuple[Survey, Accepted]:
    answers = ask(target_of(f"https://localhost:{port}/"), [hello(client, name)], MANNER)
    (survey,) = (item for item in answers.evidence if isinstance(item, Survey))
    (diagnosis,) = diagnose(answers.evidence, clients=[client], host="localhost").diagnoses
    return survey, diagnosis.verdict.accepted


MINDED: dict[str, tuple[str, str | None, Minds]] = {
    "offer-of-tls13": ("java/17.0.9", None, lambda seen, _: TLS13 in (seen.supported_versions or ())),
    "hello-of-that-length": ("java/8u504", None, lambda _, length: 256 <= length < 512),
    "grease": ("chromium/156", None, lambda seen, _: any(map(is_grease, seen.cipher_suites))),
    "hello-of-two-packets": ("chromium/156", None, lambda _, length: length > 1400),
    "server-name": ("java/17.0.9", "gadgets.example.test", lambda seen, _: seen.server_name is not None),
    "extension-23": ("java/17.0.9", None, lambda seen, _: 23 in seen.extensions),
    "extension-5": ("java/17.0.9", None, lambda seen, _: 5 in seen.extensions),
}


@pytest.mark.parametrize("code", MINDED)
def test_the_trait_that_is_minded(certificates, code):
    client, name, minds = MINDED[code]
    with minding(certificates, minds, b"", *ONE_SUITE) as port:
        survey, accepted = found(port, client, name)
    assert code in survey.intolerances
    assert accepted is Accepted.NO
    assert survey.connections < 70


@pytest.mark.parametrize("answer", [None, ALERT], ids=["silence", "alert"])
@pytest.mark.parametrize("code", ["offer-of-tls13", "hello-of-that-length"])
def test_however_it_refuses(certificates, code, answer):
    client, name, minds = MINDED[code]
    with minding(certificates, minds, answer, *ONE_SUITE) as port:
        survey, accepted = found(port, client, name)
    assert (survey.intolerances, accepted) == ((code,), Accepted.NO)


def test_a_server_that_minds_nothing_is_asked_nothing_more(certificates):
    with openssl_server(certificates, "-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0") as port:
        assert found(port, "java/17.0.9")[0].intolerances == ()
        refused, accepted = found(port, "java/25.0.5")
    assert (refused.intolerances, accepted) == ((), Accepted.NO)


def test_an_old_server_that_minds_newer_versions(certificates):
    def newer(seen: ClientHello, _: int) -> bool:
        return seen.legacy_version >= TLS12

    with minding(certificates, newer, ALERT, "-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0") as port:
        survey, _ = found(port, "java/8u212")
    assert set(survey.versions) == {TLS11}
    assert "offer-of-tls12" in survey.intolerances
