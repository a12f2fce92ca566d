import pytest

from tlswhy.pki import der
from tlswhy.pki import extensions as oid
from tlswhy.pki.go_der import Unreadable
from tlswhy.pki.go_extensions import check_extension, names_compare


def names(tag: int, *texts: bytes) -> bytes:
    return der.encode(der.SEQUENCE, b"".join(der.encode(tag, text) for text in texts))


@pytest.mark.parametrize("uri", ["", "http://a.test/b?c#d", "http://u:p@a.test:80/", "urn:x:y", "a/b", "http://[::1]/"])
def test_uris_that_go_parses(uri):
    check_extension(oid.SUBJECT_ALTERNATIVE_NAME, names(0x86, uri.encode()))


@pytest.mark.parametrize(
    "uri", [":a", "http://a b/", "http://[::1/c", "http://a:b/", "/%zz", "a:b\n", "http://a..b/", "1:b", "http://a./"]
)
def test_uris_that_go_does_not_parse(uri):
    with pytest.raises(Unreadable):
        check_extension(oid.SUBJECT_ALTERNATIVE_NAME, names(0x86, uri.encode()))


@pytest.mark.parametrize(
    ("tag", "base", "taken"),
    [
        (0x81, b"joe@a.test", True),
        (0x81, b'"j\\"o"@a.test', True),
        (0x81, b".joe@a.test", False),
        (0x81, b"@a.test", False),
        (0x82, b".a.test", True),
        (0x82, b"a.test.", False),
        (0x86, b"192.0.2.1", False),
        (0x87, bytes((192, 0, 2, 0, 255, 255, 255, 0)), True),
        (0x87, bytes((192, 0, 2, 0, 255, 0, 255, 0)), False),
        (0x87, bytes(5), False),
    ],
)
def test_name_constraints(tag, base, taken):
    value = der.encode(der.SEQUENCE, der.encode(0xA0, der.encode(der.SEQUENCE, der.encode(tag, base))))
    if taken:
        check_extension(oid.NAME_CONSTRAINTS, value)
    else:
        with pytest.raises(Unreadable):
            check_extension(oid.NAME_CONSTRAINTS, value)


def test_names_that_can_not_be_held_against_constraints():
    assert names_compare(["a.test"], ["joe@a.test"])
    assert not names_compare(["a..test"], [])
    assert not names_compare([], ["a.test"])
