"""Set up twice over: a java.security of its own, and properties on the command line."""

from tlswhy.client.choose import choose_clients
from tlswhy.client.profiles import load_client
from tlswhy.client.set_up import as_set_up, read_set_up
from tlswhy.evidence.read import read_evidence
from tlswhy.source import source_of_bytes


def given(name: str, text: str):
    return list(read_evidence(source_of_bytes(name, text.encode())))


def test_both_apply_and_both_are_sources():
    file = given("java.security", "jdk.tls.disabledAlgorithms=SSLv3, DH keySize < 2048\n")
    line = given("start.sh", "java -Djdk.tls.client.protocols=TLSv1.2 -jar app.jar\n")
    (choice,) = choose_clients((load_client("java/17.0.9"),), None)
    found = as_set_up(choice, read_set_up([*file, *line]), None)
    (member,) = found.members
    assert (member.dh.policy_min, member.offer.versions) == (2048, (0x0303,))
    assert [source.text.partition(":")[0] for source in found.sources[:2]] == ["start.sh", "java.security"]


def test_nothing_given_changes_nothing():
    (choice,) = choose_clients((load_client("java/17.0.9"),), None)
    assert as_set_up(choice, read_set_up([]), None) == choice
