"""Gadgets: what the container's own reader would trip over, and hostile documents."""

from __future__ import annotations

import pytest

from tlswhy.observe.gadget import gadget_faults
from tlswhy.unseen import NotSeen

GOOD = b"""<?xml version="1.0" encoding="UTF-8"?>
<Module>
  <ModulePrefs title="x"><Require feature="settitle"/><Optional feature="views"/></ModulePrefs>
  <UserPref name="a"/>
  <Content type="html" view="canvas"><![CDATA[<b>&nbsp;</b>]]></Content>
  <Content type="url" href="https://a.example/"/>
</Module>
"""


def codes(document: bytes, content_type: str = "") -> list[tuple[str, int]]:
    return [(fault.code, fault.line) for fault in gadget_faults(document, content_type)]


def test_a_good_one():
    assert codes(GOOD) == []
    assert codes(GOOD.replace(b"UTF-8", b"ISO-8859-1").replace(b'"x"', b'"\xe4"')) == []
    assert codes(GOOD.replace(b'"x"', b'"\xe4"'), "text/xml; charset=iso-8859-1") == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (b"Content", b"Kontent", ("no-content", 1)),
        (b"ModulePrefs", b"Prefs", ("no-module-prefs", 1)),
        (b"Module>", b"html>", ("root", 1)),
        (b'href="https://a.example/"', b"", ("url-without-href", 6)),
        (b'feature="views"', b"", ("feature-without-name", 3)),
        (b'name="a"', b"", ("user-pref-without-name", 4)),
        (b"<UserPref", b"<ModulePrefs/><UserPref", ("two-module-prefs", 4)),
        (b"<![CDATA[", b"", ("not-xml", 5)),
        (b'"x"', b'"\xe4"', ("not-xml", 3)),
    ],
)
def test_one_fault(before, after, fault):
    assert fault in codes(GOOD.replace(before, after))


def test_nothing_and_nonsense():
    assert codes(b" \n") == [("empty", 1)]
    assert codes(GOOD, "text/xml; charset=klingon")[0][0] in ("charset-unknown", "not-xml")
    assert codes(b"<!DOCTYPE html><html><body/></html>") == [("root", 1)]
    assert codes(b"\x00" * 1000)[0][0] == "not-xml"


def test_entities_are_not_expanded():
    bomb = b'<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;&x;">]><Module>&z;</Module>'
    with pytest.raises(NotSeen, match="gadget-entities"):
        gadget_faults(bomb)


def test_depth_and_number_are_bounded():
    assert len(codes(b"<Module>" + b"<UserPref/>" * 1000 + b"</Module>")) <= 8
    assert codes(b"<Module>" * 20_000 + b"</Module>" * 20_000)
