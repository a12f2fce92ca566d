"""Run every cause in the client's order, then weigh what the model says against what was seen.

What was seen wins: a handshake that finished is accepted whatever the model says, and the difference is reported as a
contradiction. Owns certainty, candidates, gaps; knows no rule of any client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from tlswhy.causes import cause_ids, cause_module
from tlswhy.grounds import (
    bare_refusal,
    client_alert,
    configured_place,
    offered_facts,
    reason_by_configuration,
    reason_by_others,
    surveyed_reason,
    why_no_chain,
)
from tlswhy.model.client import Source
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.observe.farewell import left_without_a_word, spoke_afterwards
from tlswhy.situation import Situation
from tlswhy.unseen import NotSeen, Unseen
from tlswhy.verdict import Accepted, Certainty, Gap, Refusal, Stage, Verdict

MOST_CANDIDATES = 8
SERVER_ALERT = "server-alert"
CLIENT_GAVE_UP = "client-gave-up"
BROKEN_OFF = frozenset({"connection-reset", "connection-closed"})
"""How a server ends a connection that gives no reason."""

Check = Callable[[Situation], Iterable[Refusal]]
Suspect = Callable[[Situation], float]
Arises = Callable[[Situation], bool]
"""Whether the evidence speaks of the cause at all; a file without it: always."""


def judge(situation: Situation) -> Verdict:
    """The client's verdict on this server, foretold or weighed against its own reaction."""
    findings = _ask_all(situation)
    if not situation.client.known:
        spoke = situation.handshake is not None and situation.handshake.hello is not None
        findings.gaps.append(Gap(None, "client-profile" if spoke else "client"))
    findings.refusals.sort(key=lambda refusal: _rank(situation, refusal))
    refusals = [_with_candidates(situation, refusal) for refusal in findings.refusals]
    last_resort = [refusal for refusal in refusals if refusal.cause == CLIENT_GAVE_UP]
    refusals = [refusal for refusal in refusals if refusal.cause != CLIENT_GAVE_UP]
    handshake = situation.handshake
    if situation.foretelling or handshake is None or handshake.outcome is Outcome.OPEN:
        verdict = _foretold(situation, findings, refusals)
    elif handshake.outcome is Outcome.COMPLETED:
        verdict = _completed(situation, handshake, findings, refusals)
    else:
        verdict = _broken(situation, findings, refusals, last_resort)
    return _with_what_is_withheld(situation, _with_what_decides(_with_sources(verdict)))


@dataclass(slots=True)
class _Findings:
    refusals: list[Refusal] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    ruled_out: list[str] = field(default_factory=list)
    open_causes: list[str] = field(default_factory=list)


class _Cause(NamedTuple):
    """What a cause file holds for the judge."""

    stage: Stage
    check: Check
    suspect: Suspect | None
    prior: float
    arises: Arises | None
    of_the_path: bool
    sources: tuple[Source, ...]


@cache
def _cause(cause: str) -> _Cause:
    module = cause_module(cause)
    return _Cause(
        module.STAGE,
        module.check,
        getattr(module, "suspect", None),
        getattr(module, "PRIOR", 0.0),
        getattr(module, "arises", None),
        getattr(module, "OF_THE_PATH", False),
        getattr(module, "SOURCES", ()),
    )


def _ask_all(situation: Situation) -> _Findings:
    findings = _Findings()
    sound, missing_path = _of_all_paths(situation)
    for cause in cause_ids():
        asked = _cause(cause)
        if asked.of_the_path and sound:
            findings.ruled_out.append(cause)
            continue
        if asked.of_the_path and missing_path:
            findings.gaps.append(_gap(cause, missing_path))
            findings.open_causes.append(cause)
            continue
        if asked.arises is not None and not asked.arises(situation):
            continue
        try:
            found = tuple(asked.check(situation))
        except NotSeen as missing:
            findings.gaps.append(_gap(cause, missing.needs))
            findings.open_causes.append(cause)
            continue
        except Exception as error:  # a crash in one cause must not hide the others
            findings.gaps.append(Gap(cause, "cause-crashed", {"error": type(error).__name__}))
            findings.open_causes.append(cause)
            continue
        if found:
            findings.refusals.extend(found)
        else:
            findings.ruled_out.append(cause)
    return findings


