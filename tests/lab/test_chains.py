import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tlswhy.lab.cases import find_cases
from tlswhy.lab.chains import Authority
from tlswhy.lab.keys import KeyPool
from tlswhy.pki.certificate import read_certificate

MOMENT = datetime(2027, 5, 4, 3, 2, 1, tzinfo=UTC)
AUTHORITY = Authority(MOMENT, KeyPool(os.urandom))


def chain_of(case):
    return AUTHORITY.issue_chain(*find_cases([case]))


def test_what_is_served_is_signed_by_what_stands_above_it():
    credentials = chain_of("chain-of-twelve")
    served = [*map(read_certificate, credentials.served), read_certificate(credentials.trusted[0])]
    assert len(credentials.served) == 12
    for below, above in pairwise(served):
        assert below.issuer == above.subject
    assert served[0].public_key.spki == credentials.key.spki


def test_times_are_those_of_the_moment_given():
    leaf = read_certificate(chain_of("leaf-expired").served[0])
    assert leaf.not_after == MOMENT - timedelta(days=1)
    leaf = read_certificate(chain_of("leaf-expired-healthy").served[0])
    assert leaf.not_before < MOMENT < leaf.not_after


def test_what_two_cases_want_alike_is_issued_once():
    assert chain_of("leaf-expired").served[1] == chain_of("dh-768").served[1]
    assert chain_of("leaf-expired").served[0] != chain_of("dh-768").served[0]


def test_a_root_of_the_same_name_has_another_key():
    credentials = chain_of("root-of-same-name")
    (impostor,) = map(read_certificate, credentials.trusted)
    (root,) = map(read_certificate, chain_of("healthy").trusted)
    assert impostor.subject == root.subject
    assert impostor.public_key.spki != root.public_key.spki
