"""The conversation on recorded connections, and on what was made up to be nasty."""

import pytest

from tests.oracle import recorded
from tests.wire import tapped
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire.hello import write_client_hello, write_record
from tlswhy.wire.messages import (
    Alert,
    ApplicationData,
    CertificateMessage,
    CertificateRequest,
    ChangeCipherSpec,
    ClientHello,
    EncryptedRecord,
    NotTls,
    OtherHandshake,
    ServerHello,
    ServerKeyExchange,
)
from tlswhy.wire.numbers import suite_name, version_name
from tlswhy.wire.stream import Conversation, Limits

C, S = Side.CLIENT, Side.SERVER
SUITES = (0xC02F, 0x0033, 0x0005)


def hello(**changes):
    fields = {"legacy_version": 0x0303, "random": bytes(range(32)), "session_id": b"", "cipher_suites": SUITES}
    fields["extensions"] = [(ext.SERVER_NAME, ext.write_server_name("a.test"))]
    return write_client_hello(**(fields | changes))


def server_hello(suite=0x0033, version=0x0303, extensions=b""):
    body = version.to_bytes(2, "big") + bytes(32) + b"\x00" + suite.to_bytes(2, "big") + b"\x00"
    return message(2, body + (ext.vector16(extensions) if extensions else b""))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def handshake_record(*messages):
    return write_record(22, 0x0303, b"".join(messages))


def alert(level, description):
    return bytes([21, 3, 3, 0, 2, level, description])


def converse(*turns, limits=None):
    conversation = Conversation(limits=limits or Limits())
    messages = []
    for sender, data in turns:
        if isinstance(data, int):
            conversation.hole(sender, data)
        else:
            messages += conversation.feed(sender, data)
    return messages + conversation.finish(), [oddity.what for oddity in conversation.oddities]


def kinds(messages):
    return [type(message).__name__ for message in messages]


# -- recordings


def told_alerts(messages):
    told = []
    for said in messages:
        if isinstance(said, Alert):
            told.append((str(said.span.sender), said.level, said.description))
        elif isinstance(said, EncryptedRecord) and said.content_type == 21:
            told.append((str(said.span.sender), "encrypted"))
    return told


def recorded_alerts(alerts):
    return [
        (alert["from"], "encrypted")
        if alert.get("encrypted")
        else (alert["from"], {"warning": 1, "fatal": 2}[alert["level"]], alert["code"])
        for alert in alerts
    ]


def server_handshake_types(messages):
    numbers = {ServerHello: 2, CertificateMessage: 11, ServerKeyExchange: 12, CertificateRequest: 13}
    for said in messages:
        if (
            said.span.sender is S
            and not said.span.decrypted
            and not (isinstance(said, ServerHello) and said.hello_retry)
        ):
            number = said.type if isinstance(said, OtherHandshake) else numbers.get(type(said))
            if number is not None:
                yield number


def as_recorded(version):
    return {"SSL3": "SSLv3", "TLS1.0": "TLSv1"}.get(version, version.replace("TLS", "TLSv"))


@pytest.mark.parametrize("client", sorted({row["client"] for row in recorded.rows()}))
def test_every_recording_says_what_its_row_says(client):
    for row in recorded.rows():
        if row["client"] != client:
            continue
        name, wire = row["case"], row["wire"]
        messages, _ = converse(*tapped.turns(recorded.capture(row), row["port"]))
        chosen = next((m for m in messages if isinstance(m, ServerHello) and not m.hello_retry), None)
        assert (wire.get("server_suite"), wire.get("server_version")) == (
            (suite_name(chosen.cipher_suite), as_recorded(version_name(chosen.version))) if chosen else (None, None)
        ), name
        assert any(isinstance(m, ServerHello) and m.hello_retry for m in messages) == wire.get("hrr", False), name
        types = list(server_handshake_types(messages))
        if row["case"] == "wire-cut-after-hello":  # the recorder counts whole messages only: ours names the cut one
            types = types[:-1]
        assert types == wire.get("server_handshake_types", []), name
        exchange = next((m for m in messages if isinstance(m, ServerKeyExchange)), None)
        check_key_exchange(exchange, wire.get("ske"), name)
        if "tls13_group" in wire:
            assert chosen.key_share.group == wire["tls13_group"], name
        assert told_alerts(messages) == recorded_alerts(row["alerts"]), name


def check_key_exchange(exchange, expected, name):
    if expected is None:
        assert exchange is None, name
    elif expected["kind"] == "ecdhe":
        assert exchange.ec.group == expected["group"], name
    else:
        assert exchange.dh.prime_bits == expected["p_bits"], name
        assert expected["g"] in {None, exchange.dh.generator}, name
    if exchange is not None:
        assert exchange.signed, name


