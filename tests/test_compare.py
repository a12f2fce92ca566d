import pytest

from tests.oracle import recorded
from tlswhy.compare import compare
from tlswhy.evidence.read import read_evidence
from tlswhy.model.handshake import Handshake
from tlswhy.observe.connections import observe_all
from tlswhy.source import source_of_bytes


def handshake(client: str, case: str) -> Handshake:
    capture = recorded.capture(recorded.row(client, case))
    return observe_all(read_evidence(source_of_bytes(f"{client}.pcap", capture))).handshakes[0]


def test_what_differs_between_the_group_that_works_and_the_one_that_does_not():
    compared = compare(handshake("j8u212", "dhe-1024-tls12-aes256cbc"), handshake("j8u212", "dhe-768-tls12-aes256cbc"))
    assert ("dh-bits", 768, 1024) in compared.differences
    assert {name for name, _, _ in compared.differences} <= {"dh-bits", "certificates"}


def test_another_client_differs_in_what_it_offers():
    compared = compare(handshake("j8u504", "pss-sha384-int"), handshake("j8u212", "pss-sha384-int"))
    assert "offered-schemes" in {name for name, _, _ in compared.differences}
    assert "certificates" not in {name for name, _, _ in compared.differences}


@pytest.mark.parametrize("case", ["base-tls12", "wire-rst", "wire-closed-port"])
def test_a_connection_does_not_differ_from_itself(case: str):
    same = handshake("j8u212", case)
    assert compare(same, same).differences == ()


def test_each_difference_tells_the_bad_one_first():
    good, bad = handshake("j8u212", "base-tls12"), handshake("j8u212", "dhe-768-tls12-aes256cbc")
    compared = compare(good, bad)
    assert (compared.good, compared.bad) == (good, bad)
    told = {name: (of_bad, of_good) for name, of_bad, of_good in compared.differences}
    assert told["suite"] == (0x0039, 0xC013)
    assert told["dh-bits"] == (768, None)
    assert told.keys() <= {"suite", "dh-bits", "certificates", "server-name"}


def test_what_a_refused_hello_never_got_is_none():
    compared = compare(
        handshake("j8u51-unl", "dhe-1024-tls12-aes256cbc"), handshake("j8u51", "dhe-1024-tls12-aes256cbc")
    )
    told = {name: (of_bad, of_good) for name, of_bad, of_good in compared.differences}
    assert told["version"] == (None, 0x0303)
    assert told["certificates"][0] is None
    only_in_good = set(told["offered-suites"][1]) - set(told["offered-suites"][0])
    assert told["suite"][1] in only_in_good


def test_a_name_that_only_one_of_them_asked_for():
    by_address, by_name = handshake("j8u212", "wire-old-server-name-required"), handshake("j8u212", "base-tls12")
    told = {name: rest for name, *rest in compare(by_name, by_address).differences}
    assert told["server-name"] == [None, "gadgets.example.test"]
