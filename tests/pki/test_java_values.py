import pytest

from tlswhy.pki import der
from tlswhy.pki.java_values import Unreadable, algorithm, bits, check_lengths, identifier, small_integer, whole


def element(hexadecimal):
    return der.read_element(bytes.fromhex(hexadecimal))


def test_bits_that_do_not_count_are_zero():
    assert bits(element("030204ff")) == b"\xf0"
    assert bits(element("030100")) == b""
    for broken in ("0300", "030101", "03020800"):
        with pytest.raises(Unreadable):
            bits(element(broken))
    assert bits(element("0300"), may_be_empty=True) == b""


def test_null_parameters_are_none():
    assert algorithm(element("30070603551d0e0500")) == algorithm(element("30050603551d0e"))
    for broken in ("3000", "300806 03551d0e0501 00".replace(" ", ""), "300a0603551d0e0500 020107".replace(" ", "")):
        with pytest.raises((Unreadable, der.NotDer)):
            algorithm(element(broken))


def test_identifiers():
    assert identifier(element("0603551d0e")) == "2.5.29.14"
    for padded in ("0603558001", "060180", "0600"):
        with pytest.raises(Unreadable):
            identifier(element(padded))


def test_integers_end_where_java_s_do():
    assert small_integer(element("02047fffffff")) == 2**31 - 1
    with pytest.raises(Unreadable):
        small_integer(element("02050080000000"))


def test_nothing_after_the_value():
    with pytest.raises(Unreadable):
        whole(b"\x05\0\0")


def test_lengths():
    check_lengths(element("3003020107"))
    for longer in ("308103020107", "3004 0281 0107".replace(" ", "")):
        with pytest.raises(Unreadable):
            check_lengths(element(longer))