def _of_all_paths(situation: Situation) -> tuple[bool, str | None]:
    """What a dozen causes would each find for themselves: nothing is wrong with the path, or which evidence of it is
    missing."""
    path = situation.path
    if not isinstance(path, Unseen):
        return path.accepted is True and not path.objections, None
    if situation.flight.chain is None:
        return True, None
    return False, why_no_chain(situation)


@cache
def _gap(cause: str, needs: str) -> Gap:
    """Few different ones, found over and over where many clients are judged."""
    return Gap(cause, needs)


def _rank(situation: Situation, refusal: Refusal) -> tuple[int, int]:
    """What came instead of, or before, the server's flight is first, by frame; then the client's order of stages."""
    order = situation.client.check_order or tuple(Stage)
    if refusal.by != "client" or refusal.stage is Stage.SERVER_ANSWER:
        return (-1, refusal.order)
    try:
        return (order.index(refusal.stage), refusal.order)
    except ValueError:
        return (list(Stage).index(refusal.stage), refusal.order)


def _with_candidates(situation: Situation, refusal: Refusal) -> Refusal:
    if refusal.cause in BROKEN_OFF and situation.configuration is not None:
        return _by_configuration(situation, refusal)
    if refusal.cause != SERVER_ALERT or bare_refusal(situation) is None:
        return refusal
    surveyed = surveyed_reason(situation)
    configured = reason_by_configuration(situation) if surveyed is None else None
    if (decided := surveyed or configured or reason_by_others(situation)) is not None:
        facts = {**refusal.facts, **offered_facts(situation, decided), "by_survey": surveyed is not None}
        where = (*refusal.where, *(configured_place(situation, configured) if configured else ()))
        told = replace(refusal, cause=decided, facts=facts, where=where, candidates=(), shown=False)
        return replace(told, certainty=Certainty.AGREES)
    return replace(refusal, candidates=tuple(_suspects(situation))[:MOST_CANDIDATES])


def _by_configuration(situation: Situation, refusal: Refusal) -> Refusal:
    """A connection that the server ended without a word, where its configuration says why it would; not where the
    packet tells that another machine has sent it."""
    elsewhere = refusal.facts.get("reason") == "elsewhere-likely"
    cause = None if elsewhere else reason_by_configuration(situation)
    if cause is None:
        return refusal
    facts = {**refusal.facts, **offered_facts(situation, cause)}
    where = (*refusal.where, *configured_place(situation, cause))
    return replace(refusal, cause=cause, facts=facts, where=where, shown=False, certainty=Certainty.AGREES, by="server")


def _suspects(situation: Situation) -> Iterable[str]:
    """Causes that may stand behind a bare refusal, likeliest first."""
    weights: dict[str, float] = {}
    for cause in cause_ids():
        suspect = _cause(cause).suspect
        if suspect is not None:
            weights[cause] = suspect(situation)
    return sorted((cause for cause, weight in weights.items() if weight > 0), key=lambda cause: -weights[cause])


def _with_sources(verdict: Verdict) -> Verdict:
    """What the wire shows is no rule of a client's; the cause's own page says what it rests on."""
    if all(refusal.sources for refusal in verdict.refusals):
        return verdict
    told = [each if each.sources else replace(each, sources=_cause(each.cause).sources) for each in verdict.refusals]
    return replace(verdict, refusals=tuple(told))


def _with_what_decides(verdict: Verdict) -> Verdict:
    """Where the headline only shows that somebody refused: first of all gaps the evidence that tells why."""
    head = verdict.refusals[0] if verdict.refusals else None
    if head is None or head.cause not in (SERVER_ALERT, CLIENT_GAVE_UP):
        return verdict
    decides = "client-reason" if head.cause == CLIENT_GAVE_UP else "server-reason"
    if head.cause == SERVER_ALERT and head.candidates:
        decides = "server-choice"
    return replace(verdict, gaps=(Gap(head.cause, decides), *verdict.gaps))


