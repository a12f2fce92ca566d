"""What judge does beyond the single rules: order, certainty, candidates, gaps, contradictions."""

from dataclasses import replace

import pytest

from tests.cases.retold import handshake
from tests.oracle import recorded
from tests.packets.building import ACK, RST, START_NS, Packet, Talk, ethernet, pcap
from tlswhy.causes import cause_ids, cause_module
from tlswhy.client.unknown import standard_alerts, unknown_client
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.judge import MOST_CANDIDATES, judge
from tlswhy.model.handshake import Outcome
from tlswhy.observe.flight import flight_of
from tlswhy.packets.capture import read_connections
from tlswhy.pki.stores import read_certificates
from tlswhy.situation import Situation, situate
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN, NotSeen
from tlswhy.verdict import Accepted, Certainty

WEAK_GROUP = ("j8u212", "dhe-768-tls12-aes256cbc")
HANDSHAKE_FAILURE, CERTIFICATE_UNKNOWN, CERTIFICATE_EXPIRED, INTERNAL_ERROR = 40, 46, 45, 80


def retold(situation: Situation, seen, **changes: object) -> Situation:
    """The same situation with another connection in it."""
    told = {"client": situation.client, "host": situation.host, "trust": situation.trust, "foretelling": False}
    told |= {"moment": situation.moment, "others": situation.others} | changes
    client = told.pop("client")
    return situate(client, flight_of(seen), handshake=seen, **told)


def ended_with(alert: int, of=WEAK_GROUP, **changes: object):
    """A recorded connection up to the server's flight, then the client's fatal alert of this number."""
    return handshake(*of, turns=2, then=[f"client 15 0303 0002 02 {alert:02x}"], **changes)


def causes_of(verdict) -> list[tuple[str, str]]:
    return [(refusal.cause, refusal.certainty.value) for refusal in verdict.refusals]


@pytest.mark.parametrize(
    ("alerts", "certainty"),
    [
        ({"dh-key-too-small": (HANDSHAKE_FAILURE,), "no-common-group": (HANDSHAKE_FAILURE,)}, "agrees"),
        ({"dh-key-too-small": (HANDSHAKE_FAILURE,), "no-common-group": (47,)}, "shown"),
        ({}, "agrees"),
    ],
    ids=["an alert of many meanings", "an alert of one meaning", "nobody knows its alerts"],
)
def test_the_clients_alert_shows_a_cause_only_where_it_has_one_meaning(situation_of, alerts, certainty: str):
    situation = situation_of(*WEAK_GROUP)
    client = replace(situation.client, alerts=alerts)
    verdict = judge(retold(situation, ended_with(HANDSHAKE_FAILURE), client=client))
    assert causes_of(verdict) == [("dh-key-too-small", certainty)]
    assert verdict.contradictions == ()


def test_an_alert_that_fits_nothing_the_model_finds_contradicts_it(situation_of):
    """8u212 says handshake_failure to a small group; certificate_expired is something else."""
    situation = situation_of(*WEAK_GROUP)
    alerts = {**situation.client.alerts, "cert-expired": (CERTIFICATE_EXPIRED,)}
    verdict = judge(retold(situation, ended_with(CERTIFICATE_EXPIRED), client=replace(situation.client, alerts=alerts)))
    assert causes_of(verdict) == [("cert-expired", "shown"), ("dh-key-too-small", "foretold")]
    assert verdict.refusals[0].facts["by_alert"] is True
    assert verdict.contradictions == (
        {"what": "alert-unlike-model", "cause": "dh-key-too-small", "alert": CERTIFICATE_EXPIRED},
    )


def test_an_alert_that_the_profile_never_sends_means_what_the_rfcs_mean_by_it(situation_of):
    """As where a hello is near Node's: Node itself looks at certificates after the handshake and sends no alert."""
    situation = situation_of("j8u212", "missing-int")
    client = replace(situation.client, alerts={"chain-incomplete": (), "dh-key-too-small": (HANDSHAKE_FAILURE,)})
    verdict = judge(retold(situation, ended_with(48, ("j8u212", "missing-int")), client=client))
    (head,) = verdict.refusals
    unknown_ca = {cause for cause, numbers in standard_alerts().items() if 48 in numbers}
    assert {"chain-incomplete", "trust-anchor-missing"} <= set(head.candidates) <= unknown_ca
    assert verdict.contradictions == ()


