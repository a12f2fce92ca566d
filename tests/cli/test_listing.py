"""The lines of a list: one an object, or all in one array; none at all is a list too."""

import io
import json

import pytest

from tlswhy.cli.listing import write_lines

LINES = [b'{"a":1}', b'{"b":2}']


@pytest.mark.parametrize(
    ("form", "lines", "written"),
    [
        ("jsonl", LINES, b'{"a":1}\n{"b":2}\n'),
        ("jsonl", [], b""),
        ("json", LINES, b'[\n{"a":1},\n{"b":2}\n]\n'),
        ("json", [], b"[\n]\n"),
    ],
)
def test_lines_are_written(form, lines, written):
    stream = io.BytesIO()
    assert write_lines(iter(lines), stream, form) == len(lines)
    assert stream.getvalue() == written
    if form == "json":
        assert len(json.loads(written)) == len(lines)
