"""What an appliance's listings tell of its services, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.render.figures import moment
from tlswhy.render.ink import Page, Span
from tlswhy.render.layout import heading, places
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, ServiceNote

URGENT = frozenset({"not-running", "restart-due"})


def service_sentence(note: ServiceNote, words: Words) -> str:
    """One note; of a node without a name its place is named."""
    values = {
        "node": note.node or words.say("service.unnamed", place=places(note.where, words)),
        "service": note.service,
        "state": note.state,
        "since": moment(note.since) if note.since is not None else None,
        "certificate": note.certificate,
    }
    return words.say(f"service.{note.code}", values)


def service_marks(diagnosis: Diagnosis, words: Words) -> Iterator[tuple[str, str]]:
    """Each note behind its mark."""
    for note in diagnosis.services:
        yield ("✘" if note.code in URGENT else "·"), service_sentence(note, words)


def write_services(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """The section of the text; none where nothing was listed."""
    if not diagnosis.services:
        return
    heading(page, words, "services")
    for mark, told in service_marks(diagnosis, words):
        page.write(told, first=(Span(f"  {mark} ", "bad" if mark == "✘" else "dim"),))
