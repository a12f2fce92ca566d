"""The ladder's drawing: rails line up, times and frames stand once, a narrow page gets a list."""

import pytest

from tests.render import examples
from tlswhy.render.ink import Page, cells, painted
from tlswhy.render.ladder import draw, offset
from tlswhy.render.words import load_words

WORDS = load_words("en")


def drawn(client, case, width, blame=(), words=WORDS):
    page = Page(width)
    draw(examples.handshake(client, case), words, page, frozenset(blame))
    return painted(page.lines, color=False).splitlines()


CASES = (("j8u51", "dhe-512-tls10-aes128cbc"), ("j25.0.2", "base-tls12-13"), ("j8u51", "wire-http"))


@pytest.mark.parametrize("width", [64, 80, 110])
@pytest.mark.parametrize("case", CASES)
def test_the_rails_are_straight(case, width):
    head, *rungs = drawn(*case, width)
    left = head.index("client")
    assert len(head) == width
    for rung in rungs:
        assert rung[left] in "│├╵┊", rung
        assert rung[left] == "┊" or rung[width - 1] in "│┤╵", rung
        assert len(rung) <= width


def test_arrows_point_to_who_hears_it():
    rungs = drawn("j8u51", "dhe-512-tls10-aes128cbc", 80)
    hello = next(rung for rung in rungs if "ClientHello" in rung)
    answer = next(rung for rung in rungs if "ServerHello " in rung)
    assert hello.endswith("▶│")
    assert "│◀" in answer


def test_a_frame_is_named_once():
    rungs = drawn("j8u51", "dhe-512-tls10-aes128cbc", 80)
    assert [rung.split()[0] for rung in rungs[1:] if rung.split()[0].isdigit()] == ["1", "2", "4", "6", "8", "9", "10"]


def test_blame_marks_its_message_alone():
    rungs = drawn("j8u51", "dhe-512-tls10-aes128cbc", 80, {"server-key-exchange"})
    assert [rung for rung in rungs if "✘" in rung] == [rung for rung in rungs if "ServerKeyExchange" in rung]


def test_a_narrow_page_gets_a_list():
    rungs = drawn("j8u51", "dhe-512-tls10-aes128cbc", 40, {"alert"})
    assert not any("│" in rung for rung in rungs)
    assert "    8 → ✘ Alert · 11.3 ms" in rungs


def test_time_is_told_in_what_fits():
    assert [offset(ns) for ns in (0, 12_300_000, 4_210_000_000, 180_000_000_000 * 10)] == [
        "0.0 ms",
        "12.3 ms",
        "4.21 s",
        "30 min",
    ]


@pytest.mark.parametrize("width", [64, 80, 100])
@pytest.mark.parametrize("case", CASES)
def test_the_rails_are_straight_beside_wide_characters(case, width):
    head, *rungs = drawn(*case, width, words=load_words("zh-Hant"))
    assert cells(head) == width
    left = cells(head[: head.index("用戶端")])
    for rung in rungs:
        assert rung[left] in "│├╵┊", rung
        assert rung[left] == "┊" or (cells(rung) == width and rung[-1] in "│┤╵"), rung


def test_a_narrow_page_of_wide_characters_gets_a_list():
    shown = drawn(*CASES[0], 60, words=load_words("zh-Hant"))
    assert all(cells(line) <= 60 for line in shown)