def _with_what_is_withheld(situation: Situation, verdict: Verdict) -> Verdict:
    """Certificates alone: they are judged as if the server had sent them; which usual servers would not stands beside
    that, and changes nothing of it."""
    flight = situation.flight
    alone = (
        situation.handshake is None and flight.assumed and isinstance(flight.suite, Unseen) and situation.client.known
    )
    if not alone or isinstance(flight.version, Unseen) or not flight.chain or isinstance(flight.chain, Unseen):
        return verdict
    from tlswhy.server.withholding import withholding

    found = withholding(situation.client.offer, flight.chain)
    if not found:
        return verdict
    gap = Gap(next(iter(found.values())), "chain-withheld", {"servers": ", ".join(found)})
    still = tuple(cause for cause in verdict.ruled_out if cause != gap.cause)
    return replace(verdict, gaps=(*verdict.gaps, gap), ruled_out=still)


def _foretold(situation: Situation, findings: _Findings, refusals: list[Refusal]) -> Verdict:
    """By the model alone; of a client that no profile knows only what the server did is sure."""
    judged = tuple(_seen_or_foretold(refusal) for refusal in refusals)
    unrefused = Accepted.CANNOT_TELL if findings.gaps else Accepted.YES
    sure = [refusal for refusal in judged if situation.client.known or refusal.by != "client"]
    accepted = Accepted.NO if sure else unrefused
    return _verdict(accepted, judged, findings)


def _completed(situation: Situation, handshake: Handshake, findings: _Findings, refusals: list[Refusal]) -> Verdict:
    """Both ends finished: accepted, unless the server took it back afterwards (a client certificate in TLS 1.3), or the
    client is one that looks at the server only then, and went without a word."""
    afterwards = [replace(refusal, certainty=Certainty.SHOWN) for refusal in refusals if refusal.by == "server"]
    if not afterwards and left_without_a_word(handshake):
        if late := [refusal for refusal in refusals if _minded_late(situation, refusal)]:
            head, *rest = late
            told = (replace(head, certainty=Certainty.AGREES), *rest)
            return _verdict(Accepted.NO, told, findings)
        if not situation.client.known:
            findings.gaps.append(Gap(None, "client-reason"))
            return _verdict(Accepted.CANNOT_TELL, (), findings)
        if any(_cause(cause).stage in situation.client.checks_after_handshake for cause in findings.open_causes):
            return _verdict(Accepted.CANNOT_TELL, (), findings)
    elif not afterwards and situation.client.checks_after_handshake and not spoke_afterwards(handshake):
        return _foretold(situation, findings, refusals)  # it has not looked yet, as far as this was captured
    contradictions = tuple(
        {"what": "model-refuses-what-was-accepted", "cause": refusal.cause, **_plain(refusal.facts)}
        for refusal in refusals
        if refusal.by == "client"
    )
    crashes = [gap for gap in findings.gaps if gap.needs == "cause-crashed"]
    kept = _Findings(gaps=crashes, ruled_out=findings.ruled_out)
    if afterwards:
        return replace(_verdict(Accepted.NO, tuple(afterwards), kept), contradictions=contradictions)
    return replace(_verdict(Accepted.YES, (), kept), contradictions=contradictions)


def _minded_late(situation: Situation, refusal: Refusal) -> bool:
    """Whether this client may mind this behind a finished handshake; of an unknown one nobody knows when it looks."""
    client = situation.client
    if refusal.by != "client":
        return False
    return not client.known or refusal.stage in client.checks_after_handshake