def test_what_more_than_one_cause_fits_is_counted(situation_of):
    """The alert alone, nothing of the certificates: the headline says how many causes are left."""
    situation = situation_of("j8u212", "missing-int")
    verdict = judge(retold(situation, ended_with(48, ("j8u212", "missing-int")), trust=UNSEEN))
    head = verdict.refusals[0]
    assert head.cause == "client-gave-up"
    assert head.facts["fitting"] == len(head.candidates) > 1


def test_the_alert_chooses_among_several_findings(situation_of):
    """A small group and a wrong name: the name would be first, but the alert is that of the group."""
    situation = situation_of(*WEAK_GROUP)
    verdict = judge(retold(situation, ended_with(HANDSHAKE_FAILURE), host="other.example.test"))
    assert causes_of(verdict) == [("dh-key-too-small", "agrees"), ("hostname-mismatch", "foretold")]
    assert [contradiction["cause"] for contradiction in verdict.contradictions] == ["hostname-mismatch"]
    named = judge(retold(situation, ended_with(CERTIFICATE_UNKNOWN), host="other.example.test"))
    assert causes_of(named) == [("hostname-mismatch", "agrees"), ("dh-key-too-small", "foretold")]
    assert named.contradictions == ()


def test_refusals_stand_in_the_clients_own_order(situation_of):
    situation = situation_of(*WEAK_GROUP)
    foretold = replace(situation, host="other.example.test", foretelling=True)
    assert [refusal.cause for refusal in judge(foretold).refusals] == ["hostname-mismatch", "dh-key-too-small"]
    order = ("server-answer", "version", "suite", "key-exchange", "chain", "name")
    early = replace(foretold, client=replace(situation.client, check_order=order))
    assert [refusal.cause for refusal in judge(early).refusals] == ["dh-key-too-small", "hostname-mismatch"]


def test_what_came_instead_of_the_servers_answer_is_first(situation_of):
    """The server's alert stands before anything that the client might have minded."""
    situation = situation_of("j8u212", "wire-alert-unrecognized-name-fatal")
    strict = replace(situation.client, offer=replace(situation.client.offer, versions=()))
    verdict = judge(replace(situation, client=strict))
    assert causes_of(verdict)[0] == ("sni-unrecognized", "shown")


def test_a_client_that_left_without_a_readable_alert_agrees_and_shows_nothing(situation_of):
    situation = situation_of(*WEAK_GROUP)
    left = handshake(*WEAK_GROUP, turns=2, then=["client rst"])
    assert causes_of(judge(retold(situation, left))) == [("dh-key-too-small", "agrees")]
    lenient = replace(situation.client, dh=replace(situation.client.dh, policy_min=0))
    assert causes_of(judge(retold(situation, left, client=lenient))) == [("client-gave-up", "agrees")]


def test_candidates_of_a_client_that_left_are_those_that_evidence_leaves_open_likeliest_first(situation_of):
    situation = situation_of("j17.0.9", "base-tls12-13")
    seen = handshake(
        "j17.0.9", "base-tls12-13", keys=False, turns=2, then=["client 17 0303 0013" + "ab" * 19, "client fin"]
    )
    (gave_up,) = judge(retold(situation, seen)).refusals
    assert (gave_up.cause, gave_up.certainty) == ("client-gave-up", Certainty.AGREES)
    assert gave_up.candidates[:2] == ("trust-anchor-missing", "chain-incomplete")
    assert len(gave_up.candidates) == MOST_CANDIDATES


def test_a_capture_that_ends_early_is_judged_as_foretold(situation_of):
    situation = situation_of(*WEAK_GROUP)
    seen = handshake(*WEAK_GROUP, turns=2)
    assert seen.outcome is Outcome.OPEN
    assert causes_of(judge(retold(situation, seen))) == [("dh-key-too-small", "foretold")]


FINISHED_AND_LEFT = ("node18.20.8", "expired-leaf")


