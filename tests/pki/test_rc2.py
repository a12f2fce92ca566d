import pytest

from tlswhy.pki import rc2


@pytest.mark.parametrize(
    ("key", "plain", "sealed"),
    # RFC 2268 §5, those whose effective length is that of the key
    [
        ("ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", "1000000000000001", "30649edf9be7d2c2"),
        ("88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"),
    ],
)
def test_vectors(key, plain, sealed):
    assert rc2.decrypt_cbc(bytes.fromhex(key), bytes(8), bytes.fromhex(sealed)).hex() == plain


def test_blocks_are_chained():
    key, sealed = bytes.fromhex("3000000000000000"), bytes.fromhex("30649edf9be7d2c2")
    first, second = (
        bytes.fromhex("1000000000000001"),
        bytes(a ^ b for a, b in zip(sealed, b"\x10" + bytes(6) + b"\x01", strict=True)),
    )
    assert rc2.decrypt_cbc(key, bytes(8), sealed * 2) == first + second
