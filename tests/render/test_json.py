"""The JSON that other programs rely on: contract.md §2 and §3."""

import json
from datetime import UTC, datetime

from tests.render import examples
from tlswhy.render.json import handshake_line, plain, report_json
from tlswhy.render.words import load_words
from tlswhy.unseen import UNSEEN

LINE_KEYS = [
    "capture",
    "client",
    "server",
    "frames",
    "client_hello",
    "server_hello",
    "key_exchange",
    "certificates",
    "alerts",
    "encrypted_alerts",
    "ending",
    "ja3",
    "ja3s",
    "ja4",
]
DIAGNOSIS_KEYS = {
    "client",
    "host",
    "server",
    "moment",
    "connections",
    "verdict",
    "refusals",
    "ruled_out",
    "contradictions",
    "gaps",
    "plans",
    "survey",
    "replay",
    "filter",
    "handshakes",
}


def test_a_handshake_line():
    line = handshake_line(examples.handshake("j8u51", "dhe-512-tls10-aes128cbc"))
    assert list(line) == LINE_KEYS
    assert line["capture"] == "captures/dhe-512-tls10-aes128cbc.pcap"
    assert line["client"] == "127.0.0.1:55782"
    assert line["frames"] == {"client_hello": 4, "server_hello": 6}
    assert line["client_hello"]["versions"] == ["TLS1.2"]
    assert line["client_hello"]["sni"] == "gadgets.example.test"
    assert line["server_hello"] == {"version": "TLS1.0", "cipher_suite": 0x33, "hello_retry": False}
    assert line["key_exchange"] == {"dh_bits": 512, "group": None}
    assert [len(fingerprint) for fingerprint in line["certificates"]] == [64, 64]
    assert line["alerts"] == [{"frame": 8, "from": "client", "level": 2, "description": 40}]
    assert line["ending"] == {"by": "server", "how": "fin"}


def test_tls13_has_a_group_and_no_certificates():
    line = handshake_line(examples.handshake("j25.0.2", "base-tls12-13"))
    assert line["client_hello"]["versions"] == ["TLS1.3", "TLS1.2"]
    assert line["key_exchange"] == {"dh_bits": None, "group": 29}
    assert line["certificates"] == []


def test_a_connection_without_tls_is_all_null():
    line = handshake_line(examples.handshake("j8u51", "wire-closed-port"))
    assert line["client_hello"] is line["server_hello"] is line["key_exchange"] is None
    assert line["frames"] == {"client_hello": None, "server_hello": None}


def test_a_report_has_all_keys():
    seen = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    value = report_json(examples.report(examples.diagnosis(seen, also=[seen])), load_words())
    assert value["schema"] == "tlswhy.report/1"
    diagnosis = value["diagnoses"][0]
    assert set(diagnosis) >= DIAGNOSIS_KEYS
    assert diagnosis["connections"] == 2
    assert diagnosis["plans"] == []
    assert diagnosis["survey"] is None
    assert diagnosis["moment"].endswith("Z")
    head = diagnosis["refusals"][0]
    assert head["cause"] == "dh-key-too-small"
    assert head["where"] == [{"item": "captures/dhe-512-tls10-aes128cbc.pcap", "place": "frame 6"}]
    assert head["facts"]["bits"] == 512
    assert head["message"].startswith("the server's Diffie-Hellman prime has 512 bits")
    assert bytes.fromhex(diagnosis["replay"]["hello_hex"])[0] == 1
    assert diagnosis["replay"]["chain_pem"].count("BEGIN CERTIFICATE") == 2
    assert diagnosis["replay"]["trust_pem"] is None
    assert {gap["cause"] for gap in diagnosis["gaps"]} >= {"trust-anchor-missing"}
    assert all(gap["needs"] and gap["how_to_get_it"] for gap in diagnosis["gaps"])
    json.dumps(value)


def test_an_empty_store_is_not_an_unseen_one():
    seen = examples.handshake("j8u51", "base-tls12")
    value = report_json(examples.report(examples.diagnosis(seen, trusts=())), load_words())
    assert value["diagnoses"][0]["replay"]["trust_pem"] == ""


def test_facts_become_plain():
    assert plain(UNSEEN) is None
    assert plain(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00Z"
    assert plain({"a": (1, b"\x0f", None, "x\ud800")}) == {"a": [1, "0f", None, "x?"]}