def test_recordings_of_other_clients_give_their_alerts():
    for row in recorded.other_rows():
        messages, _ = converse(*tapped.turns(recorded.capture(row), row["port"]))
        if row.get("alerts") is not None:
            assert told_alerts(messages) == recorded_alerts(row["alerts"]), row["pcap"]


def test_spans_say_where_messages_stand():
    row = recorded.row("j8u51", "dhe-1024-tls10-aes128cbc")
    turns = tapped.turns(recorded.capture(row), row["port"])
    streams = {side: b"".join(data for sender, data in turns if sender is side) for side in Side}
    messages, _ = converse(*turns)
    for said in messages:
        stream = streams[said.span.sender]
        if isinstance(said, ClientHello | ServerHello):
            assert stream[said.span.end - len(said.raw) : said.span.end] == said.raw
            assert stream[said.span.start] == 22
        elif isinstance(said, CertificateMessage):
            assert stream[: said.span.end].endswith(said.certificates[-1])
        elif isinstance(said, Alert | EncryptedRecord):
            assert stream[said.span.start + 1] == 3


# -- made up


def test_messages_over_many_records_and_several_in_one():
    flight = server_hello() + message(11, b"\x00\x00\x06\x00\x00\x03abc") + message(14, b"")
    tiny = b"".join(write_record(22, 0x0303, flight[i : i + 7]) for i in range(0, len(flight), 7))
    messages, oddities = converse((C, handshake_record(hello())), (S, tiny))
    assert kinds(messages) == ["ClientHello", "ServerHello", "CertificateMessage", "OtherHandshake"]
    assert messages[2].certificates == (b"abc",)
    assert messages[1].span.start == 0
    assert messages[2].span.end == messages[3].span.end - 4 - 5 * ((len(flight) + 6) // 7 - (len(flight) - 4 + 6) // 7)
    assert oddities == []


def test_after_change_cipher_spec_tls12_is_encrypted_but_a_two_byte_alert_is_not():
    messages, _ = converse(
        (C, handshake_record(hello())),
        (S, handshake_record(server_hello())),
        (S, b"\x14\x03\x03\x00\x01\x01" + write_record(22, 0x0303, bytes(40)) + write_record(21, 0x0303, bytes(48))),
        (C, alert(2, 40)),
        (S, alert(2, 20)),
    )
    assert kinds(messages[2:]) == ["ChangeCipherSpec", "EncryptedRecord", "EncryptedRecord", "Alert", "Alert"]


def test_tls13_compatibility_change_cipher_spec_hides_nothing():
    retry = message(
        2,
        bytes.fromhex("0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100")
        + ext.vector16(bytes.fromhex("002b00020304003300020018")),
    )
    ccs = b"\x14\x03\x03\x00\x01\x01"
    shown = ext.write_extensions([(ext.SUPPORTED_VERSIONS, b"\x03\x04")])
    messages, oddities = converse(
        (C, handshake_record(hello())),
        (S, handshake_record(retry) + ccs),
        (C, ccs + handshake_record(hello())),
        (S, handshake_record(server_hello(0x1301, extensions=shown)) + write_record(23, 0x0303, bytes(60))),
        (C, alert(2, 47)),
    )
    assert kinds(messages) == [
        "ClientHello", "ServerHello", "ChangeCipherSpec", "ChangeCipherSpec", "ClientHello", "ServerHello",
        "EncryptedRecord", "Alert",
    ]  # fmt: skip
    assert messages[1].hello_retry
    assert messages[1].key_share.group == 24
    assert messages[5].version == 0x0304
    assert oddities == []


def test_a_plain_http_answer_is_not_tls_and_comes_before_the_clients_alert():
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 400
    messages, _ = converse((C, handshake_record(hello())), (S, answer), (C, alert(2, 10)))
    assert kinds(messages) == ["ClientHello", "NotTls", "Alert"]
    assert messages[1].head == answer[:256]
    short, _ = converse((C, handshake_record(hello())), (S, answer[:28]), (C, alert(2, 10)))
    assert kinds(short) == ["ClientHello", "NotTls", "Alert"]
    assert short[1].head == answer[:28]


def test_tls_after_starttls_and_after_a_proxys_connect():
    flight = handshake_record(server_hello())
    messages, oddities = converse(
        (S, b"220 mail ESMTP\r\n"), (C, b"EHLO me\r\nSTARTTLS\r\n"), (S, b"220 go ahead\r\n"),
        (C, handshake_record(hello())), (S, flight),
    )  # fmt: skip
    assert kinds(messages) == ["NotTls", "NotTls", "ClientHello", "ServerHello"]
    assert messages[2].server_name == "a.test"
    assert messages[2].span.start == len(b"EHLO me\r\nSTARTTLS\r\n")
    assert "tls-after-plaintext" in oddities


def test_a_server_that_refuses_starttls_is_not_tls_twice():
    messages, _ = converse(
        (S, b"220 mail\r\n"), (C, b"STARTTLS\r\n"), (S, b"454 not now\r\n"), (C, handshake_record(hello())),
        (S, b"500 what?\r\n"),
    )  # fmt: skip
    assert [m.head for m in messages if isinstance(m, NotTls) and m.span.sender is S] == [
        b"220 mail\r\n",
        b"500 what?\r\n",
    ]


def test_an_ssl2_format_hello():
    challenge = bytes(range(16))
    specs = bytes.fromhex("010080 000005 00c02f")
    body = b"\x01\x03\x01" + bytes([0, len(specs), 0, 0, 0, 16]) + specs + challenge
    messages, oddities = converse(
        (C, (0x8000 | len(body)).to_bytes(2, "big") + body), (S, handshake_record(server_hello(version=0x0301)))
    )
    assert kinds(messages) == ["ClientHello", "ServerHello"]
    assert messages[0].ssl2_format
    assert messages[0].legacy_version == 0x0301
    assert messages[0].cipher_suites == (0x0005, 0xC02F)
    assert messages[0].random == bytes(16) + challenge
    assert oddities == []


def test_a_hole_inside_a_record_costs_that_message_only():
    certificate = message(11, b"\x00\x01\x00" + b"\x00\x00\xfd" + bytes(253))
    flight = handshake_record(server_hello(), certificate) + handshake_record(message(14, b""))
    messages, oddities = converse((C, handshake_record(hello())), (S, flight[:150]), (S, 60), (S, flight[210:]))
    assert kinds(messages) == ["ClientHello", "ServerHello", "OtherHandshake", "OtherHandshake"]
    assert [m.type for m in messages[2:]] == [11, 14]
    assert oddities == ["bytes-missing", "record-damaged", "message-cut"]


def test_a_hole_over_a_record_boundary_is_found_again():
    flight = handshake_record(server_hello())
    first, second = handshake_record(message(11, bytes(300))), handshake_record(message(14, b""))
    stream = flight + first + second + alert(2, 40)
    lost = len(flight) + len(first)
    messages, oddities = converse(
        (C, handshake_record(hello())), (S, stream[: lost - 50]), (S, 52), (S, stream[lost + 2 :])
    )
    assert [m.type for m in messages if isinstance(m, OtherHandshake)] == [11]
    assert told_alerts(messages) == [("server", 2, 40)]
    assert "framing-found" in oddities


def test_a_capture_that_begins_in_the_middle_finds_the_records():
    data = bytes(700) + b"".join(write_record(23, 0x0303, bytes([7]) * 90) for _ in range(3)) + alert(1, 0)
    messages, _ = converse((S, data))
    assert kinds(messages)[:1] == ["NotTls"]
    assert kinds(messages)[1:] == ["EncryptedRecord"] * 3 + ["Alert"]


def test_without_the_servers_side_encrypted_messages_are_not_misread():
    finished = write_record(22, 0x0303, bytes(8) + bytes(range(32)))  # explicit nonce 0: looks like HelloRequest(0)
    key_exchange = handshake_record(message(16, bytes(66)))
    ccs = b"\x14\x03\x03\x00\x01\x01"
    messages, _ = converse((C, handshake_record(hello()) + key_exchange + ccs + finished))
    assert kinds(messages) == ["ClientHello", "OtherHandshake", "ChangeCipherSpec", "EncryptedRecord"]


def test_a_cut_server_hello_still_says_suite_and_version():
    message_ = server_hello(extensions=ext.write_extensions([(23, b"")]))
    data = handshake_record(message_)
    messages, oddities = converse((C, handshake_record(hello())), (S, data[:-3]))
    assert messages[1].cipher_suite == 0x0033
    assert "message-cut" in oddities
    newer = handshake_record(server_hello(0x1302, extensions=ext.write_extensions([(43, b"\x03\x04")])))
    messages, _ = converse((C, handshake_record(hello())), (S, newer[:-3]))
    assert (messages[1].version, messages[1].legacy_version) == (0x0304, 0x0303)
    messages, _ = converse((C, handshake_record(hello())), (S, data[:40]))
    assert messages[1] == OtherHandshake(messages[1].span, 2, len(message_) - 4)


def test_a_cut_client_hello_is_no_hello():
    messages, oddities = converse((C, handshake_record(hello())[:-4]))
    assert kinds(messages) == ["OtherHandshake"]
    assert oddities == ["record-cut", "message-cut"]


def test_nothing_and_silence():
    assert converse() == ([], [])
    assert converse((C, b"")) == ([], [])
    assert kinds(converse((C, b"\x16"))[0]) == []


def test_server_key_exchanges_of_every_kind():
    def exchange(suite, body, version=0x0303):
        messages, _ = converse((S, handshake_record(server_hello(suite, version), message(12, body))))
        return messages[1]

    dh = ext.vector16(b"\x00" + b"\xff" * 128) + ext.vector16(b"\x02") + ext.vector16(b"\x05" * 128)
    signed = exchange(0x0033, dh + b"\x04\x01" + ext.vector16(bytes(256)))
    assert (signed.dh.prime_bits, signed.dh.generator, signed.scheme, signed.signed) == (1024, 2, 0x0401, True)
    old = exchange(0x0033, dh + ext.vector16(bytes(256)), 0x0301)
    assert (old.scheme, old.signed) == (None, True)
    anonymous = exchange(0x0034, dh)
    assert (anonymous.dh.prime_bits, anonymous.signed) == (1024, False)
    psk = exchange(0x0090, ext.vector16(b"hint") + dh)
    assert (psk.dh.prime_bits, psk.signed) == (1024, False)
    ec = exchange(0xC02F, b"\x03\x00\x17" + ext.vector8(bytes(65)) + b"\x08\x04" + ext.vector16(bytes(256)))
    assert (ec.ec.group, ec.ec.point_length, ec.scheme) == (23, 65, 0x0804)
    explicit = exchange(
        0xC013, b"\x01" + ext.vector8(b"\x01") * 6 + ext.vector8(bytes(49)) + ext.vector16(b"x"), 0x0301
    )
    assert (explicit.ec.group, explicit.ec.point_length) == (None, 49)
    export = exchange(0x0003, ext.vector16(b"\xff" * 64) + ext.vector16(b"\x03") + ext.vector16(b"x"), 0x0301)
    assert (export.rsa_export_bits, export.signed) == (512, True)
    srp = exchange(0xC01E, b"whatever")
    assert (srp.dh, srp.ec, srp.signed) == (None, None, True)


def test_certificate_requests_of_every_version():
    names = ext.vector16(ext.vector16(b"0\x00"))
    messages, _ = converse((S, handshake_record(server_hello(), message(13, b"\x02\x01\x40\x00\x02\x04\x01" + names))))
    assert isinstance(messages[1], CertificateRequest)
    assert (messages[1].certificate_types, messages[1].signature_schemes) == ((1, 64), (0x0401,))
    assert messages[1].authorities == (b"0\x00",)
    messages, _ = converse((S, handshake_record(server_hello(version=0x0301), message(13, b"\x01\x01" + names))))
    assert (messages[1].certificate_types, messages[1].signature_schemes) == ((1,), ())


def test_a_null_suite_is_read_without_keys():
    mac = bytes(20)
    messages, _ = converse(
        (C, handshake_record(hello())),
        (S, handshake_record(server_hello(0x0002)) + b"\x14\x03\x03\x00\x01\x01"),
        (S, write_record(22, 0x0303, message(20, bytes(12)) + mac)),
        (S, write_record(23, 0x0303, b"hello" + mac) + write_record(21, 0x0303, b"\x01\x00" + mac)),
    )
    assert kinds(messages[3:]) == ["OtherHandshake", "ApplicationData", "Alert"]
    assert isinstance(messages[2], ChangeCipherSpec)
    assert isinstance(messages[4], ApplicationData)
    assert messages[4].size == 5


def test_a_server_with_ssl2_only_is_named():
    answer = bytes.fromhex("801a 04 00 01 0002 0000 0003 0010 010080") + bytes(16)
    messages, oddities = converse((C, handshake_record(hello())), (S, answer))
    assert kinds(messages) == ["ClientHello", "NotTls"]
    assert oddities == ["ssl2-answer"]


def test_a_segment_out_of_a_long_transfer_is_read_by_itself():
    conversation = Conversation()
    conversation.feed(C, handshake_record(hello()))
    conversation.feed(S, handshake_record(server_hello()) + b"\x14\x03\x03\x00\x01\x01")
    conversation.feed(S, write_record(23, 0x0303, bytes(5000))[:3000])
    conversation.skip(S)
    picked = conversation.feed(S, write_record(21, 0x0303, bytes(26)))
    assert [(m.content_type, m.length) for m in picked] == [(21, 26)]
    conversation.skip(S)
    assert kinds(conversation.feed(S, alert(2, 20))) == ["Alert"]
    assert conversation.finish() == []
    assert conversation.oddities == []


def test_rubbish_behind_records_is_no_answer_in_plain_text():
    messages, oddities = converse(
        (C, handshake_record(hello())), (S, handshake_record(server_hello()) + b"rubbish" * 20)
    )
    assert kinds(messages) == ["ClientHello", "ServerHello"]
    assert oddities == ["framing-lost"]
