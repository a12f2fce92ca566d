"""What stands for a client: its own connection, others', files beside it; at which moment, under which name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tests.test_diagnose import NOW, captured, only, shown_chain, trust_of
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadRequest
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Evidence, Role, ShownCertificates, Transcript
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted


def test_the_moment_is_the_captures_own_even_where_a_clock_was_handed_in():
    diagnosis = only(diagnose(captured("j8u212", "base-tls12"), now=datetime(2077, 1, 1, tzinfo=UTC)))
    assert (diagnosis.moment.year, diagnosis.moment.tzinfo) == (2026, UTC)


def test_a_capture_without_times_is_judged_by_the_clock_that_was_handed_in():
    row = recorded.row("j8u212", "base-tls12")
    capture, position = bytearray(recorded.capture(row)), 24
    while position < len(capture):
        size = int.from_bytes(capture[position + 8 : position + 12], "little")
        capture[position : position + 8] = bytes(8)
        position += 16 + size
    evidence = list(read_evidence(source_of_bytes("timeless.pcap", bytes(capture))))
    assert only(diagnose(evidence, now=NOW)).moment == NOW
    with pytest.raises(BadRequest) as missing:
        diagnose(evidence)
    assert missing.value.code == "moment-missing"


def test_trusted_entries_of_the_evidence_are_trust_and_what_cannot_be_read_is_left_out():
    ders = tuple(trust_of("j8u212", "base-tls12"))
    store = ShownCertificates("cacerts", Role.TRUSTED, (b"no certificate", *ders), ())
    evidence = captured("j8u212", "base-tls12")
    found = only(diagnose([*evidence, store], clients=["java/8u212"], foretell=True)).verdict
    assert (found.accepted, found.gaps) == (Accepted.YES, ())
    both = only(diagnose([*evidence, store], clients=["java/8u212"], foretell=True, trust=[])).verdict
    assert both.accepted is Accepted.YES
    unreadable = only(diagnose(evidence, clients=["java/8u212"], foretell=True, trust=[b"no certificate"])).verdict
    assert unreadable.refusals[0].cause == "trust-store-empty"


def test_a_connection_that_never_reached_tls_counts_where_it_is_asked_for():
    refused, healthy = captured("j8u212", "wire-closed-port"), captured("j8u212", "base-tls12")
    by_name = diagnose(refused + healthy, host="gadgets.example.test").diagnoses
    assert {d.verdict.refusals[0].cause for d in by_name if d.verdict.refusals} == {"tcp-refused"}
    chosen = only(diagnose(refused + healthy, only=lambda handshake: handshake.hello is None))
    assert chosen.verdict.refusals[0].cause == "tcp-refused"


def test_a_set_of_runtimes_that_disagree_can_be_told_by_nobody_and_says_what_would():
    """MD5 in a chain: Java 7 and 8 began to refuse it within the years of Finesse 11."""
    row = recorded.row("j8u212", "sig-md5-leaf")
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(row))))
    asked = {"host": row["host"], "now": NOW, "trust": trust_of("j8u212", "sig-md5-leaf")}
    verdict = only(diagnose(chain, clients=["finesse/11"], **asked)).verdict
    assert (verdict.accepted, verdict.refusals) == (Accepted.CANNOT_TELL, ())
    gap, withheld = verdict.gaps
    assert (gap.needs, withheld.needs) == ("client-runtime", "chain-withheld")  # by Windows Server 2012 R2
    assert "java/8u51@httpclient-4.1" in str(gap.facts["accepted"])
    assert "java/8u121@httpclient-4.1" in str(gap.facts["refused"])


def test_a_set_that_agrees_answers_as_one_and_names_its_members():
    row = recorded.row("j8u212", "untrusted-root")
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(row))))
    asked = {"host": row["host"], "now": NOW, "trust": trust_of("j8u212", "untrusted-root")}
    diagnosis = only(diagnose(chain, clients=["finesse/11"], **asked))
    assert (diagnosis.client.id, diagnosis.verdict.refusals[0].cause) == ("finesse/11", "trust-anchor-missing")
    assert len(diagnosis.client.members) > 1


def test_a_captured_hello_narrows_the_set():
    diagnosis = only(diagnose(captured("j8u51-unl", "dhe-1024-tls12-aes256cbc"), clients=["finesse/11"], foretell=True))
    assert diagnosis.client.members == ()
    assert diagnosis.client.policy.runtime == "java/8u51-unlimited"
    assert diagnosis.verdict.refusals[0].cause == "suite-refused-by-vendor"


def test_one_address_of_two_names_is_two_servers():
    """Others' answers for one name tell nothing of the certificates for another one."""
    recording = recorded.capture(recorded.row("j8u212", "base-tls12"))
    renamed = recording.replace(b"gadgets.example.test", b"widgets.example.test", 1)  # the hello comes first
    evidence = [*read_evidence(source_of_bytes("a", recording)), *read_evidence(source_of_bytes("b", renamed))]
    report = diagnose(evidence, clients=["java/17", "java/8u212"], side_by_side=True)
    judged = {(diagnosis.client.id, diagnosis.host) for diagnosis in report.diagnoses}
    names = ("gadgets.example.test", "widgets.example.test")
    assert judged == {(client, name) for client in ("java/17", "java/8u212") for name in names}


