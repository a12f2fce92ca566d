"""What a survey found, as a section of the report: versions with their suites, groups, signatures, chains, names."""

from __future__ import annotations

from tlswhy.model.survey import Survey
from tlswhy.render.ink import Page, Span
from tlswhy.render.layout import fields, heading
from tlswhy.render.words import Words
from tlswhy.wire.numbers import extension_name, group_name, scheme_name, suite_name, version_name

SHORT_PRINT = 16
"""Characters of a fingerprint that tell chains apart."""


def write_survey(survey: Survey, words: Words, page: Page) -> None:
    """The section, in the server's order where it has one."""
    heading(page, words, "survey", words.say("says.questions", count=survey.connections))
    rows: list[tuple[str, list[Span]]] = []
    for version, suites in survey.versions.items():
        listed = [[Span(suite_name(number), "name")] for number in suites]
        rows += [(version_name(version) if not at else "", spans) for at, spans in enumerate(listed)]
    if not survey.versions:
        rows.append((words.say("line.versions"), [Span(words.say("says.no-version"))]))
    if survey.server_order is not None:
        whose = "servers" if survey.server_order else "clients"
        rows.append((words.say("line.order"), [Span(words.say(f"says.{whose}-order"))]))
    for label, names in (
        ("groups", [group_name(number) for number in survey.groups]),
        ("schemes", [scheme_name(number) for number in survey.schemes]),
    ):
        if names:
            rows.append((words.say(f"line.{label}"), [Span(", ".join(names))]))
    if survey.dh_bits is not None:
        rows.append((words.say("line.dh"), [Span(words.say("says.prime", bits=survey.dh_bits))]))
    rows += _chains(survey, words)
    rows += [(words.say("line.intolerance"), [Span(_minded(code, words))]) for code in survey.intolerances]
    fields(page, rows)


def _minded(code: str, words: Words) -> str:
    kind, _, number = code.rpartition("-")
    if kind == "extension" and number.isdecimal():
        return words.say("says.minds-extension", extension=extension_name(int(number)))
    return words.say(f"says.{code}")


def _chains(survey: Survey, words: Words) -> list[tuple[str, list[Span]]]:
    rows = []
    for chain in survey.chains:
        facts = {"key": chain.key, "print": chain.certificates[0][:SHORT_PRINT]}
        shown = words.say("says.served-chain", facts, count=len(chain.certificates))
        named = chain.server_name is not None
        asked = (
            words.say("says.asked-for-name", name=chain.server_name) if named else words.say("says.asked-without-name")
        )
        rows.append((words.say("line.chain"), [Span(f"{shown} · {asked}")]))
    for served, code in ((survey.without_name, "without-name"), (survey.other_name, "other-name")):
        if served is False:
            rows.append((words.say("line.names"), [Span(words.say(f"says.{code}-refused"))]))
    return rows


__all__ = ["write_survey"]
