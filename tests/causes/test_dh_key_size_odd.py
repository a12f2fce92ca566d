from dataclasses import replace

import pytest

from tlswhy.causes.dh_key_size_odd import check
from tlswhy.unseen import NotSeen
from tlswhy.wire.messages import DhParameters


def _with_prime(situation, bits: int):
    parameters = DhParameters((1 << bits) - 1, 2, 3)
    return replace(situation, flight=replace(situation.flight, dh=parameters))


def test_java_before_8u161_wants_a_multiple_of_64_bits(situation_of):
    refused = list(check(_with_prime(situation_of("j8u51-unl", "dhe-2048-tls12-aes256cbc"), 2000)))
    assert [(refusal.cause, refusal.facts["bits"], refusal.facts["multiple_of"]) for refusal in refused] == [
        ("dh-key-size-odd", 2000, 64)
    ]
    assert [where.place for where in refused[0].where] == ["frame 6"]


@pytest.mark.parametrize("bits", [1024, 1984, 2048])
def test_a_multiple_of_64_is_taken(situation_of, bits: int):
    assert list(check(_with_prime(situation_of("j8u51-unl", "dhe-2048-tls12-aes256cbc"), bits))) == []


def test_what_is_too_large_or_too_small_is_another_cause(situation_of):
    situation = situation_of("j8u51-unl", "dhe-2048-tls12-aes256cbc")
    assert [list(check(_with_prime(situation, bits))) for bits in (500, 2050)] == [[], []]


def test_a_static_rsa_suite_has_no_prime_and_no_answer_is_a_gap(situation_of):
    assert list(check(situation_of("j8u51-unl", "suite-rsa-aes128-cbc"))) == []
    with pytest.raises(NotSeen):
        list(check(situation_of("j8u51-unl", "wire-rst")))
