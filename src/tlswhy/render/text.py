"""A report as text for a terminal."""

from __future__ import annotations

from tlswhy.render import sentences
from tlswhy.render.words import Words
from tlswhy.report import Report


def report_text(report: Report, words: Words, width: int, *, color: bool, unicode: bool) -> str:
    """The whole report."""
    return "".join(f"{sentences.headline(diagnosis, words)}\n" for diagnosis in report.diagnoses)
