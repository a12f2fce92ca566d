"""What observe makes of the recorded captures, held against the rows; and where the cut for foretelling falls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle import recorded
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Outcome, Told
from tlswhy.observe.handshake import cut_before_reaction, observe
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import ClientHello, NotTls
from tlswhy.wire.numbers import suite_name

VERSIONS = {"SSLv3": 0x0300, "TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
LEVELS = {1: "warning", 2: "fatal"}


def transcript(row) -> Transcript:
    evidence = read(source_of_bytes(row["pcap"], recorded.capture(row)))
    (only,) = (item for item in evidence if isinstance(item, Transcript))
    return only


def observed(row, *, keys: bool = False):
    log = recorded.keylog(row) if keys else None
    return observe(transcript(row), KeyLog.parse(log) if log else None)


def readable_alerts(handshake):
    return [
        {"from": told.message.span.sender.value, "level": LEVELS[told.message.level], "code": told.message.description}
        for told in handshake.alerts
    ]


@pytest.mark.parametrize("half", ["java", "others"])
def test_wire_facts_and_alerts_equal_every_row(half):
    wrong = []
    for row in recorded.rows() if half == "java" else recorded.other_rows():
        handshake, wire = observed(row), row["wire"]
        hello = handshake.server_hello
        exchange = handshake.key_exchange.message if handshake.key_exchange else None
        ske = wire.get("ske") or {}
        expected = {
            "version": VERSIONS[wire["server_version"]] if wire.get("server_version") else None,
            "suite": wire.get("server_suite"),
            "dh": ske.get("p_bits"),
            "group": ske.get("group"),
            "retry": wire.get("hrr", False),
            "alerts": [
                {name: alert[name] for name in ("from", "level", "code")}
                for alert in row["alerts"]
                if not alert.get("encrypted")
            ],
            "encrypted alerts": [alert["from"] for alert in row["alerts"] if alert.get("encrypted")],
            "ended by": wire["tcp_events"][0] if wire["tcp_events"] else None,
        }
        ours = {
            "version": hello.message.version if hello else None,
            "suite": suite_name(hello.message.cipher_suite) if hello else None,
            "dh": exchange.dh.prime_bits if exchange and exchange.dh else None,
            "group": exchange.ec.group if exchange and exchange.ec else None,
            "retry": handshake.hello_retry is not None,
            "alerts": readable_alerts(handshake),
            "encrypted alerts": [told.message.span.sender.value for told in handshake.encrypted_alerts],
            "ended by": f"{handshake.ending.by}:{handshake.ending.how}" if handshake.ending else None,
        }
        wrong += [
            f"{row['client']} {row['case']} {what}: ours {ours[what]!r}, row {expected[what]!r}"
            for what in ours
            if ours[what] != expected[what]
        ]
    assert not wrong, "\n".join(wrong[:30])


def test_a_connected_row_is_completed_and_a_refused_one_is_not():
    wrong = []
    for row in recorded.rows():
        handshake = observed(row, keys=True)
        completed = handshake.outcome is Outcome.COMPLETED
        # a server may take the handshake back only after the client has finished it (TLS 1.3 client certificate)
        taken_back = row["label"] == "client-cert-required"
        if completed != row["connected"] and not taken_back:
            wrong.append(f"{row['client']} {row['case']}: {handshake.outcome}")
    assert not wrong, "\n".join(wrong[:30])


def test_decrypted_alerts_equal_every_tls13_row():
    wrong = []
    for row in recorded.rows():
        if row["alerts_decrypted"] is None or row["wire"].get("server_version") != "TLSv1.3":
            continue
        expected = [{name: alert[name] for name in ("from", "level", "code")} for alert in row["alerts_decrypted"]]
        ours = readable_alerts(observed(row, keys=True))
        if ours != expected:
            wrong.append(f"{row['client']} {row['case']}: ours {ours}, row {expected}")
    assert not wrong, "\n".join(wrong[:30])


def test_the_cut_leaves_the_servers_flight_and_nothing_of_the_client_but_its_hellos():
    for row in recorded.rows():
        whole = observed(row, keys=True)
        cut = cut_before_reaction(whole)
        kept = {type(t.message) for t in cut.messages if t.message.span.sender is Side.CLIENT}
        allowed = {"ClientHello", "ChangeCipherSpec"}
        assert {kind.__name__ for kind in kept} <= allowed, (row["client"], row["case"])
        assert cut.outcome is not Outcome.COMPLETED
        assert cut.server_hello == whole.server_hello
        if isinstance(whole.certificates, Told) and row["reaction_frame"]:
            assert cut.certificates == whole.certificates, (row["client"], row["case"])


def test_the_reaction_is_where_the_row_says_for_tls12():
    wrong = []
    for row in recorded.rows():
        if row["reaction_frame"] is None or row["wire"].get("server_version") == "TLSv1.3":
            continue  # TLS 1.3: the rows count the compatibility ChangeCipherSpec, which tells nothing of the client
        frame = observed(row).reaction_frame
        if frame != row["reaction_frame"]:
            wrong.append(f"{row['client']} {row['case']}: ours {frame}, row {row['reaction_frame']}")
    assert not wrong, "\n".join(wrong[:30])


def test_certificates_are_unseen_without_keys_and_read_with_them():
    row = recorded.row("j17.0.9", "pss-tls13-leaf")
    assert observed(row).certificates is UNSEEN
    shown = observed(row, keys=True).certificates
    assert isinstance(shown, Told)
    assert shown.message.certificates
    assert shown.message.span.decrypted


def test_sides_are_swapped_where_the_guess_by_port_was_wrong():
    row = recorded.row("j8u212", "base-tls12")
    whole = transcript(row)
    connection = whole.connection
    guessed = replace(
        connection,
        roles_shown=False,
        client=connection.server,
        server=connection.client,
        pieces=tuple(piece._replace(sender=piece.sender.other) for piece in connection.pieces),
        events=tuple(event._replace(sender=event.sender.other) for event in connection.events),
    )
    handshake = observe(replace(whole, connection=guessed))
    assert handshake.client == connection.client
    assert isinstance(handshake.hello, ClientHello)


def test_what_is_not_tls_is_kept_with_its_first_bytes():
    handshake = observed(recorded.row("j8u212", "wire-http"))
    assert isinstance(handshake.not_tls_message, NotTls)
    assert handshake.not_tls_message.head.startswith(b"HTTP/1.")
    assert handshake.outcome is Outcome.BROKEN
