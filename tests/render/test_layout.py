"""Headings, labelled fields, places."""

from dataclasses import replace

from tests.render import examples
from tlswhy.model.where import Where
from tlswhy.render.ink import Page, Span, painted
from tlswhy.render.layout import fields, frames, named, places, rule
from tlswhy.render.words import load_words

WORDS = load_words("en")


def lines(page):
    return painted(page.lines, color=False).splitlines()


def test_places_of_one_item_stand_together():
    where = (Where("d/a.pcap", "frame 14"), Where("certs", "certificate 0"), Where("d/a.pcap", "frame 3"))
    assert places(where, WORDS) == "frame 14 and frame 3 of a.pcap, certificate 0"
    assert places((Where("log", "line 88"), Where("", "somewhere new")), WORDS) == "line 88 of log, somewhere new"


def test_a_title_fills_the_line_and_drops_what_does_not_fit():
    page = Page(30)
    rule(page, "Handshake", "a.pcap")
    rule(page, "Handshake", "a-very-long-name.pcap")
    assert lines(page) == ["─ Handshake ───────── a.pcap ─", "─ Handshake ──────────────────"]


def test_fields_stand_below_each_other():
    page = Page(60)
    fields(page, [("Client", [Span("java/8u51")]), ("Do", [Span("something")]), ("Left out", [])])
    assert lines(page) == ["  Client  java/8u51", "  Do      something"]
    page = Page(40)
    fields(page, [("Client", [Span("java/8u51")])])
    assert lines(page) == ["  Client", "    java/8u51"]


def test_ids_move_above_their_meaning_on_a_narrow_page():
    page = Page(80)
    named(page, [("no-common-cipher", "nothing shared"), ("timeout", "silence")])
    assert lines(page) == ["  no-common-cipher  nothing shared", "  timeout           silence"]
    page = Page(30)
    named(page, [("no-common-cipher", "nothing shared")])
    assert lines(page) == ["  no-common-cipher", "    nothing shared"]


def test_frames_of_folded_connections():
    seen = examples.handshake("j8u51", "base-tls12")
    many = [replace(seen, first_frame=number) for number in (3, 9)]
    assert frames(many, WORDS) == "frames 3 and 9"
    assert frames([*many, replace(seen, item="b/c.pcap")], WORDS) == "base-tls12.pcap 3, base-tls12.pcap 9, c.pcap 1"
    assert frames([seen] * 30, WORDS).endswith(", …")
    assert frames([seen], WORDS) == "frame 1"
    assert frames([replace(seen, counted="line")], WORDS) == "line 1"
    assert frames(many, WORDS, "b/c.pcap") == "frames 3 and 9 of base-tls12.pcap"
    assert frames(many, WORDS, seen.item) == "frames 3 and 9"
