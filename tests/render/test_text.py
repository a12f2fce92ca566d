"""What a person sees: golden pages, widths, colours, and hostile strings made harmless."""

import os
import re
import unicodedata
from dataclasses import replace

import pytest

from tests.render import examples
from tlswhy.oddity import Oddity
from tlswhy.pki.paths import PathRules
from tlswhy.render.ink import cells
from tlswhy.render.text import report_text
from tlswhy.render.words import load_words
from tlswhy.report import OtherStory

WORDS = load_words("en")
NO_PSS = PathRules(implemented=frozenset({"SHA1withRSA", "SHA256withRSA", "SHA384withRSA"}))


def weak_group():
    seen = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    return examples.report(examples.diagnosis(seen, also=[replace(seen, first_frame=n) for n in (20, 31, 44)]))


def large_group_foretold():
    seen = examples.handshake("j8u51", "dhe-3072-tls12-aes128cbc")
    return examples.report(examples.diagnosis(seen, foretell=True, trusts=examples.trusted("j8u51", "base-tls12")))


def pss_beside_a_good_one():
    seen = examples.handshake("j8u212", "pss-sha384-int")
    trusts = examples.trusted("j8u212", "pss-sha384-int")
    alerts = {"cert-signature-unsupported": (46,)}
    good = examples.handshake("j8u504", "base-tls12")
    return examples.report(examples.diagnosis(seen, trusts=trusts, good=good, path_rules=NO_PSS, alerts=alerts))


def healthy():
    seen = examples.handshake("j8u51", "base-tls12")
    return examples.report(examples.diagnosis(seen, trusts=examples.trusted("j8u51", "base-tls12")))


def bare_refusal():
    return examples.report(examples.diagnosis(examples.handshake("j8u51", "dhe-512-tls12-aes256cbc")))


def not_tls():
    oddity = Oddity("capture-truncated", "byte 4096", "captures/wire-http.pcap")
    return examples.report(
        examples.diagnosis(examples.handshake("j8u51", "wire-http"), masks="peer not authenticated"),
        oddities=[oddity, oddity],
    )


def two_stories():
    first = examples.diagnosis(examples.handshake("j8u51", "dhe-512-tls10-aes128cbc"))
    good = examples.diagnosis(examples.handshake("j8u51", "base-tls12"))
    other = OtherStory(good.verdict, good.handshakes)
    return examples.report(replace(first, others=(other,)), good)


EXAMPLES = (
    weak_group,
    large_group_foretold,
    pss_beside_a_good_one,
    healthy,
    bare_refusal,
    not_tls,
    two_stories,
)


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_golden(example, width, repository):
    """TLSWHY_GOLDEN=write makes them anew; look at the difference before it is committed."""
    text = report_text(example(), WORDS, width, color=False, unicode=True)
    golden = repository / "tests" / "render" / "golden" / f"{example.__name__}.{width}.txt"
    if os.environ.get("TLSWHY_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [24, 33, 40, 63, 64, 80, 110])
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_no_line_is_wider_than_the_terminal(example, width, unicode):
    text = report_text(example(), WORDS, width, color=False, unicode=unicode)
    assert [line for line in text.splitlines() if len(line) > width] == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert unicode or text.isascii()


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_lines_of_ideographs_fit_and_begin_with_no_closing_mark(example, width):
    shown = report_text(example(), load_words("zh-Hant"), width, color=False, unicode=True).splitlines()
    assert [line for line in shown if cells(line) > width] == []
    assert [line for line in shown if line.strip()[:1] in tuple("、，。：；」）")] == []
    assert [line for line in shown if line.endswith(("「", "（"))] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_colours_change_nothing_but_colours(example):
    plain = report_text(example(), WORDS, 80, color=False, unicode=True)
    painted = report_text(example(), WORDS, 80, color=True, unicode=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    # Every line ends in the terminal's own colours: a pager or a copied line must not stay red.
    for line in painted.splitlines():
        found = re.findall(r"\x1b\[([0-9;]*)m", line)
        assert not found or found[-1] == "0"


HOSTILE = "evil\x1b[31m.test\r\n\x07\x9b2J\u202egnp.exe\u200b[bold]x[/bold]\ud800\t\u0301\u0301\u0301\u0301"


@pytest.mark.parametrize("color", [False, True])
def test_hostile_strings_are_neutralised(color):
    seen = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    hello = replace(seen.hello, server_name=HOSTILE)
    told = replace(seen.client_hello, message=hello)
    messages = tuple(told if m.message is seen.hello else m for m in seen.messages)
    seen = replace(seen, client_hello=told, messages=messages, item=f"dir/{HOSTILE}.pcap")
    policy = {"title": HOSTILE, "masks": HOSTILE}
    report = examples.report(
        examples.diagnosis(seen, host=HOSTILE, **policy), oddities=[Oddity(HOSTILE, HOSTILE, HOSTILE, {"x": HOSTILE})]
    )
    text = report_text(report, WORDS, 80, color=color, unicode=True)
    ours = re.sub(r"\x1b\[(0|1|2|31|32|33|35|36|1;31|1;32|1;33)m", "", text)
    bad = {c for c in ours if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
    assert bad == set()
    assert "\\x1b[31m" in ours.replace("\n", "").replace(" ", "") or "\\x1b" in ours
    assert "[bold]" in ours, "markup is text like any other"
    text.encode("utf-8")
    if color:
        assert text.count("\x1b[31m.test") == 0


def test_wide_characters_count_two_columns():
    seen = examples.handshake("j8u51", "base-tls12")
    report = examples.report(examples.diagnosis(seen, host="座席桌面小工具伺服器" * 6, title="思科" * 30))
    text = report_text(report, WORDS, 40, color=False, unicode=True)
    for line in text.splitlines():
        columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
        assert columns <= 40, line


def test_a_long_connection_stays_short():
    seen = examples.handshake("j8u51", "base-tls12")
    many = replace(seen, messages=seen.messages[:8] + tuple(m for m in seen.messages[:3] for _ in range(400)))
    text = report_text(examples.report(examples.diagnosis(many)), WORDS, 80, color=False, unicode=True)
    assert "more messages" in text
    assert len(text.splitlines()) < 150
