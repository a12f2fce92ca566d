"""The sentences of a diagnosis: headline, reason, rule, gap, oddity. Facts in, catalogue's words out.

Shared by every format that shows sentences. Owns which message fits; layout is text's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.model.handshake import Outcome
from tlswhy.oddity import Oddity
from tlswhy.render.inert import item_name
from tlswhy.render.words import Words
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Gap, Refusal

if TYPE_CHECKING:
    from tlswhy.report import ClientAnswer, Diagnosis


def headline(diagnosis: Diagnosis, words: Words) -> str:
    """The whole answer in one sentence."""
    verdict = diagnosis.verdict
    values: dict[str, object] = {"client": _whoever(diagnosis, words), "server": server_name(diagnosis, words)}
    if verdict.accepted is Accepted.NO and verdict.refusals:
        head = verdict.refusals[0]
        by = "network" if head.cause in _NOBODY_REFUSED else head.by
        return words.say(f"headline.{by}-{head.certainty.value}", values, reason=reason(head, words))
    if verdict.accepted is Accepted.YES:
        flight = diagnosis.situation.flight
        chosen = (("version", flight.version), ("suite", flight.suite))
        values |= {name: None if isinstance(value, Unseen) else value for name, value in chosen}
        handshake = diagnosis.situation.handshake
        finished = handshake is not None and handshake.outcome is Outcome.COMPLETED
        foretold = diagnosis.situation.foretelling or not finished
        return words.say("headline.would-accept" if foretold else "headline.accepted", values)
    if verdict.gaps:
        values["needs"] = gap_needs(verdict.gaps[0], words)
    return words.say("headline.cannot-tell", values)


_NOBODY_REFUSED = frozenset(
    {
        "not-tls",
        "connection-closed",
        "connection-reset",
        "timeout",
        "tcp-refused",
        "dns-failed",
        "host-unreachable",
        "http-error",
        "gadget-invalid",
    }
)
"""Causes in which no end of TLS said no, whoever's packet ended it."""


def client_name(diagnosis: Diagnosis, words: Words) -> str:
    """The client's ID; that of a client which no profile knows says nothing."""
    return diagnosis.client.id if diagnosis.client.policy.known else words.say("headline.unknown-client")


def _whoever(diagnosis: Diagnosis, words: Words) -> str:
    """Of a hello that is only near a profile's: whose it is like; of words alone: what kind of client says such."""
    name, client = client_name(diagnosis, words), diagnosis.client
    family = diagnosis.verdict.refusals[0].facts.get("family") if diagnosis.verdict.refusals else None
    if family is not None and not client.policy.known:
        kind = words.say_if(f"family.{family}") or family
        return words.say("headline.client-of-family", family=kind)
    near = client.how == "assumed" and client.differs and client.policy.known
    return words.say("headline.client-like", client=name) if near else name


def client_title(diagnosis: Diagnosis) -> str | None:
    """What its ID stands for, where that says more."""
    client = diagnosis.client
    title = title_of(client)
    return title if client.policy.known and title and title != client.id else None


def title_of(client: ClientAnswer) -> str:
    """Of a product on one of several runtimes the product's, not the first runtime's."""
    product = client.policy.family != client.id.partition("/")[0]
    if not product:
        return client.policy.title
    from tlswhy.client.profiles import load_client

    return load_client(client.id).title


def client_notes(diagnosis: Diagnosis, words: Words) -> list[str]:
    """How the client is known, how surely, and what that rests on."""
    client = diagnosis.client
    told_by = item_name(client.told_by) if client.told_by is not None else None
    notes = [words.say("says.told-client", item=told_by) if told_by else words.say(f"how.{client.how}")]
    if client.also:
        notes.append(words.say("says.client-also", also=client.also, count=len(client.also)))
    if client.members:
        notes.append(words.say("says.client-members", members=client.members))
    if client.differs:
        what = [hello_part(str(difference.get("part")), words) for difference in client.differs]
        notes.append(words.say("says.client-nearest", differs=what))
    if client.policy.stands_for:
        release, _, vendor = client.policy.stands_for.partition("@")[0].partition("+")
        build = "-vendor" if vendor and release == client.policy.id.partition("@")[0] else ""
        told = {"id": client.policy.stands_for, "asked": client.policy.id, "vendor": vendor}
        notes.append(words.say(f"says.client-stands-for{build}", told))
    if client.policy.known and not client.policy.measured:
        notes.append(words.say("says.client-not-measured"))
    return notes


def hello_part(part: str, words: Words) -> str:
    """What a part of a ClientHello is called."""
    return words.say_if(f"part.{part}") or part


def server_name(diagnosis: Diagnosis, words: Words) -> str:
    """The host asked for, else the address."""
    return diagnosis.host or diagnosis.server or words.say("headline.unknown-server")


def reason(refusal: Refusal, words: Words) -> str:
    """Why, as a clause without a full stop."""
    code = refusal.facts.get("reason")
    special = words.say_if(f"cause.{refusal.cause}.reason-{code}", refusal.facts) if code else None
    return special or words.say(f"cause.{refusal.cause}.reason", refusal.facts)


def rule(refusal: Refusal, words: Words) -> str:
    """The rule behind a refusal."""
    return words.say(f"cause.{refusal.cause}.rule", refusal.facts)


def cause_title(cause: str, words: Words) -> str:
    """What a cause is, in a few words; its ID where the catalogue does not know it."""
    return words.say_if(f"cause.{cause}.title") or cause


def gap_needs(gap: Gap, words: Words) -> str:
    """The missing evidence, as a noun."""
    return words.say_if(f"gap.{gap.needs}.needs", gap.facts) or gap.needs


def ended_early(diagnosis: Diagnosis) -> bool:
    """The connection ended before the server's flight, or there was none: a better capture would not show more."""
    asked = diagnosis.situation.asked
    if asked is not None and asked.fault is not None:
        return True
    handshake = diagnosis.situation.handshake
    return handshake is not None and handshake.outcome is Outcome.BROKEN and handshake.server_hello is None


def oddity(found: Oddity, words: Words) -> str:
    """What is odd."""
    values = {**found.facts, "item": found.item, "place": found.place}
    if "signs" in found.facts:  # what a suspicion stands on, each a sentence, and how sure that makes it
        signs = [words.say(f"reset-sign.{sign}", values) for sign in str(found.facts["signs"]).split(",")]
        likely = "-likely" if found.facts["certainty"] == "likely" else ""
        return f"{words.say(f'oddity.{found.what}{likely}', values)}{words.colon}{words.clauses(signs)}"
    return words.say_if(f"oddity.{found.what}", values) or words.say("oddity.other", what=found.what)


def contradiction(facts: Mapping[str, object], words: Words) -> str:
    """Where evidence and model disagree."""
    values = dict(facts)
    if "cause" in facts:
        values["title"] = cause_title(str(facts["cause"]), words)
    return words.say_if(f"contradiction.{facts.get('what')}", values) or words.say("contradiction.other", values)


def error(fault: TlswhyError, words: Words) -> tuple[str, str | None]:
    """An error's line and its hint, if there is one."""
    values: dict[str, object] = dict(fault.facts)
    if isinstance(fault, BadEvidence):
        values |= {"item": fault.item, "place": fault.place}
    line = words.say(f"error.{fault.code}", values) if words.has(f"error.{fault.code}") else str(fault)
    hint = words.say_if(f"error.{fault.code}-hint", values)
    return line, hint
