"""What a listing tells of services, in words: every code, in every language, and in every format."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.cli.command import tlswhy
from tests.oracle import recorded
from tlswhy.model.where import Where
from tlswhy.render.services import service_sentence
from tlswhy.render.words import languages, load_words
from tlswhy.report import ServiceNote

CODES = ("not-running", "restart-due", "since", "since-unknown", "node-not-shown")
LISTING = "admin:utils service list\nCisco Finesse Tomcat[STOPPED]\nCisco Tomcat[STARTED]\nPrimary Node =true\n"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("code", CODES)
def test_every_note_has_a_sentence(code, language):
    place = (Where("list.txt", "line 2"),)
    note = ServiceNote(
        code, None, "Cisco Finesse Tomcat", place, "STOPPED", datetime(2026, 1, 1, tzinfo=UTC), "CN=Root"
    )
    told = service_sentence(note, load_words(language))
    assert "Cisco Finesse Tomcat" in told or code == "node-not-shown"
    assert "…" not in told


def test_a_listing_beside_a_capture_is_told_in_every_format(tmp_path):
    row = recorded.row("j8u212", "missing-int")
    (tmp_path / "c.pcap").write_bytes(recorded.capture(row))
    (tmp_path / "list.txt").write_text(LISTING)
    given = ["explain", str(tmp_path / "c.pcap"), str(tmp_path / "list.txt"), "--client", "finesse/11"]
    (diagnosis,) = json.loads(tlswhy(*given, "--format", "json").stdout)["diagnoses"]
    (note,) = diagnosis["services"]
    assert note["code"] == "not-running"
    for form in ("text", "markdown"):
        assert "Cisco Finesse Tomcat does not run on" in " ".join(tlswhy(*given, "--format", form).stdout.split())
