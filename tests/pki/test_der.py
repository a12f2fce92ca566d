import pytest

from tests.pki.minting import tlv
from tlswhy.pki import der


def only(data):
    return der.read_element(data)


def test_an_element_knows_where_it_begins_and_ends():
    inner = tlv(0x02, b"\x05")
    data = tlv(0x30, inner, tlv(0x04, b"x" * 300)) + b"rest"
    outer = only(data)
    assert (outer.tag, outer.start, outer.end) == (0x30, 0, len(data) - 4)
    first, second = outer.children()
    assert first.raw == inner
    assert second.content == b"x" * 300
    assert outer.first().raw == inner


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 70000])
def test_what_is_written_is_read(size):
    written = der.encode(der.OCTET_STRING, b"x" * size)
    found = only(written)
    assert (found.tag, found.content, found.end) == (der.OCTET_STRING, b"x" * size, len(written))
    assert written == tlv(der.OCTET_STRING, b"x" * size)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x05\x00", b"\x30\x82\x01", b"\x30\x89" + bytes(9), b"\x04\x80\x00\x00", b"\x1f\x81\x01\x00"],
    ids=["empty", "no length", "cut", "cut length", "length of nine octets", "indefinite primitive", "high tag"],
)
def test_what_is_no_element_is_refused(data):
    with pytest.raises(der.NotDer):
        only(data)


def test_a_child_may_not_end_beyond_its_parent():
    outer = only(b"\x30\x03\x04\x05\x00" + bytes(10))
    with pytest.raises(der.NotDer):
        list(outer.children())


def test_indefinite_lengths_end_at_their_own_end_of_contents():
    data = (
        b"\x30\x80" + b"\x24\x80" + tlv(0x04, b"\0\0") + tlv(0x04, b"ab") + b"\0\0" + tlv(0x02, b"\1") + b"\0\0" + b"!"
    )
    outer = only(data)
    assert outer.end == len(data) - 1
    text, number = outer.children()
    assert der.octets(text) == b"\0\0ab"
    assert der.integer(number) == 1


def test_indefinite_lengths_nested_without_end_are_refused_at_once():
    with pytest.raises(der.NotDer):
        only(b"\x30\x80" * 100_000)


@pytest.mark.parametrize(
    ("content", "dotted"),
    [("2a864886f70d01010b", "1.2.840.113549.1.1.11"), ("550403", "2.5.4.3"), ("8837", "2.999"), ("00", "0.0")],
)
def test_object_identifiers(content, dotted):
    assert der.object_identifier(only(tlv(0x06, bytes.fromhex(content)))) == dotted


def test_an_object_identifier_of_a_huge_arc_is_shown_as_octets():
    """Java reads them up to 4,096 octets; nobody means anything by them."""
    content = b"\x2a" + b"\xff" * 60 + b"\x01"
    assert der.object_identifier(der.read_element(der.encode(0x06, content))) == f"0x{content.hex()}"


@pytest.mark.parametrize("content", [b"", b"\x2a\x86"])
def test_broken_object_identifiers(content):
    with pytest.raises(der.NotDer):
        der.object_identifier(only(tlv(0x06, content)))


def test_integers_are_signed():
    assert der.integer(only(b"\x02\x02\x00\xff")) == 255
    assert der.integer(only(b"\x02\x01\xff")) == -1
    with pytest.raises(der.NotDer):
        der.integer(only(b"\x02\x00"))


def test_named_bits_leave_out_the_unused_ones():
    assert der.named_bits(only(b"\x03\x02\x05\xa0")) == {0, 2}
    assert der.named_bits(only(b"\x03\x03\x07\x01\x80")) == {7, 8}
    assert der.named_bits(only(b"\x03\x02\x05\xbf")) == {0, 2}


@pytest.mark.parametrize(
    ("tag", "content", "text"),
    [
        (der.UTF8_STRING, "Zürich".encode(), "Zürich"),
        (der.BMP_STRING, "台北".encode("utf-16-be"), "台北"),
        (der.T61_STRING, "Zürich".encode("latin-1"), "Zürich"),
        (der.UNIVERSAL_STRING, "a".encode("utf-32-be"), "a"),
        (der.PRINTABLE_STRING, b"a\xff", "a\ufffd"),
    ],
)
def test_strings(tag, content, text):
    assert der.text(only(tlv(tag, content))) == text


def test_the_same_bytes_are_read_once_wherever_they_stand_and_what_fails_fails_again():
    read: list[bytes] = []

    @der.remembered(longest=4)
    def reading(element: der.Element) -> int:
        read.append(element.raw)
        return der.integer(element.expect(der.INTEGER))

    short, long, wrong = b"\x02\x01\x07", b"\x02\x03\x01\x00\x00", b"\x04\x01\x07"
    two = list(der.read_element(der.encode(der.SEQUENCE, short + short)).children())
    assert [reading(each) for each in two] == [7, 7]
    assert read == [short]
    for _ in range(2):
        assert reading(der.read_element(long)) == 0x10000
        with pytest.raises(der.NotDer):
            reading(der.read_element(wrong))
    assert read == [short, long, wrong, long, wrong]
