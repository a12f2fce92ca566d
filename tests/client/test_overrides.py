"""java.security at hand: its values instead of the shipped ones."""

from tlswhy.client.overrides import read_override
from tlswhy.client.profiles import load_client
from tlswhy.client.unknown import unknown_client
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import SecurityProperties
from tlswhy.source import source_of_bytes

TLS10, TLS11, TLS12, TLS13 = 0x0301, 0x0302, 0x0303, 0x0304


def given(text: str) -> SecurityProperties:
    (found,) = read_evidence(source_of_bytes("java.security", text.encode()))
    assert isinstance(found, SecurityProperties)
    return found


def client(name: str, text: str):
    override = read_override(given(text))
    assert override.oddities == ()
    policy = load_client(name).members[0]
    return policy, override.applied_to(policy)


def test_a_stricter_file_forbids_more():
    before, after = client(
        "java/8u212", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, DH keySize < 2048, RC4, TLS_*_CBC_*"
    )
    assert (before.dh.policy_min, after.dh.policy_min) == (1024, 2048)
    assert (TLS10 in before.offer.versions, after.offer.versions) == (True, (TLS12,))
    assert after.disabled_certpath == before.disabled_certpath
    assert after.sources[0].text == "java.security: jdk.tls.disabledAlgorithms (line 1)"


def test_suites_go_with_their_algorithms_and_signals_stay():
    shipped = load_client("java/17.0.20").members[0].disabled_tls
    before, after = client("java/17.0.20", f"jdk.tls.disabledAlgorithms={shipped}, TLS_ECDHE_ECDSA_*, DH")
    assert set(after.offer.suites) < set(before.offer.suites)
    assert {0xC02C, 0x0039} <= set(before.offer.suites)
    assert not {0xC02C, 0x0039} & set(after.offer.suites)
    assert 0x00FF in after.offer.suites


def test_wildcards_mean_nothing_to_a_release_that_does_not_know_them():
    shipped = load_client("java/17.0.9").members[0].disabled_tls
    before, after = client("java/17.0.9", f"jdk.tls.disabledAlgorithms={shipped}, TLS_ECDHE_ECDSA_*")
    assert after.offer.suites == before.offer.suites


def test_what_only_the_shipped_file_forbids_comes_back():
    before, after = client("java/17.0.20", "jdk.tls.disabledAlgorithms=SSLv3")
    assert {0x009C, 0xC004, 0x000A} <= set(after.offer.suites) - set(before.offer.suites)
    assert 0x0201 in set(after.offer.schemes) - set(before.offer.schemes)
    assert TLS10 in after.offer.versions


def test_versions_that_only_the_shipped_file_forbade_come_back():
    before, after = client("java/17.0.9", "jdk.tls.disabledAlgorithms=SSLv3")
    assert before.offer.versions == (TLS13, TLS12)
    assert after.offer.versions == (TLS13, TLS12, TLS11, TLS10)


def test_certificates_are_judged_by_the_file():
    _, after = client("java/8u212", "jdk.certpath.disabledAlgorithms=MD2, SHA256")
    assert after.disabled_certpath == "MD2, SHA256"
    assert after.path_rules != load_client("java/8u212").members[0].path_rules


def test_a_broken_entry_is_told_with_its_line_and_the_rest_counts():
    text = "# x\njdk.tls.disabledAlgorithms=SSLv3, DH keySize ~ 7, RSA keySize < 2048\n"
    override = read_override(given(text))
    (oddity,) = override.oddities
    assert (oddity.what, oddity.place, oddity.facts["entry"]) == ("constraint-unreadable", "line 2", "DH keySize ~ 7")
    assert override.applied_to(load_client("java/8u212").members[0]).disabled_tls == "SSLv3, RSA keySize < 2048"


def test_other_properties_change_nothing():
    policy = load_client("java/8u212").members[0]
    assert read_override(given("security.provider.1=SUN\njdk.tls.legacyAlgorithms=RC4")).applied_to(policy) is policy


def test_a_client_that_is_no_java_is_left_alone():
    other = unknown_client(None)
    assert read_override(given("jdk.tls.disabledAlgorithms=DH")).applied_to(other) is other
