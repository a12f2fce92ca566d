"""The log that a real Java writes of a connection, against the bytes of that connection."""

import shutil
import subprocess

import pytest

from tests.live.javas import JavaRuntime, classes
from tests.live.odd_servers import HOST, Server, Workshop, setups
from tests.live.tap import Tap
from tlswhy import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Evidence, Transcript
from tlswhy.observe.connections import observe_all
from tlswhy.observe.flight import flight_of
from tlswhy.report import Diagnosis
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here"),
    pytest.mark.timeout(120),
]
LOGGED = (
    ("tls1_3 rsa", "all"),
    ("dhe 768", "all"),
    ("dhe 768", "ssl:handshake"),
    ("demands a certificate tls1_2", "ssl:handshake"),
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("logged"))


@pytest.fixture
def java(every_java: JavaRuntime) -> JavaRuntime:
    return every_java


def logged(java: JavaRuntime, option: str, port: int, workshop: Workshop) -> bytes:
    """Everything that one connection makes this Java print."""
    command = [java.program, f"-Djavax.net.debug={option}", "-cp", classes(), "JavaClient"]
    question = f"{port};{HOST};{workshop.trust}\n".encode()
    return subprocess.run(
        command, input=question, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
    ).stdout


@pytest.mark.parametrize(("name", "option"), LOGGED)
def test_the_log_shows_what_the_wire_showed(java: JavaRuntime, name: str, option: str, workshop: Workshop):
    server = Server(next(setup for setup in setups() if setup.name == name), workshop)
    if server.port is None:
        pytest.skip("this openssl can't be set up so")
    tap = Tap(server.port)
    try:
        tapped = tap.take_one()
        text = logged(java, option, tap.port, workshop)
        wire = Transcript("tap", tapped.connection())
    finally:
        tap.close()
        server.stop()
    evidence = list(read_evidence(source_of_bytes("debug.log", text)))
    (seen,) = observe_all([wire]).handshakes
    assert seen.hello is not None
    # JavaClient writes a hello to nowhere before it connects
    (told,) = (h for h in observe_all(evidence).handshakes if h.hello and h.hello.random == seen.hello.random)
    assert told.ja3 == seen.ja3
    ours, theirs = flight_of(told), flight_of(seen)
    for fact in ("version", "suite", "group", "dh"):
        assert getattr(ours, fact) == getattr(theirs, fact), fact
    if option == "all" and seen.server_hello is not None:
        assert ours.chain is not UNSEEN
        assert ours.chain
        assert ours.chain[-1].der
        assert theirs.chain in (UNSEEN, ours.chain)
    (both,) = (found for found in judged([wire, *evidence], java, workshop) if found.server is not None)
    (alone,) = judged([wire], java, workshop)
    assert both.verdict.accepted is alone.verdict.accepted or alone.verdict.accepted is Accepted.CANNOT_TELL
    if both.verdict.accepted is Accepted.NO:
        assert "debug.log" in {where.item for refusal in both.verdict.refusals for where in refusal.where}


def judged(evidence: list[Evidence], java: JavaRuntime, workshop: Workshop) -> tuple[Diagnosis, ...]:
    return diagnose(evidence, clients=[java.id], host=HOST, trust=[workshop.root]).diagnoses
