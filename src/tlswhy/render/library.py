"""What is known of causes and clients, as pages and as JSON: ``tlswhy causes`` and ``tlswhy clients``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tlswhy.model.client import ClientPolicy, Source
from tlswhy.render.figures import version
from tlswhy.render.inert import shortened
from tlswhy.render.ink import Page, Span
from tlswhy.render.table import two_columns
from tlswhy.render.words import Words
from tlswhy.wire.numbers import group_name, scheme_name, suite_name

Json = dict[str, Any]


def list_causes(causes: Sequence[str], words: Words, page: Page) -> None:
    """One line each."""
    two_columns([(cause, words.say(f"cause.{cause}.title"), "") for cause in causes], page)


def show_cause(cause: str, words: Words, page: Page) -> None:
    """One cause on a page."""
    page.write((Span(cause, "name"), Span(f" · {words.say(f'cause.{cause}.title')}", "strong")))
    for heading, name in (("why", "rule"), ("look", "look"), ("next", "next")):
        _section(page, words.say(f"page.{heading}"), [words.say(f"cause.{cause}.{name}")])
    _section(page, words.say("page.references"), references(cause))


def cause_json(cause: str, words: Words) -> Json:
    """One cause."""
    says = {name: words.say(f"cause.{cause}.{name}") for name in ("title", "rule", "look", "next")}
    return {"id": cause, **says, "references": references(cause)}


def references(cause: str) -> list[str]:
    """The references of a cause's own page: RFC sections, class names; the same in every language."""
    spec = find_spec(f"tlswhy.causes.{cause.replace('-', '_')}")
    if spec is None or spec.origin is None:
        return []
    page = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    _, found, text = page.partition("\nReferences\n")
    lines = [line.strip() for line in text.splitlines()] if found else []
    return [part.strip().rstrip(".") for part in " ".join(lines).split(";") if part.strip()]


def list_clients(clients: Iterable[tuple[str, Sequence[ClientPolicy]]], words: Words, page: Page) -> None:
    """One line each."""
    rows = []
    for identifier, members in clients:
        measured = all(member.measured for member in members)
        note = "" if measured else f"({words.say('says.client-not-measured')})"
        title = members[0].title if len(members) == 1 else words.say("page.stands-for", count=len(members))
        rows.append((identifier, shortened(title), note))
    two_columns(rows, page)


def show_client(policy: ClientPolicy, words: Words, page: Page) -> None:
    """Everything that is known of one client."""
    page.blank()
    page.write((Span(policy.id, "client"), Span(f" · {shortened(policy.title)}", "strong")))
    if policy.stands_for:
        asked = words.say("says.client-stands-for", id=policy.stands_for, asked=policy.runtime)
        page.write(asked, first="  ")
    for title, lines in _facts(policy, words):
        _section(page, title, lines)


def client_json(identifier: str, members: Sequence[ClientPolicy], sources: Sequence[Source]) -> Json:
    """One client; several members where the ID stands for a set of runtimes."""
    return {
        "id": identifier,
        "members": [_policy_json(member) for member in members],
        "sources": [{"kind": source.kind, "text": source.text} for source in sources],
    }


def _facts(policy: ClientPolicy, words: Words) -> Iterable[tuple[str, list[str]]]:
    say, offer = words.say, policy.offer
    yield say("page.versions"), [", ".join(version(number) for number in offer.versions)]
    yield say("page.suites"), [suite_name(number) for number in offer.suites]
    yield say("page.groups"), [", ".join(group_name(number) for number in offer.groups)]
    yield say("page.schemes"), [", ".join(scheme_name(number) for number in offer.schemes)]
    limits = policy.dh
    least = max(limits.policy_min, limits.least)
    dh = say(
        "page.dh-multiple" if limits.multiple_of > 1 else "page.dh-range",
        least=least,
        most=limits.most,
        multiple=limits.multiple_of,
    )
    yield say("page.dh"), [dh]
    yield say("page.disabled-tls"), [policy.disabled_tls]
    yield say("page.disabled-certpath"), [policy.disabled_certpath]
    if policy.longest_chain is not None:
        yield say("page.chain-limit"), [str(policy.longest_chain)]
    if policy.largest_handshake_message is not None:
        yield say("page.message-limit"), [say("ladder.bytes", count=policy.largest_handshake_message)]
    yield say("page.name-rule"), [policy.name_dialect]
    if policy.masks:
        yield say("page.mask"), [policy.masks]
    for name, entries in policy.documented.items():
        yield name, list(entries)
    yield say("page.sources"), [f"{say(f'source.{s.kind}')}: {shortened(s.text)}" for s in policy.sources]


def _policy_json(policy: ClientPolicy) -> Json:
    offer = policy.offer
    return {
        "id": policy.id,
        "title": policy.title,
        "family": policy.family,
        "layer": policy.layer,
        "measured": policy.measured,
        "stands_for": policy.stands_for,
        "versions": list(offer.versions),
        "cipher_suites": list(offer.suites),
        "groups": list(offer.groups),
        "signature_schemes": list(offer.schemes),
        "dh_bits": [max(policy.dh.policy_min, policy.dh.least), policy.dh.most],
        "dh_multiple_of": policy.dh.multiple_of,
        "disabled_tls": policy.disabled_tls,
        "disabled_certpath": policy.disabled_certpath,
        "name_dialect": policy.name_dialect,
        "masks": policy.masks,
        "sources": [{"kind": source.kind, "text": source.text} for source in policy.sources],
    }


def _section(page: Page, title: str, lines: Iterable[str]) -> None:
    lines = [line for line in lines if line]
    if not lines:
        return
    page.blank()
    page.write(Span(title, "dim"))
    for line in lines:
        page.write(line, first="  ")
