"""Key exchange: both ends of every group get the same secret, and a wrong answer gets none."""

import pytest

from tlswhy.gather.exchange import KeyExchange, can_do

ALIKE = [0x1D, 0x1E, 0x16, 0x17, 0x18, 0x19, 0x1F, 0x20, 0x21, 0x100, 0x101, 0x102]
SIZES = {0x1D: 32, 0x1E: 56, 0x17: 65, 0x18: 97, 0x19: 133, 0x100: 256, 0x101: 384, 0x11EC: 1216, 0x11EB: 1249}


@pytest.mark.parametrize("group", ALIKE)
def test_both_ends_agree(group):
    one, other = KeyExchange(), KeyExchange()
    mine, theirs = one.shares([group])[group], other.shares([group])[group]
    assert one.secret(group, theirs) == other.secret(group, mine) is not None


@pytest.mark.parametrize("group", [0x11EC, 0x11EB])
def test_hybrids_agree_with_a_server_that_encapsulates(group):
    if not can_do(group):
        pytest.skip("this cryptography has no ML-KEM")
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey

    client, server = KeyExchange(), KeyExchange()
    share = client.shares([group])[group]
    curve = {0x11EC: 0x1D, 0x11EB: 0x17}[group]
    point = server.shares([curve])[curve]
    kem_first = group == 0x11EC
    key, theirs = (share[:1184], share[1184:]) if kem_first else (share[-1184:], share[:-1184])
    secret, sealed = MLKEM768PublicKey.from_public_bytes(key).encapsulate()
    classical = server.secret(curve, theirs)
    expected = secret + classical if kem_first else classical + secret
    assert client.secret(group, sealed + point if kem_first else point + sealed) == expected


@pytest.mark.parametrize("group", sorted(SIZES))
def test_shares_have_their_size(group):
    if can_do(group):
        assert len(KeyExchange().shares([group])[group]) == SIZES[group]


@pytest.mark.parametrize(
    ("group", "answer"), [(0x1D, b""), (0x17, b"\x04" + bytes(64)), (0x100, b"\x01"), (0x99, b"x")]
)
def test_a_wrong_answer_gives_no_secret(group, answer):
    exchange = KeyExchange()
    exchange.shares([group])
    assert exchange.secret(group, answer) is None
    assert exchange.secret(0x18, answer) is None  # never offered


def test_the_primes_are_those_of_the_standard():
    """RFC 7919, A.1: the beginning and end of ffdhe2048, and that they are safe primes in size."""
    from tlswhy.gather.exchange import _FFDHE, _ffdhe_prime

    prime = _ffdhe_prime(*_FFDHE[0x100])
    assert f"{prime:x}".startswith("ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695")
    assert f"{prime:x}".endswith("886b423861285c97ffffffffffffffff")
    for bits, addend in _FFDHE.values():
        assert _ffdhe_prime(bits, addend).bit_length() == bits
        assert pow(2, _ffdhe_prime(bits, addend) - 1, _ffdhe_prime(bits, addend)) == 1
