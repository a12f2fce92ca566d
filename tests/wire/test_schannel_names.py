"""Schannel's names of suites, with and without a curve behind them."""

from tlswhy.wire.schannel_names import curve_number, curves_of, plain_name, read_name, suites_of

NAMES = (
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P384",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P256",
    "SSL_CK_RC4_128_WITH_MD5",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
)


def test_names_of_old_windows_carry_a_curve():
    assert plain_name(NAMES[0]) == "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    assert plain_name(NAMES[3]) == NAMES[3]
    assert [read_name(name) for name in NAMES] == [(0xC013, 24), (0xC013, 23), None, (0x002F, None)]


def test_a_list_of_names_is_suites_and_curves():
    assert suites_of(NAMES) == (0xC013, 0x002F)
    assert curves_of(NAMES) == (24, 23)
    assert curves_of(NAMES[3:]) == ()


def test_windows_names_of_curves():
    assert [curve_number(name) for name in ("curve25519", "NistP256", "nistP521", "BrainpoolP256r1", "x")] == [
        *(29, 23, 25, 26),
        None,
    ]
