"""Suites that are rare or national, spoken by real programs: read as tshark reads them, and called by their names."""

import json
import shutil
import socket
import subprocess
import time

import pytest

from tests.observe.parties import HOST, Tapped, issue
from tests.packets.building import Talk
from tests.packets.test_against_tshark_ways import of_line, say, summary, theirs
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.render.rungs import rungs
from tlswhy.render.words import load_words
from tlswhy.source import source_of_bytes
from tlswhy.wire.numbers import suite_name

ENDS = ("10.0.0.1:40000", "10.0.0.2:443")
pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("tshark", "openssl", "gnutls-serv", "gnutls-cli", "certtool")),
    reason="tshark, openssl or GnuTLS is not installed",
)
OPENSSL = {
    "ADH-AES128-GCM-SHA256": "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
    "AECDH-NULL-SHA": "TLS_ECDH_anon_WITH_NULL_SHA",
    "ECDHE-ECDSA-CAMELLIA256-SHA384": "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384",
    "ECDHE-ECDSA-ARIA128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256",
    "PSK-AES128-CBC-SHA": "TLS_PSK_WITH_AES_128_CBC_SHA",
    "DHE-PSK-AES256-CBC-SHA": "TLS_DHE_PSK_WITH_AES_256_CBC_SHA",
}
GOST = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+VKO-GOST-12:+GOST"
TSHARK_CANNOT = {"DHE-PSK-AES256-CBC-SHA": ("dh",)}
"""Fields that tshark 4.0 does not show: it leaves the parameters of DHE_PSK unread (dissect_ssl3_hnd_srv_keyex_psk)."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suites")
    issue(HOST, issue("Root")).to(folder, "leaf.pem")
    return folder


def heard(folder, serving: list[str], asking: list[str]) -> Transcript:
    """One connection of these programs; PORT stands for its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    nothing = subprocess.DEVNULL
    server = [part.replace("PORT", port) for part in serving]
    running = subprocess.Popen(server, cwd=folder, stdin=nothing, stdout=nothing, stderr=nothing)
    try:
        time.sleep(0.3)
        tap = Tapped(int(port))
        client = [part.replace("PORT", str(tap.port)) for part in asking]
        subprocess.run(client, cwd=folder, input=b"Q\n", capture_output=True, check=False, timeout=20)
        return tap.captured("a.pcap", *ENDS)
    finally:
        running.terminate()
        running.wait(10)


def by_openssl(folder, cipher: str) -> Transcript:
    level = f"{cipher}:@SECLEVEL=0"
    server = ["openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", "leaf.pem", "-quiet", "-cipher", level]
    client = ["openssl", "s_client", "-connect", "127.0.0.1:PORT", "-tls1_2", "-cipher", level, "-servername", HOST]
    if "PSK" in cipher:
        server, client = [*server, "-psk", "c0ffee", "-nocert"], [*client, "-psk", "c0ffee"]
    return heard(folder, server, client)


def by_gnutls(folder) -> Transcript:
    """GOST R 34.10-2012, which GnuTLS has."""
    (folder / "template").write_text(f'cn = "{HOST}"\ndns_name = "{HOST}"\nsigning_key\nexpiration_days = 9\n')
    for made in (
        ["--generate-privkey", "--key-type=gost12-256", "--outfile", "gost-key.pem"],
        ["--generate-self-signed", "--load-privkey", "gost-key.pem", "--template", "template", "--outfile", "gost.pem"],
    ):
        subprocess.run(["certtool", *made], cwd=folder, check=True, capture_output=True)
    server = ["gnutls-serv", "-p", "PORT", "--x509keyfile", "gost-key.pem", "--x509certfile", "gost.pem"]
    client = ["gnutls-cli", "-p", "PORT", "127.0.0.1", "--insecure", "--sni-hostname", HOST, "--priority", GOST]
    return heard(folder, [*server, "--priority", GOST], client)


def compared(transcript: Transcript, path, name: str, left_out: tuple[str, ...] = ()) -> None:
    talk = Talk().open()
    for piece in transcript.connection.pieces:
        say(talk, piece.sender, piece.data)
    path.write_bytes(talk.close().captured())
    (item,) = (each for each in read(source_of_bytes("x", path.read_bytes())) if isinstance(each, Transcript))
    handshake = observe(item)
    line = json.loads(json.dumps(handshake_line(handshake)))
    short = line_of(item)
    assert short is None or json.loads(line_text(short)) == line
    assert suite_name(line["server_hello"]["cipher_suite"]) == name
    assert any(name in detail for rung in rungs(handshake, load_words("en")) for detail in rung.details)
    ((_, rows),) = theirs(path).items()
    shown, told = summary(rows, "10.0.0.1"), of_line(line)
    assert {key: value for key, value in shown.items() if key not in left_out} == {
        key: value for key, value in told.items() if key not in left_out
    }


@pytest.mark.parametrize("cipher", OPENSSL)
def test_suites_of_openssl(cipher, folder, tmp_path):
    compared(by_openssl(folder, cipher), tmp_path / "x.pcap", OPENSSL[cipher], TSHARK_CANNOT.get(cipher, ()))


def test_gost(folder, tmp_path):
    compared(by_gnutls(folder), tmp_path / "x.pcap", "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT")
