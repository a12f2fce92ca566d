"""The loader of the package's own tables."""

import pytest

from tlswhy import tables
from tlswhy.errors import BadTable


def test_every_table_of_the_package_is_valid_toml():
    names = tables.table_names()
    assert "iana/suites" in names
    for name in names:
        assert tables.load_table(*f"{name}.toml".split("/"))


def test_tables_are_read_once():
    assert tables.load_table("iana", "groups.toml") is tables.load_table("iana", "groups.toml")


@pytest.mark.parametrize(
    ("content", "code"), [(None, "table-missing"), ("a = ", "table-unreadable"), (b"a = '\xff'", "table-unreadable")]
)
def test_broken_tables_say_so(tmp_path, monkeypatch, content, code):
    monkeypatch.setattr(tables, "DATA", tmp_path)
    name = f"broken-{code}-{content!r}.toml".replace("/", "")
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadTable) as caught:
        tables.load_table(name)
    assert caught.value.code == code


def test_numbered_rows():
    assert tables.numbered_rows("t", "\n00ff one two\n0a x\n") == [(255, "one two"), (10, "x")]
    for rows in (None, "zz x", "12"):
        with pytest.raises(BadTable):
            tables.numbered_rows("t", rows)


def test_a_table_that_somebody_brings():
    assert tables.parse_table("a = 1", "x.toml") == {"a": 1}
    for text in ("a = ", "a = " + "[" * 100_000, 'a = "'):
        with pytest.raises(BadTable) as caught:
            tables.parse_table(text, "x.toml")
        assert caught.value.facts["table"] == "x.toml"


@pytest.mark.parametrize("name", tables.table_names("locale"))
def test_sections_say_what_the_whole_table_says(name: str):
    whole, sections = tables.load_table("locale", f"{name}.toml"), tables.load_sections("locale", f"{name}.toml")
    assert sections.table("") == whole
    assert {key: sections.table(key) for key in whole} == whole
    assert sections.table("cause.dh-key-too-small") == whole["cause"]["dh-key-too-small"]
    assert sections.table("grammar.endings") == whole["grammar"]["endings"]
    assert sections.table("no-such-section") == {}
    assert sections.table("headline.unknown-client") == {}
