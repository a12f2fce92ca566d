"""A report for a ticket: headings, fences that hold, nothing foreign that Markdown would take for its own."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.remedy.test_plan import diagnosed
from tlswhy.render.markdown import report_markdown
from tlswhy.render.words import load_words
from tlswhy.report import Report

WORDS = load_words()


def markdown(*diagnoses) -> str:
    return report_markdown(Report(tuple(diagnoses)), WORDS)


def test_what_a_ticket_needs():
    text = markdown(diagnosed("j8u212", "dhe-768-tls12-aes256cbc", platforms=["nginx"]))
    assert text.startswith("# ✘ java/8u212 refuses gadgets.example.test")
    assert "## Why: `dh-key-too-small`" in text
    assert "frame 6" in text
    assert "## What to change" in text
    assert "ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384:" in text
    assert "ClientHello" in text
    assert len(re.findall(r"^```$", text, re.M)) % 2 == 0


def test_what_is_missing_and_what_may_lie_behind():
    text = markdown(diagnosed("j17.0.9", "suite-ecdsa-only-rsa-cert", trust=None))
    assert "## What could not be judged" in text or "`no-common" in text


def test_foreign_text_has_no_marks():
    found = diagnosed("j17.0.9", "base-tls12")
    text = markdown(replace(found, host="# <b>x</b> ```| `rm` \x1b[2J"))
    assert "<b>" not in text
    assert "\x1b" not in text
    assert not re.search(r"(?<!\\)\|[^|\n]*rm", text.split("\n")[4])


def test_several_diagnoses_and_none():
    one = diagnosed("j17.0.9", "base-tls12")
    assert markdown(one, one).count("# ✔") == 2
    assert markdown() == "\n"
