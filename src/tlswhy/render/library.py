"""What is known of causes, clients and platforms, as pages and as JSON: the commands of these names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from enum import IntEnum
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from tlswhy.causes import cause_module
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.model.client import ClientPolicy, Source
from tlswhy.pki.path_rules import PathRules
from tlswhy.remedy.platforms import Platform
from tlswhy.render.figures import alert, version
from tlswhy.render.inert import shortened
from tlswhy.render.ink import Page, Span
from tlswhy.render.table import run_of, two_columns
from tlswhy.render.words import Words
from tlswhy.wire.numbers import extension_name, group_name, scheme_name, suite_name

Json = dict[str, Any]


def list_causes(causes: Sequence[str], words: Words, page: Page) -> None:
    """One line each."""
    two_columns([(cause, words.say(f"cause.{cause}.title"), "") for cause in causes], page)


def show_cause(cause: str, words: Words, page: Page) -> None:
    """One cause on a page."""
    page.write((Span(cause, "name"), Span(f" · {words.say(f'cause.{cause}.title')}", "strong")))
    for title, lines in cause_facts(cause, words):
        _section(page, title, lines)


def cause_facts(cause: str, words: Words) -> Iterable[tuple[str, list[str]]]:
    """What is known of a cause: titles and lines."""
    yield words.say("page.why"), [words.say(f"cause.{cause}.rule")]
    if stage := stage_of(cause):
        yield words.say("page.stage"), [words.say(f"stage.{stage}")]
    yield words.say("page.look"), [words.say(f"cause.{cause}.look")]
    yield words.say("page.alerts"), [f"{told}: {', '.join(runs)}" for told, runs in alerts_of(cause, words).items()]
    yield words.say("page.next"), [words.say(f"cause.{cause}.next")]
    yield words.say("page.references"), references(cause)


def cause_json(cause: str, words: Words) -> Json:
    """One cause."""
    says = {name: words.say(f"cause.{cause}.{name}") for name in ("title", "rule", "look", "next")}
    known = {client: list(numbers) for client, numbers in _alerts_by_client(cause)}
    return {"id": cause, **says, "stage": stage_of(cause), "alerts": known, "references": references(cause)}


def list_platforms(platforms: Sequence[Platform], words: Words, page: Page) -> None:
    """One line each: what it is, whose side, for how many changes it has a recipe."""
    rows = []
    for platform in platforms:
        count = words.say("page.recipes-count", count=len(platform.recipes))
        rows.append((platform.id, platform.title, f"· {words.say(f'plan.side-{platform.side.value}')} · {count}"))
    two_columns(rows, page)


def show_platform(platform: Platform, words: Words, page: Page) -> None:
    """One platform: every change with its steps, and what its TLS library has."""
    page.write((Span(platform.id, "name"), Span(f" · {platform.title}", "strong")))
    _section(page, words.say("page.side"), [words.say(f"plan.side-{platform.side.value}")])
    for name, table in platform.recipes.items():
        _section(page, name, [step.get(words.language) or step.get("en", "") for step in table["steps"]])
    if platform.abilities is not None:
        _section(page, words.say("page.suites"), list(platform.abilities.names))
    _section(page, words.say("page.sources"), [f"{source.kind}: {source.text}" for source in platform.sources])


def platform_json(platform: Platform) -> Json:
    """One platform."""
    has = platform.abilities
    return {
        "id": platform.id,
        "title": platform.title,
        "side": platform.side.value,
        "changes": list(platform.recipes),
        "suites": list(has.names) if has else None,
        "sources": [{"kind": source.kind, "text": source.text} for source in platform.sources],
    }


def stage_of(cause: str) -> str | None:
    """Where in the handshake the client looks at this; None where it is no one place."""
    stage = getattr(cause_module(cause), "STAGE", None)
    return None if stage is None else str(stage.value)


def alerts_of(cause: str, words: Words) -> dict[str, list[str]]:
    """What clients send for it, by alert: runs of neighbouring clients."""
    found: dict[str, list[str]] = {}
    for numbers, same in groupby(_alerts_by_client(cause), key=lambda known: known[1]):
        told = words.listed([alert(number) for number in numbers]) or words.say("page.no-alert")
        found.setdefault(told, []).append(run_of([client for client, _ in same]))
    return found


def _alerts_by_client(cause: str) -> list[tuple[str, tuple[int, ...]]]:
    """Each runtime that is known to have an alert, or none, for it."""
    sets = [load_client(identifier) for identifier in client_ids()]
    single = [found.members[0] for found in sets if len(found.members) == 1]
    return [(policy.id, policy.alerts[cause]) for policy in single if cause in policy.alerts]


def own_page(cause: str) -> str:
    """What the file of a cause says of it: one sentence, then sections whose lines are indented."""
    spec = find_spec(f"tlswhy.causes.{cause.replace('-', '_')}")
    if spec is None or spec.origin is None:
        return ""
    return ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""


def references(cause: str) -> list[str]:
    """The references of a cause's own page: RFC sections, class names; the same in every language."""
    _, found, text = own_page(cause).partition("\nReferences\n")
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
    for title, lines in client_facts(policy, words):
        _section(page, title, lines)


