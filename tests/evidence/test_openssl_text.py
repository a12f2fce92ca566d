"""openssl s_client, as OpenSSL 3 prints it (samples/, and live), and the shapes of 1.0.2 and 1.1.1."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.gather.servers import make_certificates
from tlswhy.errors import BadEvidence
from tlswhy.evidence import openssl_text
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, Role, ShownCertificates, ToldConnection, Transcript
from tlswhy.oddity import Oddity
from tlswhy.pki.certificate import read_certificate
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN

SAMPLES = Path(__file__).parent / "samples"
# apps/s_client.c print_stuff of 1.0.2: names with slashes, NIST's names of curves, "TLSv1/SSLv3" whatever was chosen
OF_1_0_2 = """CONNECTED(00000003)
---
Certificate chain
 0 s:/CN=gadgets.example.test
   i:/O=Example/CN=Example Issuing CA
---
Server certificate
{pem}
subject=/CN=gadgets.example.test
issuer=/O=Example/CN=Example Issuing CA
---
No client certificate CA names sent
Peer signing digest: SHA512
Server Temp Key: ECDH, P-256, 256 bits
---
SSL handshake has read 1800 bytes and written 433 bytes
---
New, TLSv1/SSLv3, Cipher is ECDHE-RSA-AES256-SHA
Server public key is 2048 bit
Secure Renegotiation IS supported
SSL-Session:
    Protocol  : TLSv1
    Cipher    : ECDHE-RSA-AES256-SHA
    Start Time: 1500000000
    Verify return code: 21 (unable to verify the first certificate)
---
"""
OF_1_1_1_REFUSED = """CONNECTED(00000003)
139944165438784:error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:x.c:1544:SSL alert number 40
---
no peer certificate available
---
No client certificate CA names sent
---
SSL handshake has read 7 bytes and written 308 bytes
Verification: OK
---
New, (NONE), Cipher is (NONE)
Secure Renegotiation IS NOT supported
SSL-Session:
    Protocol  : TLSv1.2
    Cipher    : 0000
    Verify return code: 0 (ok)
---
"""


def read(data: bytes | str):
    data = data.encode() if isinstance(data, str) else data
    return list(read_evidence(source_of_bytes("s_client.txt", data)))


def pem() -> str:
    text = (SAMPLES / "s_client.txt").read_text()
    return text[text.index("-----BEGIN") : text.index("-----END CERTIFICATE-----") + 25]


def test_the_chain_in_its_order_with_lines():
    data = (SAMPLES / "s_client-showcerts.txt").read_bytes()
    shown, *_ = read(data)
    assert isinstance(shown, ShownCertificates)
    assert (shown.role, shown.listed) == (Role.SERVED, None)
    assert [read_certificate(der).subject.text for der in shown.ders] == [
        "CN=gadgets.example.test",
        "CN=Example Issuing CA,O=Example",
    ]
    lines = data.decode().splitlines()
    assert {lines[int(where.place.split()[1]) - 1] for where in shown.where} == {"-----BEGIN CERTIFICATE-----"}


def test_what_was_negotiated_and_by_whom():
    shown, *_ = read((SAMPLES / "s_client-showcerts.txt").read_bytes())
    assert isinstance(shown, ShownCertificates)
    (told,) = shown.told
    assert (told.program, told.client, told.verified) == ("openssl", "openssl/3.0", False)
    assert (told.version, told.suite, told.group, told.dh_bits, told.scheme) == (0x0304, 0x1302, 0x1D, None, 0x0804)


def test_the_size_of_a_prime_and_the_sessions_version():
    """ "New, SSLv3" is the suite's, "Protocol" the session's."""
    shown, *_ = read((SAMPLES / "s_client-dhe.txt").read_bytes())
    assert isinstance(shown, ShownCertificates)
    (told,) = shown.told
    assert (told.version, told.suite, told.group, told.dh_bits) == (0x0303, 0x0039, None, 2048)


def test_without_showcerts_there_is_only_the_leaf_and_that_is_said():
    shown, *rest = read((SAMPLES / "s_client.txt").read_bytes())
    assert isinstance(shown, ShownCertificates)
    assert (len(shown.ders), shown.listed) == (1, 2)
    (oddity,) = (item for item in rest if isinstance(item, Oddity))
    assert (oddity.what, oddity.facts) == ("chain-listed-not-shown", {"shown": 1, "listed": 2})


def test_its_words_are_its_own_and_told_once():
    (said,) = (item for item in read((SAMPLES / "s_client.txt").read_bytes()) if isinstance(item, ClientWords))
    assert said.speaker == "openssl"
    assert [thrown.line for thrown in said.exceptions] == [2]
    text = (SAMPLES / "s_client.txt").read_text().split("CONNECTED", 1)[1]
    (said,) = (item for item in read("CONNECTED" + text) if isinstance(item, ClientWords))
    assert said.exceptions[0].message.startswith("Verify return code: 20")


def test_1_0_2():
    shown, said = read(OF_1_0_2.format(pem=pem()))
    assert isinstance(shown, ShownCertificates)
    (told,) = shown.told
    assert (told.client, told.version, told.suite, told.group) == (None, 0x0301, 0xC014, 0x17)
    assert said.exceptions[0].message.startswith("Verify return code: 21")


def test_1_1_1_turned_away():
    """What it prints as the session's protocol was offered, not chosen."""
    (said,) = read(OF_1_1_1_REFUSED)
    assert isinstance(said, ClientWords)
    assert "alert number 40" in said.exceptions[0].message
    alert, error = read((SAMPLES / "s_client-state.txt").read_bytes())
    assert (alert.alert.sender, alert.alert.description) == (Side.SERVER, 40)
    assert "alert number 40" in error.exceptions[0].message


