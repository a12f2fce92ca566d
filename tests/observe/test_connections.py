import pytest

from tests.oracle import recorded
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Role, Secrets, ShownCertificates, Transcript
from tlswhy.model.handshake import Handshake, Told
from tlswhy.observe.connections import ENOUGH_TO_COMPARE, never_reached_tls, observe_all, observe_stream, spoke_tls
from tlswhy.observe.handshake import observe
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes
from tlswhy.wire.keylog import KeyLog

TLS13 = recorded.row("j17.0.9", "base-tls12-13")


def evidence_of(client: str, case: str):
    return list(read_evidence(source_of_bytes(f"{client} {case}", recorded.capture(recorded.row(client, case)))))


def keys_of(row):
    return list(read_evidence(source_of_bytes("keys.txt", recorded.keylog(row) or b"")))


def test_secrets_open_connections_wherever_they_stand():
    capture, keys = evidence_of("j17.0.9", "base-tls12-13"), keys_of(TLS13)
    for evidence in (capture + keys, keys + capture):
        (handshake,) = observe_all(evidence).handshakes
        assert isinstance(handshake.certificates, Told)
    (unread,) = observe_all(capture).handshakes
    assert not isinstance(unread.certificates, Told)


def test_a_stream_uses_the_secrets_met_so_far():
    capture, keys = evidence_of("j17.0.9", "base-tls12-13"), keys_of(TLS13)
    first = next(item for item in observe_stream(keys + capture) if isinstance(item, Handshake))
    late = next(item for item in observe_stream(capture + keys) if isinstance(item, Handshake))
    assert isinstance(first.certificates, Told)
    assert not isinstance(late.certificates, Told)


def test_only_the_wanted_ones_stay():
    evidence = evidence_of("j8u212", "base-tls12") + evidence_of("j8u212", "wire-rst")
    observed = observe_all(evidence, lambda handshake: handshake.server_hello is not None)
    assert [handshake.item for handshake in observed.handshakes] == ["j8u212 base-tls12"]


def test_certificates_go_where_their_role_says():
    served, trusted = (ShownCertificates("a", role, (b"0",), ()) for role in (Role.SERVED, Role.TRUSTED))
    observed = observe_all([served, trusted])
    assert (observed.served, observed.trusted) == ([served], [trusted])


def test_a_handful_of_others_is_enough_to_compare():
    evidence = evidence_of("j8u212", "base-tls12")
    observed = observe_all(evidence * (ENOUGH_TO_COMPARE + 3))
    assert len(observed.same_server(observed.handshakes[0])) == ENOUGH_TO_COMPARE - 1
    assert len(observed.same_server(observed.handshakes[-1])) == ENOUGH_TO_COMPARE


def test_what_reached_tls_and_what_did_not():
    for case, reached in (("base-tls12", True), ("wire-rst", True), ("wire-silent", True), ("wire-closed-port", False)):
        (handshake,) = observe_all(evidence_of("j8u212", case)).handshakes
        assert (spoke_tls(handshake), never_reached_tls(handshake)) == (reached, not reached), case


def test_each_connection_is_read_twice_at_most_however_many_logs_there_are(monkeypatch: pytest.MonkeyPatch):
    read: list[Transcript] = []

    def counting(transcript: Transcript, keys: KeyLog | None = None) -> Handshake:
        read.append(transcript)
        return observe(transcript, keys)

    monkeypatch.setattr("tlswhy.observe.connections.observe", counting)
    unrelated = [Secrets("keys.txt", f"CLIENT_RANDOM {number:064x} {number:096x}\n") for number in range(20)]
    capture = evidence_of("j17.0.9", "base-tls12-13")
    handshakes = observe_all([item for log in unrelated for item in (*capture, log)] + keys_of(TLS13)).handshakes
    assert len(read) == 2 * 20
    assert all(isinstance(handshake.certificates, Told) for handshake in handshakes)


def test_what_waits_for_keys_is_let_go_where_there_is_too_much_of_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tlswhy.observe.connections.MOST_WAITING_FOR_KEYS", 3)
    capture = evidence_of("j17.0.9", "base-tls12-13")
    handshakes = observe_all([*capture * 2, *keys_of(TLS13), *capture * 3]).handshakes
    assert [isinstance(handshake.certificates, Told) for handshake in handshakes] == [True] * 5
    late = observe_all([*capture * 4, *keys_of(TLS13)]).handshakes
    assert [isinstance(handshake.certificates, Told) for handshake in late] == [False] * 3 + [True]


def test_facts_and_oddities_are_kept_and_those_of_tls_connections_come_behind():
    cut = recorded.capture(recorded.row("j8u212", "base-tls12"))[:-3]
    observed = observe_all([*read_evidence(source_of_bytes("cut.pcap", cut)), Oddity("planted", item="b")])
    assert [facts.item for facts in observed.facts] == ["cut.pcap"]
    assert [(oddity.what, oddity.item) for oddity in observed.oddities][-1] == ("planted", "b")
    assert list(observed.all_oddities())[: len(observed.oddities)] == observed.oddities
