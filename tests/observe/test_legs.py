"""Both sides of a proxy: one that passes TLS on, and one that ends it and greets the server itself."""

import contextlib
import socket
import ssl
from dataclasses import replace

import pytest

from tests.observe.parties import (
    HOST,
    NOW,
    Listening,
    Tapped,
    ask,
    client_context,
    greet,
    issue,
    server_context,
)
from tests.packets.building import START_NS
from tlswhy.diagnose import diagnose
from tlswhy.evidence.types import Transcript
from tlswhy.observe.connections import observe_all
from tlswhy.observe.legs import Legs, legs_among
from tlswhy.packets.connection import Endpoint
from tlswhy.render.beside import legs_sentences
from tlswhy.render.json import report_json
from tlswhy.render.text import report_text
from tlswhy.render.words import load_words

NEAR, FAR = ("192.0.2.7:50123", "192.0.2.80:3128"), ("192.0.2.80:40001", "198.51.100.4:443")


@pytest.fixture(scope="module")
def issued():
    root, proxy_root = issue("Root"), issue("Proxy Root")
    return {
        "root": root,
        "server": issue(HOST, root),
        "proxy root": proxy_root,
        "proxy": issue(HOST, proxy_root, days_old=0),
    }


def passed_on(folder, issued, trusted: str) -> list[Transcript]:
    """Client → tap → tap → server: what lies between the taps passes bytes on."""
    server = Listening(greet(server_context(issued["server"].to(folder, "server.pem"))))
    far = Tapped(server.port)
    near = Tapped(far.port)
    ask(near.port, client_context(issued[trusted].to(folder, "trusted.pem")))
    server.join()
    return [far.captured("far.pcap", *FAR), near.captured("near.pcap", *NEAR)]


def inspected(folder, issued, *, client_trusts: str, proxy_trusts: str) -> list[Transcript]:
    """Client → tap → proxy with a certificate of its own → tap → server."""
    server = Listening(greet(server_context(issued["server"].to(folder, "server.pem"))))
    far = Tapped(server.port)
    upstream = client_context(issued[proxy_trusts].to(folder, "proxy-trusts.pem"))
    downstream = server_context(issued["proxy"].to(folder, "proxy.pem"))

    def handle(connection: socket.socket) -> None:
        with (
            socket.create_connection(("127.0.0.1", far.port), 10) as plain,
            upstream.wrap_socket(plain, server_hostname=HOST) as there,
            downstream.wrap_socket(connection, server_side=True) as here,
        ):
            there.sendall(here.recv(100) or b"-")
            here.sendall(there.recv(100))

    proxy = Listening(handle)
    near = Tapped(proxy.port)
    ask(near.port, client_context(issued[client_trusts].to(folder, "client-trusts.pem")))
    proxy.join()
    server.join()
    return [far.captured("far.pcap", *FAR), near.captured("near.pcap", *NEAR)]


def told(transcripts: list[Transcript]) -> Legs:
    (pair,) = legs_among(observe_all(transcripts).handshakes)
    assert (str(pair.near.client), str(pair.far.server)) == (NEAR[0], FAR[1])
    assert legs_among(observe_all(reversed(transcripts)).handshakes)[0].failed == pair.failed
    return pair


@pytest.mark.parametrize(("trusted", "failed"), [("root", None), ("proxy root", "near")])
def test_a_proxy_that_passes_tls_on(trusted, failed, tmp_path, issued):
    pair = told(passed_on(tmp_path, issued, trusted))
    assert (pair.how, pair.failed) == ("same-hello", failed)


def test_a_server_that_goes_away(tmp_path, issued):
    def handle(connection: socket.socket) -> None:
        connection.recv(1000)

    server = Listening(handle)
    far = Tapped(server.port)
    near = Tapped(far.port)
    ask(near.port, client_context(None))
    server.join()
    pair = told([far.captured("far.pcap", *FAR), near.captured("near.pcap", *NEAR)])
    assert (pair.how, pair.failed) == ("same-hello", "far")


def test_a_proxy_that_goes_away_itself(tmp_path, issued):
    """It has the server's answer, and closes instead of passing it on."""
    server = Listening(greet(server_context(issued["server"].to(tmp_path, "server.pem"))))
    far = Tapped(server.port)

    def handle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", far.port), 10) as there:
            there.sendall(connection.recv(10_000))
            there.recv(10_000)

    proxy = Listening(handle)
    near = Tapped(proxy.port)
    ask(near.port, client_context(None))
    proxy.join()
    server.join()
    pair = told([far.captured("far.pcap", *FAR), near.captured("near.pcap", *NEAR)])
    assert (pair.how, pair.failed) == ("same-hello", "proxy")