def test_a_client_that_looks_at_certificates_afterwards_is_believed_when_it_leaves(situation_of):
    situation = situation_of(*FINISHED_AND_LEFT)
    assert situation.handshake.outcome is Outcome.COMPLETED
    verdict = judge(situation)
    assert (verdict.accepted, causes_of(verdict)) == (Accepted.NO, [("cert-expired", "agrees")])
    assert verdict.contradictions == ()


def test_a_client_that_looks_first_has_accepted_what_it_finished(situation_of):
    situation = situation_of(*FINISHED_AND_LEFT)
    verdict = judge(replace(situation, client=replace(situation.client, checks_after_handshake=frozenset())))
    assert (verdict.accepted, verdict.refusals) == (Accepted.YES, ())
    assert [contradiction["cause"] for contradiction in verdict.contradictions] == ["cert-expired"]


def test_a_client_that_sent_a_request_has_accepted_whatever_it_looks_at_afterwards(situation_of):
    situation = situation_of("node18.20.8", "base-tls12")
    late = judge(replace(situation, moment=situation.flight.chain[0].not_after.replace(year=2400)))
    assert (late.accepted, late.refusals) == (Accepted.YES, ())
    assert judge(situation_of("node18.20.8", "base-tls12-13")).accepted is Accepted.YES


def test_without_trust_nobody_knows_why_a_client_left_that_looks_afterwards(situation_of):
    situation = situation_of("node18.20.8", "untrusted-root")
    unseen = retold(situation, situation.handshake, trust=UNSEEN)
    assert judge(unseen).accepted is Accepted.CANNOT_TELL
    assert "trust" in {gap.needs for gap in judge(unseen).gaps}


def test_what_a_server_says_to_a_client_that_has_left_is_no_refusal(situation_of):
    """Node breaks off without an alert; the server's decode_error comes after its FIN."""
    verdict = judge(situation_of("node18.20.8", "dhe-768-tls12-aes256cbc"))
    assert causes_of(verdict) == [("dh-key-too-small", "agrees")]


