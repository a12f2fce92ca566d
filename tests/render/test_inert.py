"""Foreign text shown: it can neither steer the terminal nor turn its direction."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.render.inert import inert, item_name, shortened
from tlswhy.render.ink import Page, Span, cells, painted

ANY = st.text(st.characters(), max_size=80)


@given(ANY)
def test_nothing_steers(text):
    shown = inert(text)
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in shown)
    assert inert(shown) == shown
    shown.encode("utf-8")


def test_escapes_are_readable():
    assert inert("a\x1b[31mb\r\n") == "a\\x1b[31mb\\x0d\\x0a"
    assert inert("\u202egnp") == "\\u202egnp"
    assert inert("座席 é [bold]x[/]") == "座席 é [bold]x[/]"
    assert inert("e" + "\u0301" * 9).count("\u0301") == 2


def test_long_strings_are_cut():
    assert shortened("x" * 70_000, 20) == "x" * 19 + "…"


@given(st.lists(st.tuples(ANY, st.sampled_from(["", "bad", "dim"])), max_size=6), st.integers(1, 60), st.booleans())
def test_any_text_fits_any_page(parts, width, unicode):
    page = Page(width, unicode)
    page.write([Span(text, style) for text, style in parts], first="  ")
    for line in page.lines:
        # One character that is wider than the page is all that may stick out.
        assert cells(line) <= max(width, 2)
    text = painted(page.lines, color=False)
    assert "\x1b" not in text
    assert unicode or text.isascii()


@given(ANY, st.integers(20, 60))
def test_wrapping_loses_nothing_but_blanks(text, width):
    page = Page(width)
    page.write(text)
    shown = painted(page.lines, color=False)
    kept = "".join(inert(text).split()).replace("·", "")
    assert "".join(shown.split()).replace("·", "") == kept


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("captures/refused.pcap", "refused.pcap"),
        ("https://gadgets.example.test:8443/gadget.xml", "gadgets.example.test:8443"),
        ("https://gadgets.example.test/", "gadgets.example.test"),
        ("gadgets.example.test:8443", "gadgets.example.test:8443"),
        ("folder/", "folder/"),
        ("", ""),
    ],
)
def test_evidence_is_called_by_its_last_name(item, name):
    assert item_name(item) == name
