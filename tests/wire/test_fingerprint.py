"""JA3, JA3S and JA4: published examples, and Wireshark's own JA3 on recordings of every client."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from tests.oracle import recorded
from tests.wire import tapped
from tests.wire.test_stream import hello
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire.fingerprint import ja3, ja3s, ja4
from tlswhy.wire.hello import read_client_hello
from tlswhy.wire.messages import ClientHello, ServerHello, Span
from tlswhy.wire.stream import Conversation


def read(raw):
    return read_client_hello(raw, Span(Side.CLIENT, 0, len(raw)), 0x0301)[0]


def numbers(text):
    return tuple(int(number, 16) for number in text.split(","))


def test_ja3_of_the_published_examples():
    one = replace(
        read(hello()), legacy_version=769, cipher_suites=(47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4),
        extensions=(0, 10, 11), groups=(23, 24, 25), point_formats=(0,),
    )  # fmt: skip
    assert ja3(one).text == "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    assert ja3(one).value == "ada70206e40642a3e4461f35503241d5"
    bare = replace(
        one, cipher_suites=(4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99), extensions=(), groups=None, point_formats=None
    )
    assert ja3(bare).text == "769,4-5-10-9-100-98-3-6-19-18-99,,,"
    assert ja3(bare).value == "de350869b8c85de67a350c8d186f11e6"


FOXIO = (  # the reference implementation's expected output for its pcap/sigalg-grease.pcapng
    "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
    "fe0d,0010,0017,0033,44cd,ff01,000a,000d,0023,002b,000b,ca34,002d,0000,0005,001b,0012",
    "0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601",
    "t13d1517h2_8daaf6152771_cb7bf5808d99",
)


def test_ja4_of_the_reference_implementations_example_with_grease_everywhere():
    suites, extensions, schemes, expected = FOXIO
    bodies = {
        ext.SUPPORTED_VERSIONS: ext.write_client_versions((0x6A6A, 0x0304, 0x0303)),
        ext.SIGNATURE_ALGORITHMS: ext.write_uint16_vector((0x3A3A, *numbers(schemes))),
        ext.ALPN: ext.write_alpn(("h2", "http/1.1")),
        ext.SERVER_NAME: ext.write_server_name("a.test"),
    }
    listed = [(number, bodies.get(number, b"")) for number in (0x1A1A, *numbers(extensions), 0x2A2A)]
    raw = hello(cipher_suites=(0x0A0A, *numbers(suites)), extensions=listed)
    assert ja4(read(raw)).value == expected


@pytest.mark.parametrize(
    ("alpn", "expected"),
    [
        ((), "00"),
        (("h2",), "h2"),
        (("http/1.1",), "h1"),
        (("x",), "xx"),
        (("\xab\xcd",), "ad"),
        (("0\xab",), "3b"),
        (("",), "00"),
    ],
)
def test_ja4_alpn(alpn, expected):
    assert ja4(replace(read(hello()), alpn=alpn)).value.split("_")[0][-2:] == expected


def test_ja4_of_the_least_hello():
    least = replace(read(hello(extensions=None)), cipher_suites=(), legacy_version=0x0301)
    assert ja4(least).value == "t10i000000_000000000000_000000000000"
    assert ja4(replace(least, cipher_suites=tuple(range(200)))).value.startswith("t10i990000_")


def test_wireshark_agrees_on_ja3_and_ja3s(tmp_path):
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    rows = {row["client"]: row for row in (*recorded.rows(), *recorded.other_rows()) if row["case"] == "base-tls12-13"}
    assert len(rows) > 15
    for row in list(rows.values())[::3]:
        capture = recorded.capture(row)
        path = tmp_path / f"{row['client']}.pcap"
        path.write_bytes(capture)
        command = [
            "tshark",
            "-r",
            str(path),
            "-d",
            f"tcp.port=={row['port']},tls",
            "-T",
            "fields",
            "-Y",
            "tls.handshake",
        ]
        command += ["-e", "tls.handshake.ja3_full", "-e", "tls.handshake.ja3", "-e", "tls.handshake.ja3s"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        theirs = [value for line in lines for value in line.split("\t") if value]
        conversation, mine = Conversation(), []
        for sender, data in tapped.turns(capture, row["port"]):
            for message in conversation.feed(sender, data):
                if isinstance(message, ClientHello):
                    mine += [ja3(message).text, ja3(message).value]
                elif isinstance(message, ServerHello):
                    mine.append(ja3s(message).value)
        assert mine == theirs, row["client"]