def show_set(identifier: str, title: str, members: Sequence[ClientPolicy], words: Words, page: Page) -> None:
    """A product whose runtime nobody knows: which runtimes may stand behind it, and what is said of it whatever it is.

    ``members`` share the product's layer, its documented facts and, first of theirs, its sources.
    """
    page.blank()
    page.write((Span(identifier, "client"), Span(f" · {shortened(title)}", "strong")))
    page.blank()
    page.write(words.say("page.stands-for", count=len(members)), first="  ")
    list_clients([(member.runtime, (member,)) for member in members], words, page)
    first = members[0]
    shared = [source for source in first.sources if all(source in member.sources for member in members)]
    if first.masks:
        _section(page, words.say("page.mask"), [first.masks])
    _section(page, words.say("page.name-rule"), [first.name_dialect])
    for name, entries in first.documented.items():
        _section(page, words.say(f"page.documented-{name}"), list(entries))
    told = [f"{words.say(f'source.{s.kind}')}{words.colon}{shortened(s.text, LONGEST_SOURCE)}" for s in shared]
    _section(page, words.say("page.sources"), told)


def client_json(identifier: str, members: Sequence[ClientPolicy], sources: Sequence[Source]) -> Json:
    """One client; several members where the ID stands for a set of runtimes."""
    return {
        "id": identifier,
        "members": [_policy_json(member) for member in members],
        "sources": [{"kind": source.kind, "text": source.text} for source in sources],
    }


def client_facts(policy: ClientPolicy, words: Words) -> Iterable[tuple[str, list[str]]]:
    """What is known of a client: titles and lines; a title without lines is not known of it."""
    say = words.say
    yield from _offered(policy, words)
    yield say("page.dh"), [_sizes(policy, words)]
    yield from _constraints(policy, words)
    yield say("page.paths"), list(_path_rules(policy.path_rules, words))
    if policy.longest_chain is not None:
        yield say("page.chain-limit"), [str(policy.longest_chain)]
    if policy.largest_handshake_message is not None:
        yield say("page.message-limit"), [say("ladder.bytes", count=policy.largest_handshake_message)]
    if policy.largest_certificate_message is not None:
        yield say("page.certificate-limit"), [say("ladder.bytes", count=policy.largest_certificate_message)]
    yield say("page.name-rule"), [policy.name_dialect]
    yield say("page.order"), [" → ".join(words.say_if(f"stage.{stage}") or stage for stage in policy.check_order)]
    told = [
        f"{cause}: {', '.join(map(alert, numbers)) or say('page.no-alert')}"
        for cause, numbers in sorted(policy.alerts.items())
    ]
    yield say("page.alerts-sent"), told
    yield say("page.fatal-warnings"), [", ".join(map(alert, sorted(policy.fatal_warnings)))]
    if policy.masks:
        yield say("page.mask"), [policy.masks]
    for name, entries in policy.documented.items():
        yield say(f"page.documented-{name}"), list(entries)
    yield (
        say("page.sources"),
        [f"{say(f'source.{s.kind}')}{words.colon}{shortened(s.text, LONGEST_SOURCE)}" for s in policy.sources],
    )


