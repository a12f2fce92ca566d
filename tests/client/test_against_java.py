"""A Java that runs here, with settings that people make: it is recognised, or a Java of its years is near.

keytool is a TLS client that every JRE has; it shows its hello to a socket that answers nothing.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from functools import cache

import pytest

from tlswhy.client.profiles import load_client, release_line
from tlswhy.client.recognise import recognise
from tlswhy.side import Side
from tlswhy.wire.hello import read_client_hello
from tlswhy.wire.messages import ClientHello, Span

KEYTOOL = shutil.which("keytool")
KNOWN_LINES = ("11", "17", "21", "25")

pytestmark = [
    pytest.mark.skipif(KEYTOOL is None, reason="no Java on this machine"),
    pytest.mark.timeout(120),
]


@cache
def version() -> str:
    """The release as Java itself prints it, e.g. 17.0.15."""
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True, timeout=60).stderr
    match = re.search(r'version "(\d+(?:\.\d+)*)', told)
    assert match is not None, told
    if match[1].partition(".")[0] not in KNOWN_LINES:
        pytest.skip(f"Java {match[1]} has no profile")
    return match[1]


def hello(*settings: str) -> ClientHello:
    """The first hello of a keytool with these system properties; to 127.0.0.1, so without a server name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        received: list[bytes] = []
        thread = threading.Thread(target=_receive, args=(server, received))
        thread.start()
        subprocess.run(
            [str(KEYTOOL), "-printcert", "-sslserver", f"127.0.0.1:{server.getsockname()[1]}"]
            + [f"-J-D{setting}" for setting in settings],
            capture_output=True,
            check=False,
            timeout=60,
        )
        thread.join(60)
    (record,) = received
    return read_client_hello(record[5:], Span(Side.CLIENT, 0, len(record)), int.from_bytes(record[1:3], "big"))[0]


def _receive(server: socket.socket, received: list[bytes]) -> None:
    server.settimeout(60)
    connection, _ = server.accept()
    with connection:
        connection.settimeout(60)
        record = b""
        while len(record) < 5 or len(record) < 5 + int.from_bytes(record[3:5], "big"):
            block = connection.recv(65536)
            if not block:
                break
            record += block
        received.append(record)


def test_the_java_of_this_machine_is_recognised():
    """Its own release, or one whose hello is the same; java.security of a distribution may differ, then it is near."""
    stands_for = load_client(f"java/{version()}").members[0]
    found = recognise(hello())
    assert found.id is not None
    if found.exact:
        assert found.id.startswith("java/")
        offers = {load_client(name).members[0].offer.suites for name in (found.id, *found.also, *found.documented)}
        assert len(offers) == 1
    else:
        assert release_line(found.id) == release_line(stands_for.runtime)


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        (["jdk.tls.client.protocols=TLSv1.2"], {"suites", "extensions", "versions", "key_shares"}),
        (["jdk.tls.namedGroups=secp256r1,secp384r1"], {"groups", "key_shares"}),
        (
            ["jdk.tls.client.cipherSuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_DHE_RSA_WITH_AES_256_CBC_SHA"],
            {"suites", "extensions", "versions", "key_shares"},
        ),
        (["jdk.tls.client.enableStatusRequestExtension=false"], {"extensions"}),
    ],
    ids=["protocols", "groups", "suites", "no status request"],
)
def test_settings_leave_it_near(settings: list[str], parts: set[str]):
    version()
    found = recognise(hello(*settings))
    assert found.id is not None
    assert found.id.startswith("java/")
    assert not found.exact
    assert parts <= {difference["part"] for difference in found.differs}
