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