def _broken(situation: Situation, findings: _Findings, refusals: list[Refusal], last_resort: list[Refusal]) -> Verdict:
    """It ended unfinished: the client's alert, where it can be read, chooses among what the model finds."""
    if any(refusal.by != "client" for refusal in refusals):
        return _verdict(Accepted.NO, tuple(_seen_or_foretold(refusal) for refusal in refusals), findings)
    alert = client_alert(situation)
    description = alert.message.description if alert else None
    table = _alerts(situation, description)
    fitting = [r for r in refusals if description is None or not table or description in table.get(r.cause, ())]
    if fitting:
        head = fitting[0]
        certainty = Certainty.SHOWN if head.shown else _certainty(table, description, head.cause)
        rest = [replace(r, certainty=Certainty.FORETOLD) for r in refusals if r is not head]
        contradictions = () if refusals[0] is head else (_unlike(refusals[0], description),)
        verdict = _verdict(Accepted.NO, (replace(head, certainty=certainty), *rest), findings)
        return replace(verdict, contradictions=contradictions)
    candidates = tuple(_by_alert(table, description, findings))[:MOST_CANDIDATES]
    unexplained = tuple(_unlike(refusal, description) for refusal in refusals)
    if not last_resort:
        return replace(_foretold(situation, findings, refusals), contradictions=unexplained)
    # Without a readable alert only sizes and order of records, or the close, tell that it was the client who left.
    gave_up = replace(last_resort[0], candidates=candidates, certainty=Certainty.SHOWN if alert else Certainty.AGREES)
    if len(candidates) > 1 and alert is not None:
        gave_up = replace(gave_up, facts={**gave_up.facts, "fitting": len(candidates)})
    if len(candidates) == 1 and alert is not None:
        facts, sure = {**gave_up.facts, "by_alert": True}, _certainty(table, description, candidates[0])
        (cause,) = candidates
        gave_up = replace(gave_up, cause=cause, stage=_cause(cause).stage, candidates=(), facts=facts, certainty=sure)
    rest = [replace(refusal, certainty=Certainty.FORETOLD) for refusal in refusals]
    return replace(_verdict(Accepted.NO, (gave_up, *rest), findings), contradictions=unexplained)


def _alerts(situation: Situation, description: int | None) -> Mapping[str, tuple[int, ...]]:
    """By cause, what this client sends. An alert that its profile never sends means what the RFCs mean by it: a client
    whose hello is only near the profile's, or one set up otherwise, has sent it."""
    table = situation.client.alerts
    if description is None or not table or any(description in numbers for numbers in table.values()):
        return table
    from tlswhy.client.unknown import standard_alerts

    return standard_alerts()


def _seen_or_foretold(refusal: Refusal) -> Refusal:
    if refusal.certainty is Certainty.AGREES:  # seen to be refused, for a reason that other evidence gives
        return refusal
    certainty = Certainty.SHOWN if refusal.shown else Certainty.FORETOLD
    return refusal if refusal.certainty is certainty else replace(refusal, certainty=certainty)


def _certainty(table: Mapping[str, tuple[int, ...]], description: int | None, cause: str) -> Certainty:
    """An alert that this client has for one cause only names it; any other merely agrees with it."""
    named = {known for known, numbers in table.items() if description in numbers}
    return Certainty.SHOWN if named == {cause} else Certainty.AGREES


def _by_alert(table: Mapping[str, tuple[int, ...]], description: int | None, findings: _Findings) -> Iterator[str]:
    """What this client may have meant, likeliest first: causes with this alert that the evidence has not ruled out."""
    for cause in sorted(findings.open_causes, key=lambda cause: -_cause(cause).prior):
        if cause != CLIENT_GAVE_UP and (description is None or description in table.get(cause, ())):
            yield cause


def _unlike(refusal: Refusal, alert: int | None) -> dict[str, object]:
    return {"what": "alert-unlike-model", "cause": refusal.cause, "alert": alert}


def _verdict(accepted: Accepted, refusals: tuple[Refusal, ...], findings: _Findings) -> Verdict:
    named = {refusal.cause for refusal in refusals} | {c for refusal in refusals for c in refusal.candidates}
    ruled_out = [cause for cause in findings.ruled_out if cause not in named] if named else findings.ruled_out
    return Verdict(accepted, refusals, tuple(findings.gaps), tuple(ruled_out))


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if isinstance(value, str | int)}