LONGEST_SOURCE = 600


def _offered(policy: ClientPolicy, words: Words) -> Iterable[tuple[str, list[str]]]:
    say, offer = words.say, policy.offer
    yield say("page.versions"), [", ".join(version(number) for number in offer.versions)]
    yield say("page.suites"), [suite_name(number) for number in offer.suites]
    yield say("page.groups"), [", ".join(group_name(number) for number in offer.groups)]
    yield say("page.schemes"), [", ".join(scheme_name(number) for number in offer.schemes)]
    yield say("page.schemes-cert"), [", ".join(scheme_name(number) for number in offer.schemes_cert)]
    yield say("page.key-shares"), [", ".join(group_name(number) for number in offer.key_shares)]
    yield say("page.extensions"), [", ".join(extension_name(number) for number in offer.extensions)]


def _sizes(policy: ClientPolicy, words: Words) -> str:
    limits = policy.dh
    key = "page.dh-multiple" if limits.multiple_of > 1 else "page.dh-range"
    least = max(limits.policy_min, limits.least)
    return words.say(key, least=least, most=limits.most, multiple=limits.multiple_of)


def _constraints(policy: ClientPolicy, words: Words) -> Iterable[tuple[str, list[str]]]:
    """The properties verbatim; where they include the list of curves, that as well."""
    yield words.say("page.disabled-tls"), [policy.disabled_tls]
    yield words.say("page.disabled-certpath"), [policy.disabled_certpath]
    verbatim = f"{policy.disabled_tls}, {policy.disabled_certpath}"
    if "include" in verbatim:
        entries = getattr(getattr(policy.path_rules, "tls", None), "entries", ())
        curves = [entry.text for entry in entries if entry.text not in verbatim]
        yield words.say("page.disabled-curves"), [", ".join(curves)]


def _path_rules(rules: object, words: Words) -> Iterable[str]:
    """Each rule that is there. The catalogue's [paths] has a message for a field, or the field's own name is said."""
    for field in fields(rules) if is_dataclass(rules) else ():
        value = getattr(rules, field.name)
        if isinstance(value, bool | IntEnum):
            told = ("yes" if value else "no") if isinstance(value, bool) else value.name.lower().replace("_", "-")
            line = words.say_if(f"paths.{field.name}-{told}")
            if line is None and not isinstance(rules, PathRules):
                line = f"{field.name.replace('_', ' ')}: {told}"
        else:
            line = _valued(field.name, value, words)
        if line:
            yield line


def _valued(name: str, value: object, words: Words) -> str | None:
    """A rule with a number, a word, or a set of names; None where it has none or is no rule of its own."""
    if isinstance(value, str | int):
        return words.say_if(f"paths.{name}", value=value) or f"{name.replace('_', ' ')}: {value}"
    if not isinstance(value, frozenset | tuple) or not value:
        return None
    title = words.say_if(f"paths.{name}") or name.replace("_", " ")
    return f"{title}{words.colon}{', '.join(sorted(map(str, value)))}"


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
        "signature_schemes_cert": list(offer.schemes_cert),
        "key_shares": list(offer.key_shares),
        "extensions": list(offer.extensions),
        "longest_chain": policy.longest_chain,
        "largest_handshake_message": policy.largest_handshake_message,
        "largest_certificate_message": policy.largest_certificate_message,
        "check_order": list(policy.check_order),
        "alerts": {cause: list(numbers) for cause, numbers in sorted(policy.alerts.items())},
        "fatal_warnings": sorted(policy.fatal_warnings),
        "documented": {name: list(entries) for name, entries in policy.documented.items()},
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
