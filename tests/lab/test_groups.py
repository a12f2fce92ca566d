import pytest

from tlswhy.lab.groups import OFFSETS, modp_prime


@pytest.mark.parametrize("bits", [512, 768, 1000, 1024, 2056, 4100, 8192])
def test_a_number_has_exactly_the_size_that_was_wanted(bits):
    number = modp_prime(bits)
    assert number.bit_length() == bits
    assert number % 2


@pytest.mark.parametrize("bits", [512, 768, 1000, 1024])
def test_small_ones_are_prime(bits):
    number = modp_prime(bits)
    assert pow(3, number - 1, number) == 1


@pytest.mark.parametrize("bits", [size for size in OFFSETS if size <= 4096])
def test_those_of_the_rfcs_are_safe_primes(bits):
    number = modp_prime(bits)
    half = number // 2
    assert pow(2, number - 1, number) == pow(2, half - 1, half) == 1


def test_nothing_is_made_that_is_no_group():
    with pytest.raises(ValueError, match="100"):
        modp_prime(100)