def test_a_server_that_asks_for_a_certificate():
    asks = OF_1_0_2.replace(
        "No client certificate CA names sent", "Acceptable client certificate CA names\n/CN=Example Client CA"
    )
    (shown, *_) = read(asks.format(pem=pem()))
    assert shown.told[0].asks_client_certificate is True
    assert read(OF_1_0_2.format(pem=pem()))[0].told[0].asks_client_certificate is UNSEEN


def test_several_runs_in_one_text():
    command = "$ openssl s_client -connect gadgets.example.test:8443 -servername gadgets.example.test -tls1\n"
    first = command + OF_1_0_2.format(pem=pem())
    second = (
        command.replace("tls1", "tls1_2")
        + OF_1_1_1_REFUSED
        + OF_1_0_2.format(pem=pem()).replace(": TLSv1\n", ": TLSv1.1\n")
    )
    shown, *words = read(first + second)
    assert isinstance(shown, ShownCertificates)
    assert [told.version for told in shown.told] == [0x0301, 0x0302]
    assert {(told.host, told.port) for told in shown.told} == {("gadgets.example.test", 8443)}
    assert {said.port for said in words} == {8443}


def test_a_dump_of_messages_is_as_good_as_a_capture():
    for name in ("s_client-msg.txt", "s_client-debug.txt"):
        connection, *_ = read((SAMPLES / name).read_bytes())
        assert isinstance(connection, Transcript)
        assert connection.connection.pieces[0].sender is Side.CLIENT


def test_a_refused_connection():
    (said,) = read("80AB:error:8000006F:system library:BIO_connect:Connection refused:x.c:117:\nconnect:errno=111\n")[
        :1
    ]
    assert isinstance(said, ClientWords)


def test_what_holds_nothing_of_it():
    with pytest.raises(BadEvidence) as raised:
        read("CONNECTED(00000003)\n---\nno peer certificate available\n---\nSSL handshake has read 0 bytes\n")
    assert raised.value.code == "no-certificate-inside"
    assert openssl_text.likelihood(b"Certificate chain of custody") == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One of OpenSSL's own servers, its chain a leaf alone."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    folder = tmp_path_factory.mktemp("server")
    made = make_certificates(folder)
    serve = [
        "openssl",
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        made.chain,
        "-key",
        made.key,
        "-naccept",
        "4",
        "-www",
    ]
    with subprocess.Popen(
        [*serve, "-tls1_2"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        port = next(line.split(b":")[-1].strip() for line in running.stdout if line.startswith(b"ACCEPT"))
        yield int(port)
        running.terminate()


@pytest.mark.parametrize("options", [[], ["-msg"], ["-debug", "-state"], ["-trace"]])
def test_the_openssl_of_this_machine(server: int, options: list[str]):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server}", "-showcerts", *options]
    ran = subprocess.run(
        command, input=b"Q\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False
    )
    found = read(ran.stdout)
    (shown,) = (item for item in found if isinstance(item, ShownCertificates))
    (told,) = shown.told
    assert (told.version, isinstance(told.suite, int), isinstance(told.group, int)) == (0x0303, True, True)
    assert not any(isinstance(item, ToldConnection) for item in found)
    dumped = [item for item in found if isinstance(item, Transcript)]
    assert len(dumped) == (options not in ([], ["-trace"]))
