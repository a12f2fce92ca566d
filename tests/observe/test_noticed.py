"""What is carried beside the handshake: staples that OpenSSL makes and serves, timestamps, hellos within hellos."""

import base64
import datetime as dt
import shutil
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.observe.parties import HOST, NOW, Listening, Tapped, ask, client_context, greet, issue, server_context
from tests.packets.building import Talk
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Secrets, Transcript
from tlswhy.observe.connections import observe_all
from tlswhy.observe.noticed import noticed
from tlswhy.pki.transparency import TIMESTAMPS_OID
from tlswhy.render.json import report_json
from tlswhy.render.words import load_words
from tlswhy.source import source_of_bytes
from tlswhy.wire import extensions as ext
from tlswhy.wire.hello import write_client_hello, write_record

ENDS = ("192.0.2.7:50123", "198.51.100.4:443")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
STATUSES = {"good": "V\t401231235959Z\t\t", "revoked": "R\t401231235959Z\t260101000000Z\t", "unknown": None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A root, a leaf, and an OCSP response of OpenSSL's own responder for each status."""
    folder: Path = tmp_path_factory.mktemp("ocsp")
    root = issue("Root")
    leaf = issue(HOST, root)
    leaf.to(folder, "leaf.pem")
    root.to(folder, "root.pem")
    (folder / "request.pem").write_bytes(leaf.certificate.public_bytes(Encoding.PEM))
    for status, line in STATUSES.items():
        serial = f"{leaf.certificate.serial_number:X}"
        serial = serial.zfill(len(serial) + len(serial) % 2)
        (folder / "index.txt").write_text(f"{line}{serial}\tunknown\t/CN={HOST}\n" if line else "")
        command = ["openssl", "ocsp", "-index", "index.txt", "-CA", "root.pem", "-rsigner", "root.pem"]
        command += ["-rkey", "root.pem", "-issuer", "root.pem", "-cert", "request.pem", "-ndays", "7"]
        subprocess.run([*command, "-respout", f"{status}.der"], cwd=folder, check=True, capture_output=True)
    (folder / "later.der").write_bytes(bytes.fromhex("30030a0103"))  # OCSPResponse: tryLater
    return folder


def served(folder: Path, name: str, *serving: str, asking: tuple[str, ...]) -> list[Transcript | Secrets]:
    """OpenSSL's client before OpenSSL's server, with the keys."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "leaf.pem", "-naccept", "1", "-quiet"]
    nothing = subprocess.DEVNULL
    running = subprocess.Popen([*server, *serving], cwd=folder, stdin=nothing, stdout=nothing, stderr=nothing)
    time.sleep(0.3)
    tap = Tapped(port)
    keys = folder / f"{name}.keys"
    client = ["openssl", "s_client", "-connect", f"127.0.0.1:{tap.port}", "-servername", HOST, "-keylogfile", str(keys)]
    subprocess.run([*client, *asking], input=b"Q\n", capture_output=True, check=False, timeout=20)
    running.wait(10)
    return [Secrets("keys", keys.read_text()), tap.captured("a.pcap", *ENDS)]


@needs_openssl
@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
@pytest.mark.parametrize("status", ["good", "revoked", "unknown", "later"])
def test_a_staple_says_what_openssl_put_into_it(status, version, folder):
    name = f"{status}-{version}"
    evidence = served(folder, name, "-status_file", f"{status}.der", f"-{version}", asking=("-status",))
    (handshake,) = observe_all(evidence).handshakes
    (found,) = noticed(handshake)
    assert (found.what, found.facts["variant"]) == ("ocsp-staple", "empty" if status == "later" else status)
    assert found.where[0].item == "a.pcap"
    assert found.facts.get("refusal") == ("tryLater" if status == "later" else None)
    if status in STATUSES:
        assert found.facts["until"] - found.facts["made"] == dt.timedelta(days=7)
        assert ("revoked" in found.facts) == (status == "revoked")
    for language in ("en", "zh-Hant"):
        report = report_json(diagnose(evidence, now=NOW), load_words(language))
        (shown,) = report["diagnoses"][0]["noticed"]
        assert "…" not in shown["message"]


def timestamps(*moments: dt.datetime) -> bytes:
    """A SignedCertificateTimestampList whose signatures nobody checks here."""
    listed = b""
    for moment in moments:
        entry = b"\0" + bytes(32) + struct.pack(">Q", int(moment.timestamp() * 1000)) + b"\0\0\4\3\0\2xx"
        listed += struct.pack(">H", len(entry)) + entry
    return struct.pack(">H", len(listed)) + listed


@pytest.mark.parametrize("count", [1, 3])
def test_timestamps_in_the_certificate(count, tmp_path):
    listed = timestamps(*[NOW] * count)
    octets = b"\x04" + (bytes([len(listed)]) if len(listed) < 128 else struct.pack(">BH", 0x82, len(listed))) + listed
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(TIMESTAMPS_OID), octets)
    leaf = issue(HOST, issue("Root"), extensions=(extension,))
    serving = Listening(greet(server_context(leaf.to(tmp_path, "leaf.pem"))))
    tap = Tapped(serving.port)
    ask(tap.port, client_context(None))
    serving.join()
    (handshake,) = observe_all([tap.captured("a.pcap", *ENDS)]).handshakes
    (found,) = noticed(handshake)
    assert (found.what, found.facts) == ("certificate-timestamps", {"count": count, "variant": "certificate"})


@needs_openssl
@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_timestamps_beside_the_certificate(version, folder):
    """OpenSSL sends them where its serverinfo holds the extension and the client asks for it."""
    listed = timestamps(NOW, NOW)
    body, kind = struct.pack(">HH", 18, len(listed)) + listed, "SERVERINFO"
    if version == "tls1_3":  # SSL_EXT_CLIENT_HELLO and SSL_EXT_TLS1_3_CERTIFICATE
        body, kind = struct.pack(">I", 0x0080 | 0x1000) + body, "SERVERINFOV2"
    text = base64.encodebytes(body).decode()
    (folder / "info.pem").write_text(f"-----BEGIN {kind} FOR SCT-----\n{text}-----END {kind} FOR SCT-----\n")
    serving = ("-serverinfo", "info.pem", f"-{version}")
    evidence = served(folder, f"sct-{version}", *serving, asking=("-serverinfo", "18"))
    (handshake,) = observe_all(evidence).handshakes
    (found,) = noticed(handshake)
    assert (found.what, found.facts) == ("certificate-timestamps", {"count": 2, "variant": "extension"})


def hello(*extensions: tuple[int, bytes]) -> bytes:
    return write_record(
        22,
        0x0301,
        write_client_hello(
            legacy_version=0x0303,
            random=b"r" * 32,
            session_id=b"s" * 32,
            cipher_suites=(0x1301,),
            extensions=[(ext.SUPPORTED_VERSIONS, ext.write_client_versions((0x0304,))), *extensions],
        ),
    )


NAME = (ext.SERVER_NAME, ext.write_server_name("outer.example"))
OUTER = (0xFE0D, b"\0\0\1\0\1\x11\0\x20" + bytes(32) + b"\0\x20" + bytes(32))


@pytest.mark.parametrize(
    ("extensions", "variant"),
    [
        ((NAME, OUTER), "outer"),
        ((OUTER,), "nameless"),
        ((NAME, (0xFFCE, b"x")), "outer"),
        ((NAME, (0xFE0D, b"\1")), None),  # an inner hello, which nobody sends
        ((NAME,), None),
    ],
)
def test_a_hello_within_a_hello(extensions, variant):
    talk = Talk().open().client_sends(hello(*extensions)).close()
    evidence = list(read_evidence(source_of_bytes("a.pcap", talk.captured())))
    (handshake,) = observe_all(evidence).handshakes
    assert [found.facts["variant"] for found in noticed(handshake)] == ([variant] if variant else [])
    if variant:
        (found,) = noticed(handshake)
        assert (found.what, found.where[0].place) == ("encrypted-client-hello", "frame 4")


@pytest.mark.parametrize("gives", [False, True])
def test_a_client_certificate_that_was_asked_for(tmp_path, gives):
    """nginx's ssl_verify_client goes on without one and refuses the request."""
    root = issue("Root")
    context = server_context(issue(HOST, root).to(tmp_path, "server.pem"))
    context.verify_mode = ssl.CERT_OPTIONAL
    trusted = root.to(tmp_path, "root.pem")
    context.load_verify_locations(trusted)
    client = client_context(trusted)
    if gives:
        client.load_cert_chain(issue("client.example.test", root).to(tmp_path, "client.pem"))
    server = Listening(greet(context))
    tap = Tapped(server.port)
    assert ask(tap.port, client)
    server.join()
    (seen,) = observe_all([tap.captured("c.pcap", *ENDS)]).handshakes
    told = [(each.what, each.facts["variant"]) for each in noticed(seen)]
    assert told == ([] if gives else [("client-certificate", "withheld")])