def test_nobody_foretells_that_an_unknown_client_accepts(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    stranger = replace(situation, client=unknown_client(situation.handshake.hello), trust=situation.flight.chain[1:])
    assert judge(stranger).accepted is Accepted.YES
    foretold = judge(replace(stranger, foretelling=True))
    assert (foretold.accepted, [gap.needs for gap in foretold.gaps]) == (Accepted.CANNOT_TELL, ["client-profile"])


def test_a_crash_is_visible_beside_a_handshake_that_finished(situation_of, crashing):
    verdict = judge(situation_of("j8u212", "base-tls12"))
    assert (verdict.accepted, [gap.needs for gap in verdict.gaps]) == (Accepted.YES, ["cause-crashed"])


def test_a_crash_makes_a_foretold_yes_a_cannot_tell(situation_of, crashing):
    situation = situation_of("j8u212", "base-tls12")
    verdict = judge(replace(situation, foretelling=True, trust=situation.flight.chain[1:]))
    assert verdict.accepted is Accepted.CANNOT_TELL


def test_another_client_that_got_in_shows_the_reason(situation_of):
    """8u51 as shipped has no AES-256; the server that refuses it serves one that has."""
    alone = situation_of("j8u51", "dhe-1024-tls12-aes256cbc")
    good = handshake("j8u51-unl", "dhe-1024-tls12-aes256cbc")
    (bare,) = judge(alone).refusals
    (decided,) = judge(replace(alone, others=(good,))).refusals
    assert (bare.cause, decided.cause) == ("server-alert", "no-common-cipher")
    assert "server-misconfigured" in bare.candidates
    assert (decided.by, decided.certainty, decided.candidates) == ("server", Certainty.AGREES, ())


def test_what_was_seen_wins_and_the_difference_is_reported(situation_of):
    """The handshake finished; the policy is made to refuse what it took: accepted, with a contradiction."""
    situation = situation_of("j8u212", "dhe-1024-tls12-aes256cbc")
    strict = replace(situation.client, dh=replace(situation.client.dh, policy_min=2048))
    verdict = judge(replace(situation, client=strict))
    assert verdict.accepted is Accepted.YES
    assert verdict.refusals == ()
    assert [contradiction["cause"] for contradiction in verdict.contradictions] == ["dh-key-too-small"]


def test_foretelling_the_same_is_a_refusal_without_a_contradiction(situation_of):
    situation = situation_of("j8u212", "dhe-1024-tls12-aes256cbc")
    strict = replace(situation.client, dh=replace(situation.client.dh, policy_min=2048))
    verdict = judge(replace(situation, client=strict, foretelling=True))
    assert verdict.accepted is Accepted.NO
    assert [(r.cause, r.certainty) for r in verdict.refusals] == [("dh-key-too-small", Certainty.FORETOLD)]
    assert verdict.contradictions == ()


def test_nothing_is_accepted_while_trust_was_not_seen(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    assert situation.trust is UNSEEN
    assert judge(situation).accepted is Accepted.YES
    foretold = judge(replace(situation, foretelling=True))
    assert foretold.accepted is Accepted.CANNOT_TELL
    assert {gap.needs for gap in foretold.gaps} >= {"trust"}
    assert "trust-anchor-missing" in {gap.cause for gap in foretold.gaps}


def test_every_cause_is_answered_for(situation_of):
    """Found, ruled out or open: no cause is lost, but those that only who asks can tell."""
    verdict = judge(replace(situation_of("j8u212", "dhe-768-tls12-aes256cbc"), foretelling=True))
    answered = (
        {refusal.cause for refusal in verdict.refusals} | set(verdict.ruled_out) | {g.cause for g in verdict.gaps}
    )
    assert set(cause_ids()) - answered <= {
        "cert-profile-violation",  # strict clients alone are asked
        "client-gave-up",
        "dns-failed",
        "host-unreachable",
        "http-error",
        "gadget-invalid",
        "handshake-message-unexpected",  # arises only where a message stands out of turn
        "handshake-value-illegal",  # arises only where an answer deviates
    }


@pytest.mark.parametrize("case", ["base-tls12", "sig-md5-leaf", "trust-empty", "wire-closed-port", "base-tls12-13"])
def test_what_is_asked_once_for_all_paths_is_what_each_cause_finds(situation_of, case: str):
    """A sound path, one with objections, none because TLS 1.3 hides it, none at all; with and without trust."""
    row = next(row for row in recorded.rows() if row["case"] == case)
    told = situation_of(row["client"], case)
    trust = tuple(entry.certificate for entry in read_certificates(recorded.trust(row)))
    known = situate(
        told.client,
        told.flight,
        handshake=told.handshake,
        host=told.host,
        moment=told.moment,
        trust=trust,
        foretelling=True,
    )
    of_the_path = [cause for cause in cause_ids() if getattr(cause_module(cause), "OF_THE_PATH", False)]
    assert len(of_the_path) > 10
    without = replace(told, flight=replace(told.flight, chain=None), path=UNSEEN, foretelling=True)
    for situation in (known, without, replace(told, foretelling=True)):
        verdict = judge(situation)
        expected = {cause: asked(cause_module(cause).check, situation) for cause in of_the_path}
        gaps = {gap.cause: gap.needs for gap in verdict.gaps}
        assert {cause: found for cause, found in expected.items() if isinstance(found, str)} == {
            cause: gaps[cause] for cause in of_the_path if cause in gaps
        }
        assert {cause for cause, found in expected.items() if found == []} == set(verdict.ruled_out) & set(of_the_path)


def asked(check, situation) -> list[object] | str:
    """What a cause finds, or what it misses."""
    try:
        return list(check(situation))
    except NotSeen as missing:
        return missing.needs


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch):
    """A cause that fails."""

    def crash(situation):
        raise ZeroDivisionError

    monkeypatch.setattr("tlswhy.causes.dh_key_too_large.check", crash)
    judge.__globals__["_cause"].cache_clear()
    yield
    judge.__globals__["_cause"].cache_clear()


def test_a_crash_in_one_cause_is_a_gap_and_hides_no_other(situation_of, crashing):
    verdict = judge(situation_of("j8u212", "dhe-768-tls12-aes256cbc"))
    assert [refusal.cause for refusal in verdict.refusals] == ["dh-key-too-small"]
    assert [(gap.cause, gap.facts) for gap in verdict.gaps if gap.needs == "cause-crashed"] == [
        ("dh-key-too-large", {"error": "ZeroDivisionError"})
    ]


def test_a_bare_refusal_has_at_most_eight_candidates(situation_of):
    verdict = judge(situation_of("j8u212", "suite-rc4-rsa"))
    (refusal,) = verdict.refusals
    assert (refusal.cause, refusal.certainty) == ("server-alert", Certainty.SHOWN)
    assert 1 <= len(refusal.candidates) <= 8
    assert "no-common-cipher" in refusal.candidates


def test_a_version_that_another_client_got_is_hardly_the_reason(situation_of):
    """The alert's record is older than the offer, which points at the version; a client that got TLS 1.2 does not."""
    alone = situation_of("j17.0.9", "suite-des-rsa")
    (bare,) = judge(alone).refusals
    (decided,) = judge(replace(alone, others=(handshake("j8u212", "base-tls12"),))).refusals
    assert bare.candidates[0] == "no-common-version"
    assert decided.candidates[-1] == "no-common-version"


def test_the_servers_word_stands_before_what_the_client_would_have_minded(situation_of):
    """unrecognized_name came before the certificates, which would have met an empty trust store."""
    situation = situation_of("j8u212", "wire-sni-warning")
    verdict = judge(retold(situation, situation.handshake, trust=()))
    assert causes_of(verdict)[:2] == [("sni-unrecognized", "shown"), ("trust-store-empty", "foretold")]
    foretold = judge(retold(situation, situation.handshake, trust=(), foretelling=True))
    assert [refusal.cause for refusal in foretold.refusals][:2] == ["sni-unrecognized", "trust-store-empty"]


def test_what_is_checked_in_the_handshake_was_no_reason_to_leave_behind_it(situation_of):
    """Apache HttpClient leaves a name for later, never the chain."""
    situation = situation_of("j8u212", "base-tls12", "java/8u212@httpclient-4.1")
    left = handshake("j8u212", "base-tls12", turns=6, then=["client fin"])
    late = judge(retold(situation, left, host="other.example.test"))
    assert causes_of(late) == [("hostname-mismatch", "agrees")]
    untrusted = judge(retold(situation, left, trust=()))
    assert (untrusted.accepted, len(untrusted.contradictions)) == (Accepted.YES, 1)


POLICY = b"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_DHE_RSA_WITH_AES_256_GCM_SHA384\n"


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("suites.txt", POLICY, "no-common-cipher"),
        ("suites.txt", b"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA\n", "connection-reset"),
        ("nginx.conf", b"ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384;", "connection-reset"),
    ],
    ids=["Windows", "served", "OpenSSL would have sent an alert"],
)
def test_a_server_that_breaks_off_has_the_reason_of_its_configuration(name: str, text: bytes, cause: str):
    """java/8u51 has no AES-256: http.sys ends such connections without a word."""
    row = recorded.row("j8u51", "dhe-512-tls12-aes256cbc")
    (connection,) = read_connections(source_of_bytes("x", recorded.capture(row)))
    talk = Talk().open().client_sends(connection.pieces[0].data).server_sends(flags=RST | ACK)
    frames = [Packet(ethernet(frame), START_NS + number) for number, frame in enumerate(talk.frames)]
    evidence = [
        *read_evidence(source_of_bytes("c.pcap", pcap(frames))),
        *read_evidence(source_of_bytes(name, text)),
    ]
    (found,) = diagnose(evidence, plans=False).diagnoses
    head = found.verdict.refusals[0]
    assert head.cause == cause
    assert [where.item for where in head.where] == (["c.pcap"] if cause == "connection-reset" else ["c.pcap", name])


@pytest.mark.parametrize(
    ("client", "case"),
    [("j8u212", case) for case in ("wire-alert-handshake-failure", "wire-http", "wire-rst", "wire-closed-port")],
)
def test_what_the_wire_shows_has_its_source_too(situation_of, client: str, case: str):
    (refusal,) = judge(situation_of(client, case)).refusals
    assert refusal.sources, refusal.cause
    assert {source.kind for source in refusal.sources} <= {"standard", "measured", "source-code"}
