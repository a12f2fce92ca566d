import pytest

from tlswhy.pki.go_der import Input, Unreadable


@pytest.mark.parametrize(
    "broken",
    ["0500", "0200", "02020001", "0202ff80", "02810101", "0280", "0205000001"],
)
def test_integers_that_go_refuses(broken):
    with pytest.raises(Unreadable):
        Input(bytes.fromhex(broken)).integer()


def test_integers():
    assert [Input(bytes.fromhex(text)).integer() for text in ("020100", "0201ff", "02020080")] == [0, -1, 128]


@pytest.mark.parametrize(
    ("tag", "text", "taken"),
    [
        (0x17, "261030000000Z", True),
        (0x17, "2610300000Z", True),
        (0x17, "261030000000+0100", True),
        (0x17, "261030000000+0000", False),
        (0x17, "261030000000", False),
        (0x17, "260230000000Z", False),
        (0x17, "", False),
        (0x18, "20261030000000Z", True),
        (0x18, "202610300000Z", False),
        (0x18, "20261030000000.5Z", False),
        (0x18, "00001030000000Z", True),
    ],
)
def test_times(tag, text, taken):
    element = Input(bytes((tag, len(text))) + text.encode())
    if taken:
        element.time()
    else:
        with pytest.raises(Unreadable, match="validity"):
            element.time()


def test_hostile_bytes_are_refused_without_other_errors():
    for first in range(256):
        for second in (0, 1, 0x7F, 0x80, 0x81, 0x84, 0x85, 0xFF):
            with pytest.raises(Unreadable):
                Input(bytes((first, second))).into(0x31).into(0x30)