@pytest.mark.parametrize(
    ("client_trusts", "proxy_trusts", "failed"),
    [("proxy root", "root", None), ("root", "root", "near"), ("proxy root", "proxy root", "far")],
)
def test_a_proxy_that_inspects(client_trusts, proxy_trusts, failed, tmp_path, issued):
    transcripts = inspected(tmp_path, issued, client_trusts=client_trusts, proxy_trusts=proxy_trusts)
    pair = told(transcripts)
    assert (pair.how, pair.failed) == ("same-name", failed)
    report = diagnose(transcripts, now=NOW)
    words = load_words("en")
    belongs, which = legs_sentences(pair, words)
    assert "inspects TLS" in belongs
    text = " ".join(report_text(report, words, 400, color=False, unicode=True).split())
    assert text.count(which) == len(report.diagnoses) == 2
    told_json = [diagnosis["legs"] for diagnosis in report_json(report, words)["diagnoses"]]
    assert [[leg["failed"] for leg in legs] for legs in told_json] == [[failed], [failed]]
    assert told_json[0][0]["near"]["item"] == "near.pcap"


def test_unrelated_connections_are_no_legs(tmp_path, issued):
    """Two clients of one server, and one connection captured at two points."""
    transcripts = passed_on(tmp_path, issued, "root")
    far, near = transcripts
    twice = [near, Transcript("again.pcap", near.connection)]
    assert legs_among(observe_all(twice).handshakes) == []
    other = passed_on(tmp_path, issued, "root")[0]
    assert legs_among(observe_all([far, other]).handshakes) == []
    assert legs_among([]) == []


def test_a_machine_that_talks_to_itself_is_no_proxy(tmp_path, issued):
    """All on loopback: whatever else it asks for the same name would look like the far side."""
    transcripts = inspected(tmp_path, issued, client_trusts="proxy root", proxy_trusts="root")
    home = [
        replace(
            each,
            connection=replace(
                each.connection,
                client=replace(each.connection.client, address="127.0.0.1"),
                server=replace(each.connection.server, address="127.0.0.1"),
            ),
        )
        for each in transcripts
    ]
    assert legs_among(observe_all(home).handshakes) == []


def test_another_name_is_another_matter(tmp_path, issued):
    _, near = inspected(tmp_path, issued, client_trusts="proxy root", proxy_trusts="root")
    server = Listening(greet(server_context(issued["server"].to(tmp_path, "server.pem"), ssl.TLSVersion.TLSv1_3)))
    tap = Tapped(server.port)
    ask(tap.port, client_context(None), "elsewhere.example.test")
    server.join()
    other = tap.captured("far.pcap", *FAR)
    assert legs_among(observe_all([near, other]).handshakes) == []


@pytest.mark.parametrize(
    ("ends", "together"),
    [
        (FAR, True),
        (("192.0.2.7:50123", "10.1.1.1:8443"), True),  # the server's address is translated
        (("192.0.2.7:50124", "198.51.100.4:443"), False),  # a client that says the same to everybody
        (("192.0.2.7:50124", "192.0.2.80:3128"), False),
    ],
)
def test_one_hello_twice(ends, together, tmp_path, issued):
    _, near = passed_on(tmp_path, issued, "root")
    client, server = (Endpoint(address, int(port)) for address, port in (end.split(":") for end in ends))
    again = Transcript("b.pcap", replace(near.connection, client=client, server=server))
    assert len(legs_among(observe_all([near, again]).handshakes)) == int(together)


def test_a_transparent_proxy(tmp_path, issued):
    """The client's address and the server's on both sides; only the certificates tell."""
    far, near = inspected(tmp_path, issued, client_trusts="root", proxy_trusts="root")
    transcripts = []
    for late, transcript, port in ((100, far, 40_001), (0, near, 50_123)):
        connection = replace(
            transcript.connection,
            client=Endpoint("192.0.2.7", port),
            server=Endpoint("198.51.100.4", 443),
            first_time_ns=START_NS + late,
            last_time_ns=START_NS + 900,
        )
        transcripts.append(replace(transcript, connection=connection))
    (pair,) = legs_among(observe_all(transcripts).handshakes)
    assert (pair.how, pair.failed, pair.near.item) == ("same-ends", "near", "near.pcap")
    one_file = [replace(transcript, item="both.pcap") for transcript in transcripts]
    assert legs_among(observe_all(one_file).handshakes) == []
    one_server = [replace(transcript, connection=near.connection) for transcript in transcripts]
    assert legs_among(observe_all(one_server).handshakes) == []
