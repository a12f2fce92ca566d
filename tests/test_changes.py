"""What each change does to a trial: the certificates, the trust, the server's answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.oracle import recorded
from tests.pki.minting import mint, name
from tlswhy.changes import (
    DropClientCertificate,
    EnableVersion,
    InstallMatchingKey,
    KnowName,
    NameFewerAuthorities,
    OrderSuites,
    RaiseLimit,
    ReissueCertificate,
    ReissueUnder,
    ServeChain,
    SignWith,
    TrustRoot,
    UpgradeClient,
    UseDhGroup,
    UseGroups,
    UseName,
)
from tlswhy.client.profiles import load_client
from tlswhy.judge import judge
from tlswhy.model.flight import SignedExchange
from tlswhy.model.settings import ServerSettings
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.distinguished import DistinguishedName
from tlswhy.pki.reissue import Reissue, reissued, stand_in
from tlswhy.pki.stores import read_certificates
from tlswhy.situation import assumed_flight
from tlswhy.trial import Trial
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import TLS12, group_number, scheme_number, suite_number

ECDHE = suite_number("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
DHE = suite_number("TLS_DHE_RSA_WITH_AES_128_CBC_SHA")
ECDSA = suite_number("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")


@pytest.fixture
def trial() -> Trial:
    return sound_trial()


def sound_trial() -> Trial:
    row = recorded.row("j8u212", "base-tls12")
    chain, trust = (
        tuple(entry.certificate for entry in read_certificates(pem))
        for pem in (recorded.chain(row), recorded.trust(row))
    )
    client = load_client("java/8u212").members[0]
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    flight = assumed_flight(client, chain, ())
    return Trial(client, row["host"], moment, trust, chain, flight, ServerSettings()).answered_anew()


def accepted(trial: Trial) -> bool:
    return judge(trial.situation()).accepted is Accepted.YES


def first_fault(trial: Trial) -> str:
    return judge(trial.situation()).refusals[0].cause


def test_a_server_that_can_do_everything_is_accepted(trial):
    assert accepted(trial)
    assert trial.flight.version == TLS12


def test_the_servers_list_decides_and_the_leafs_key_limits_it(trial):
    ordered = OrderSuites((ECDSA, ECDHE)).apply(trial)
    assert ordered.flight.suite == ECDHE  # the leaf's key is RSA
    assert "suites-available" in ordered.assumed
    assert OrderSuites((DHE,)).apply(trial).flight.suite == DHE
    none = trial.set_up(ServerSettings(suites=(ECDSA,)))
    assert first_fault(none) == "no-common-cipher"
    assert accepted(ReissueCertificate(0, Reissue(key="EC")).apply(none))


def test_the_group_of_a_dhe_suite(trial):
    weak = UseDhGroup(768).apply(OrderSuites((DHE,)).apply(trial))
    assert first_fault(weak) == "dh-key-too-small"
    assert accepted(UseDhGroup(2048).apply(weak))


def test_groups_versions_and_schemes(trial):
    odd = trial.set_up(ServerSettings(suites=(ECDHE,), groups=(group_number("x448"),)))
    assert first_fault(odd) == "no-common-group"
    assert accepted(UseGroups((group_number("secp256r1"),)).apply(odd))
    new = trial.set_up(ServerSettings(versions=(0x0304,)))
    assert first_fault(new) == "no-common-version"
    assert accepted(EnableVersion(TLS12).apply(new))
    pss = trial.set_up(ServerSettings(schemes=(scheme_number("rsa_pss_rsae_sha256"),)))
    assert first_fault(pss) == "no-common-signature-algorithm"
    assert accepted(SignWith((scheme_number("rsa_pkcs1_sha256"),)).apply(pss))


def test_a_ca_with_another_key_signs_its_children_again(trial):
    anew = ReissueCertificate(1, Reissue(key="RSA")).apply(trial)
    assert anew.chain[1].public_key != trial.chain[1].public_key
    assert anew.chain[0].to_be_signed_by == anew.chain[1].public_key
    assert accepted(anew)


def test_a_root_anew_is_trusted_and_signs_again(trial):
    anew = ReissueCertificate(None, Reissue(key="RSA"), 0).apply(trial)
    assert anew.trust[0] != trial.trust[0]
    assert accepted(anew)


def test_trust_and_chain(trial):
    empty = replace(trial, trust=())
    assert first_fault(empty) == "trust-store-empty"
    trusted = TrustRoot(trial.chain[-1].issuer.text).apply(empty)
    assert accepted(trusted)
    assert "root-not-seen" in trusted.assumed
    alone = trial.serving(trial.chain[:1])
    assert first_fault(alone) == "chain-incomplete"
    assert accepted(ServeChain((0,), (trial.chain[0].issuer.text,)).apply(alone))
    crowded = trial.serving((*trial.chain, *trial.trust))
    assert ServeChain((0, 1)).apply(crowded).chain == trial.chain[:2]


def test_names_limits_and_releases(trial):
    asked = replace(trial, host="elsewhere.example")
    assert first_fault(asked) == "hostname-mismatch"
    assert accepted(UseName(trial.host).apply(asked))
    short = replace(trial, client=replace(trial.client, longest_chain=1))
    assert first_fault(short) == "cert-chain-too-long"
    assert accepted(RaiseLimit("longest_chain", 5).apply(short))
    newer = load_client("java/17").members[0]
    assert UpgradeClient(newer).apply(trial).flight == trial.flight
    refused = replace(trial, flight=replace(trial.flight, refused=("no-common-cipher",)))
    assert UpgradeClient(newer).apply(refused).flight.refused == ()


def test_the_servers_other_demands(trial):
    asking = replace(trial, flight=replace(trial.flight, asks_client_certificate=True, warnings=frozenset({112})))
    assert DropClientCertificate().apply(asking).flight.asks_client_certificate is False
    assert KnowName("a.example").apply(asking).flight.warnings == frozenset()


def test_the_key_of_the_certificate_signs_what_it_should(trial):
    wrong = SignedExchange(trial.chain[0].public_key, 0x0401, b"signed", bytes(256))
    mismatched = replace(trial, flight=replace(trial.flight, signed_exchange=wrong))
    assert first_fault(mismatched) == "handshake-signature-invalid"
    assert accepted(InstallMatchingKey().apply(mismatched))


def test_a_leaf_issued_nearer_the_root_leaves_out_what_stood_between(trial):
    root = trial.trust[0]
    lifetime = (trial.chain[0].not_before, trial.chain[0].not_after)
    upper = stand_in(read_named("Upper"), root, lifetime)
    lower = stand_in(read_named("Lower"), upper, lifetime)
    leaf = replace(reissued(trial.chain[0], Reissue(), lower), issuer=lower.subject)
    long = trial.serving((leaf, lower, upper))
    assert accepted(long)
    short = ReissueUnder(2, upper.subject.text).apply(long)
    assert [each.subject for each in short.chain] == [leaf.subject, upper.subject]
    assert accepted(short)


def read_named(common_name: str) -> DistinguishedName:
    return read_certificate(mint(name(common_name)).public_bytes(Encoding.DER)).subject


@pytest.mark.parametrize(("client", "limit"), [("java/17.0.9", 32768), ("go/1.24", 65536), ("go/1.19", 65536)])
def test_a_request_with_fewer_names_is_read_again(trial, client, limit):
    """Go reads larger Certificate messages, and no larger others (crypto/tls, readHandshakeBytes)."""
    named = replace(trial, client=load_client(client).members[0]).answered_anew()
    for size, fits in ((limit, True), (limit + 1, False)):
        long = replace(named, flight=replace(named.flight, request_size=size, authorities=600))
        verdict = judge(long.situation())
        assert (verdict.accepted is Accepted.YES) is fits
        assert judge(NameFewerAuthorities().apply(long).situation()).accepted is Accepted.YES
    assert (verdict.refusals[0].cause, verdict.refusals[0].facts["authorities"]) == ("handshake-message-too-large", 600)