def test_a_chain_beside_a_connection_that_encrypts_its_own_is_joined_to_it():
    """TLS 1.3 without keys: the gap asks for keys or for the chain as a file."""
    evidence = captured("j17.0.9", "proto-tls13-only")
    asked = {"clients": ["java/17.0.9"], "trust": trust_of("j8u212", "untrusted-root"), "foretell": True}
    unread = only(diagnose(evidence, **asked)).verdict
    assert (unread.accepted, {gap.needs for gap in unread.gaps}) == (Accepted.CANNOT_TELL, {"keys"})
    chain = shown_chain("j17.0.9", "proto-tls13-only")
    for order in (evidence + chain, chain + evidence):
        refusal = only(diagnose(order, **asked)).verdict.refusals[0]
        assert (refusal.cause, refusal.where[0].item) == ("trust-anchor-missing", "chain.pem")
    asked["trust"] = trust_of("j17.0.9", "proto-tls13-only")
    joined = only(diagnose(evidence + chain, **asked)).verdict
    assert joined.accepted is Accepted.CANNOT_TELL
    assert {gap.cause for gap in joined.gaps} == {"client-cert-required", "no-common-signature-algorithm"}


def test_a_chain_beside_connections_is_nobodys_where_it_is_not_clear_whose():
    evidence = captured("j17.0.9", "proto-tls13-only")
    chain, other = shown_chain("j17.0.9", "proto-tls13-only"), shown_chain("j8u212", "untrusted-root")
    asked = {"clients": ["java/17.0.9"], "trust": [], "foretell": True}
    assert only(diagnose(evidence + chain, **asked)).verdict.accepted is Accepted.NO
    assert only(diagnose(evidence + chain + other, **asked)).verdict.accepted is Accepted.CANNOT_TELL
    two_servers = diagnose(evidence + chain + captured("j17.0.9", "suite13-chacha20"), **asked).diagnoses
    assert {diagnosis.verdict.accepted for diagnosis in two_servers} == {Accepted.CANNOT_TELL}


def test_a_configuration_beside_several_servers_is_only_that_of_the_names_in_it():
    one, another = captured("j8u51", "dhe-512-tls12-aes256cbc"), captured("j8u212", "base-tls12")

    def cause(text: bytes, *evidence: list[Evidence]) -> str:
        configuration = read_evidence(source_of_bytes("nginx.conf", text))
        found = diagnose([*configuration, *(item for part in evidence for item in part)], plans=False)
        return next(head.cause for each in found.diagnoses for head in each.verdict.refusals)

    suites = b"ssl_ciphers ECDHE-RSA-CHACHA20-POLY1305;"
    block = b"server { listen 443 ssl; server_name %s; " + suites + b"}"
    assert cause(suites, one) == "no-common-cipher"
    assert cause(suites, one, another) == "server-alert"
    assert cause(block % b"gadgets.example.test", one, another) == "no-common-cipher"
    assert cause(block % b"other.example.test", one, another) == "server-alert"


CHAIN = ("j8u212", "base-tls12")


def before(text: bytes, *evidence: list[Evidence], client: str = "java/8u51", name: str = "nginx.conf"):
    """The verdict for a client of which there is no connection, before a server so set up."""
    configuration = read_evidence(source_of_bytes(name, text))
    everything = [*configuration, *(item for part in evidence for item in part)]
    host, trust = recorded.row(*CHAIN)["host"], trust_of(*CHAIN)
    return only(diagnose(everything, clients=[client], host=host, trust=trust, moment=NOW, plans=False))


def test_certificates_are_served_as_the_configuration_says():
    """Without it a handshake that suits the client is assumed."""
    chain = shown_chain(*CHAIN)
    assert before(b"ssl_protocols TLSv1.2;", chain).verdict.accepted is Accepted.YES
    (refusal,) = before(b"ssl_protocols TLSv1.3;", chain).verdict.refusals
    assert (refusal.cause, refusal.where[0].place) == ("no-common-version", "line 1")
    open_ = before(b"ssl_protocols TLSv1.2; ssl_ciphers DHE-RSA-AES256-SHA;", chain, client="java/7u25").verdict
    assert open_.accepted is not Accepted.YES, "the size of its group is not told"


def test_windows_answers_in_its_own_order():
    """java/8u51 computes with primes of 2048 bits, not with those of 4096."""
    registry = (
        b"Windows Registry Editor Version 5.00\n[HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL"
        b'\\00010002]\n"Functions"="TLS_DHE_RSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"\n'
        b'[HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"CurrentBuild"="14393"\n'
    )
    size = (
        b"[HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\KeyExchangeAlgorithms\\Diffie-Hellman]\n"
        b'"ServerMinKeyBitLength"=dword:00001000\n'
    )
    usual = before(registry, shown_chain(*CHAIN), name="tls.reg")
    assert (usual.verdict.accepted, usual.situation.flight.dh.prime_bits) == (Accepted.YES, 2048)
    large = before(registry + size, shown_chain(*CHAIN), name="tls.reg")
    assert [refusal.cause for refusal in large.verdict.refusals] == ["dh-key-too-large"]


def test_a_configuration_alone_shows_a_refusal_and_nothing_else():
    assert before(b"ssl_protocols TLSv1.3;").verdict.refusals[0].cause == "no-common-version"
    served = before(b"ssl_protocols TLSv1.2; ssl_ciphers HIGH;").verdict
    assert (served.accepted, served.refusals) == (Accepted.CANNOT_TELL, ())
    assert diagnose(read_evidence(source_of_bytes("nginx.conf", b"ssl_protocols TLSv1.3;"))).diagnoses == ()


def test_of_several_configurations_any_may_be_the_servers():
    block = "server {{ listen 443 ssl; server_name {0}; ssl_protocols {1}; ssl_ciphers HIGH; }}\n"
    both = (block.format("a.example", "TLSv1.3") + block.format("b.example", "TLSv1.3")).encode()
    assert before(both, shown_chain(*CHAIN)).verdict.refusals[0].cause == "no-common-version"
    connector = '<Connector port="{0}" SSLEnabled="true"><SSLHostConfig protocols="{1}"/></Connector>'
    server = f"<Server>{connector.format(8443, 'TLSv1.2')}{connector.format(9443, 'TLSv1.3')}</Server>".encode()
    either = before(server, shown_chain(*CHAIN), name="server.xml").verdict
    assert (either.accepted, either.gaps[0].needs) == (Accepted.CANNOT_TELL, "server-choice")


def test_of_several_connectors_the_one_at_that_port():
    row = ("j8u51", "dhe-512-tls12-aes256cbc")
    port = only(diagnose(captured(*row), plans=False)).handshakes[0].server.port
    connector = '<Connector port="{0}" SSLEnabled="true"><SSLHostConfig ciphers="{1}"/></Connector>'
    there = connector.format(port, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_256_CBC_SHA")
    text = f"<Server>{connector.format(port + 1, 'HIGH')}{there}</Server>".encode()
    told = list(read_evidence(source_of_bytes("server.xml", text)))
    assert only(diagnose([*captured(*row), *told], plans=False)).verdict.refusals[0].cause == "no-common-cipher"


def test_the_certificates_that_a_configuration_names_are_its():
    other = [replace(each, item="other.pem") for each in shown_chain("j8u212", "expired-leaf")]
    own = [replace(each, item="site.pem") for each in shown_chain(*CHAIN)]
    told = b"server { listen 443 ssl; ssl_certificate /etc/nginx/site.pem; ssl_protocols TLSv1.2; }"
    found = before(told, other, own, client="java/8u212")
    assert (found.verdict.accepted, found.situation.flight.assumed) == (Accepted.YES, True)


def test_what_another_client_got_and_the_configuration_together():
    """Its ServerHello is borne out by the file, so that the file tells what another client gets, too."""
    row = ("j8u212", "base-tls12")
    told = b"ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-SHA; ssl_prefer_server_ciphers on;"
    assert before(told, captured(*row), client="java/17.0.9").verdict.accepted is Accepted.YES
    other = b"ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA; ssl_prefer_server_ciphers on;"
    found = before(other, captured(*row), client="java/17.0.9").verdict
    assert [facts["what"] for facts in found.contradictions] == ["configuration-unlike-answer"]


def test_what_a_connection_shows_itself_outdoes_a_file():
    evidence = captured("j8u212", "base-tls12") + shown_chain("j8u212", "expired-leaf")
    asked = {"clients": ["java/8u212"], "trust": trust_of("j8u212", "base-tls12"), "foretell": True}
    assert only(diagnose(evidence, **asked)).verdict.accepted is Accepted.YES


def test_a_time_beyond_the_calendar_is_a_moment_like_another():
    """A pcapng may count seconds in 64 bits."""
    told = [
        replace(item, connection=replace(item.connection, first_time_ns=1 << 90, last_time_ns=1 << 91))
        if isinstance(item, Transcript)
        else item
        for item in captured("j8u212", "dhe-768-tls12-aes128cbc")
    ]
    log = source_of_bytes(
        "server.log",
        b"2026-11-20 10:00:00 javax.net.ssl.SSLHandshakeException: "
        b"DHPublicKey does not comply to algorithm constraints\n",
    )
    diagnosis = only(diagnose([*told, *read_evidence(log)], clients=["java/8u212"]))
    assert diagnosis.verdict.refusals[0].cause == "dh-key-too-small"
    assert diagnosis.moment.year == 9999
