"""What the client says itself, weighed against what was seen: it confirms a verdict, contradicts it, or stands alone.

Owns which words are about which connection and how much an exception counts: it is the client's own reason, so it names
a cause as surely as an alert does; but a handshake that was seen to finish, or to end otherwise, is stronger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tlswhy.causes import cause_ids, cause_module
from tlswhy.client.profiles import ClientSet, load_client
from tlswhy.errors import BadRequest
from tlswhy.evidence.types import ClientWords, DescribedCertificates
from tlswhy.model.client import Source
from tlswhy.model.handshake import Handshake
from tlswhy.model.moments import moment_of_ns
from tlswhy.model.where import Where
from tlswhy.observe.twins import random_of
from tlswhy.verdict import Accepted, Certainty, Gap, Refusal, Stage, Verdict

if TYPE_CHECKING:
    from tlswhy.observe.words import Meaning

CLIENT_GAVE_UP = "client-gave-up"
SERVER_ALERT = "server-alert"
_UNDECIDED = frozenset({CLIENT_GAVE_UP, SERVER_ALERT})
CLOCKS_DIFFER = timedelta(minutes=5)
"""A log's clock and a capture's are two clocks."""
_STAGES_WITHOUT_FILE = {"dns-failed": Stage.CONNECT}
_OF_THE_REST = frozenset({"chain-incomplete", "trust-anchor-missing", "trust-anchor-mismatch"})
"""Causes that a certificate which was sent, but is not shown, would take away."""
_CERTIFICATES = ("cert-", "trust-", "chain-", "self-signed", "ca-", "name-constraints", "hostname")


def meanings_of(words: Iterable[ClientWords], described: Sequence[DescribedCertificates] = ()) -> list[Meaning]:
    """What the words mean, those that mean a refusal; narrowed by what their own text describes."""
    from tlswhy.observe.words import meaning_of  # costs more than a capture's whole start

    return [meaning for said in words if (meaning := meaning_of(said, described)) is not None]


def families_of(words: ClientWords) -> frozenset[str]:
    """The families of clients whose words these can be; empty where they may be anybody's."""
    from tlswhy.observe.words import families_of

    return families_of(words)


def without_hidden_certificates(verdict: Verdict) -> Verdict:
    """The verdict on a chain of which not all certificates are shown: what the others may mend, or break, is open."""
    kept = tuple(refusal for refusal in verdict.refusals if refusal.cause not in _OF_THE_REST)
    if kept:
        return replace(verdict, refusals=kept)
    gaps = (Gap(None, "server-certificates"), *(g for g in verdict.gaps if g.needs != "server-certificates"))
    return replace(verdict, accepted=Accepted.CANNOT_TELL, refusals=(), gaps=gaps)


def narrowed_by(meanings: Sequence[Meaning], chain: Sequence[tuple[str, str]]) -> list[Meaning]:
    """The same words, without what the served chain, as (subject, issuer) from the leaf on, excludes."""
    from tlswhy.observe.words import excluded_by

    out = excluded_by(chain)
    left = [tuple(cause for cause in meaning.causes if cause not in out) for meaning in meanings]
    return [
        replace(meaning, causes=causes) if causes and len(meaning.causes) > 1 else meaning
        for meaning, causes in zip(meanings, left, strict=True)
    ]


def concerns(words: ClientWords, host: str | None, handshake: Handshake | None) -> bool | None:
    """Whether words are about a connection, or a server of this name: None where nothing in them tells."""
    told: list[bool] = []
    if words.hello is not None and handshake is not None and (random := random_of(handshake)) is not None:
        if words.hello.random == random:
            return True  # the same log tells of this very connection
        if any(words.hello.random):
            told.append(False)
    if words.host is not None and words.host != words.address and host is not None:
        told.append(words.host.lower().rstrip(".") == host.lower().rstrip("."))
    if handshake is not None and handshake.server.address:
        if words.address is not None:
            told.append(words.address == handshake.server.address)
        if words.port is not None:
            told.append(words.port == handshake.server.port)
    if handshake is not None and handshake.client.address and words.client is not None:
        ports = words.client_port in (None, handshake.client.port)
        told.append(words.client == handshake.client.address and ports)
    if handshake is not None and handshake.first_time_ns and words.times:
        first, last = moment_of_ns(handshake.first_time_ns), moment_of_ns(handshake.last_time_ns)
        told.append(any(time - first >= -CLOCKS_DIFFER and time - last <= CLOCKS_DIFFER for time in words.times))
    return all(told) if told else None


def by_server(meanings: Sequence[Meaning]) -> list[list[Meaning]]:
    """Words in groups of one server (and client) each; those that name none belong to the only one that is named."""
    groups: dict[tuple[str | None, int | None, str | None], list[Meaning]] = {}
    for meaning in meanings:
        words = meaning.words
        groups.setdefault((words.host or words.address, words.port, words.client), []).append(meaning)
    nameless = groups.pop((None, None, None), [])
    if len(groups) == 1:
        return [nameless + group for group in groups.values()]
    return [group for group in (*groups.values(), nameless) if group]


def server_named(words: Iterable[ClientWords]) -> str | None:
    """The server's address as "ip:port", where the words name both."""
    named = next((said for said in words if said.address and said.port), None)
    return None if named is None else f"{named.address}:{named.port}"


def clients_told(named: tuple[ClientSet, ...], words: Iterable[ClientWords]) -> tuple[ClientSet, ...]:
    """The clients named; where none is, the runtime that the evidence itself names (java -version, a log's head).

    A product whose runtime nobody knows is narrowed to that runtime.
    """
    runtime = next((said.runtime for said in words if said.runtime is not None), None)
    if runtime is None:
        return named
    try:
        told = load_client(runtime.id)
    except BadRequest:  # a release line that no profile knows
        return named
    if not named:
        return (told,)
    return tuple(
        replace(client, members=client.with_runtimes((runtime.id,))) if len(client.members) > 1 else client
        for client in named
    )


def verdict_of_words(meanings: Sequence[Meaning], *, client_known: bool) -> Verdict:
    """The verdict where words are all there is: they tell of a refusal."""
    heard = telling(meanings)
    refusals = tuple(refusal_of(meaning) for meaning in heard)
    return Verdict(Accepted.NO, refusals, tuple(_gaps(heard[0], client_known=client_known)))


def weigh(verdict: Verdict, meanings: Sequence[Meaning], *, finished: bool) -> Verdict:
    """The verdict on a connection, with what the client said of it. ``finished``: the handshake was seen to finish."""
    heard = telling(meanings)
    for meaning in reversed(heard):  # the most telling one last: it has the last word
        verdict = _weigh(verdict, meaning, finished=finished)
    return _settled(verdict, heard)


def _settled(verdict: Verdict, heard: Sequence[Meaning]) -> Verdict:
    """What the client has said itself need not be asked for any more, and is not ruled out."""
    said = {refusal.cause for refusal in verdict.refusals} | {c for r in verdict.refusals for c in r.candidates}
    told = any(not meaning.weak and meaning.by == "client" for meaning in heard)
    gaps = tuple(gap for gap in verdict.gaps if not (told and gap.needs == "client-reason"))
    return replace(verdict, gaps=gaps, ruled_out=tuple(cause for cause in verdict.ruled_out if cause not in said))


def telling(meanings: Iterable[Meaning]) -> list[Meaning]:
    """The most telling first: those that name a cause, the client's before the network's, later ones before earlier;
    what others already explain, and masks beside anything else, is left out."""
    ranked = sorted(meanings, key=_line_of, reverse=True)
    ranked.sort(key=lambda meaning: (meaning.weak, len(meaning.causes) > 1, meaning.by == "network"))
    kept: list[Meaning] = []
    for meaning in ranked:
        explained = any(set(other.causes) & set(meaning.causes) for other in kept)
        if not explained and not (meaning.weak and kept):
            kept.append(meaning)
    return kept


def refusal_of(meaning: Meaning) -> Refusal:
    """Words as a refusal: the cause they name, or who refused and what can lie behind it."""
    undecided = SERVER_ALERT if meaning.by == "server" else CLIENT_GAVE_UP
    cause = meaning.cause or undecided
    facts: dict[str, object] = {**meaning.facts, "said": meaning.said, "rule": meaning.source}
    if len(families := families_of(meaning.words)) == 1:
        (facts["family"],) = families
    if meaning.alert is not None:
        facts["alert"] = meaning.alert
    if meaning.mask is not None:
        facts["mask"] = meaning.mask
    if cause == CLIENT_GAVE_UP:
        facts["reason"] = "words" if meaning.mask is None else "mask"
    return Refusal(
        cause=cause,
        stage=_stage(cause),
        facts={name: value for name, value in facts.items() if value != ""},
        where=meaning.where,
        sources=_sources(meaning),
        by=meaning.by,
        candidates=() if meaning.cause else meaning.causes,
        shown=True,
        certainty=Certainty.SHOWN,
    )


def _weigh(verdict: Verdict, meaning: Meaning, *, finished: bool) -> Verdict:
    if verdict.accepted is Accepted.YES and finished:
        return _contradicted(verdict, meaning, "words-refuse-what-was-accepted")
    agreeing = [refusal for refusal in verdict.refusals if refusal.cause in meaning.causes]
    if agreeing:
        return replace(_confirmed(verdict, agreeing[0], meaning), accepted=Accepted.NO)
    head = verdict.refusals[0] if verdict.refusals else None
    if head is None:
        return _from_words(verdict, meaning)
    if verdict.accepted is Accepted.CANNOT_TELL:  # what was only foretold of a client that nobody knows
        return replace(verdict, accepted=Accepted.NO, refusals=(refusal_of(meaning), *verdict.refusals))
    narrowed = tuple(cause for cause in head.candidates if cause in meaning.causes)
    if head.cause in _UNDECIDED and (narrowed or not head.candidates):
        return _narrowed(verdict, head, meaning, narrowed)
    if meaning.cause is None:
        return verdict if meaning.weak else _contradicted(verdict, meaning, "words-unlike-model")
    if head.certainty is Certainty.SHOWN and head.cause not in _UNDECIDED:
        return _contradicted(verdict, meaning, "words-unlike-model")
    rest = tuple(replace(refusal, certainty=Certainty.FORETOLD) for refusal in verdict.refusals)
    said = replace(verdict, refusals=(refusal_of(meaning), *(r for r in rest if r.cause not in _UNDECIDED)))
    return _contradicted(said, meaning, "words-unlike-model", head.cause) if head.cause not in _UNDECIDED else said


def _confirmed(verdict: Verdict, refusal: Refusal, meaning: Meaning) -> Verdict:
    """The model found it too: the facts are the model's, both places are cited."""
    named = meaning.cause is not None
    certainty = Certainty.SHOWN if named else max(refusal.certainty, Certainty.AGREES, key=_SURENESS.index)
    facts = {**refusal.facts, "said": meaning.said} if meaning.said else refusal.facts
    where = tuple(dict.fromkeys((*refusal.where, *meaning.where)))
    told = replace(refusal, certainty=certainty, facts=facts, where=where, shown=refusal.shown or named)
    if not named or refusal is verdict.refusals[0]:
        refusals = tuple(told if r is refusal else r for r in verdict.refusals)
        return replace(verdict, refusals=refusals)
    head = verdict.refusals[0]
    if head.certainty is Certainty.SHOWN:
        return _contradicted(verdict, meaning, "words-unlike-model", head.cause)
    rest = tuple(r for r in verdict.refusals if r is not refusal)
    moved = replace(verdict, refusals=(told, *rest))
    return _contradicted(moved, meaning, "words-unlike-model", head.cause)


def _narrowed(verdict: Verdict, head: Refusal, meaning: Meaning, narrowed: tuple[str, ...]) -> Verdict:
    """Connection and words together leave fewer causes than either, at best one."""
    left = narrowed or meaning.causes
    if set(left) <= set(verdict.ruled_out):  # everything was seen, and none of them found
        verdict = _contradicted(verdict, meaning, "words-refuse-what-the-model-accepts")
    if len(left) == 1:
        said = refusal_of(replace(meaning, causes=left))
        certainty = Certainty.SHOWN if meaning.cause else Certainty.AGREES
        where = tuple(dict.fromkeys((*head.where, *said.where)))
        told = replace(said, where=where, certainty=certainty, by=head.by if head.cause == SERVER_ALERT else said.by)
    else:
        where = tuple(dict.fromkeys((*head.where, *meaning.where)))
        facts = {**head.facts, "said": meaning.said} if meaning.said else head.facts
        told = replace(head, candidates=left, where=where, facts=facts)
    return replace(verdict, refusals=(told, *verdict.refusals[1:]))


def _from_words(verdict: Verdict, meaning: Meaning) -> Verdict:
    """Nothing was found, or nobody can tell: the words tell that it was refused."""
    said = replace(verdict, accepted=Accepted.NO, refusals=(refusal_of(meaning),))
    named = {meaning.cause, *meaning.causes}
    said = replace(said, ruled_out=tuple(cause for cause in said.ruled_out if cause not in named))
    if verdict.accepted is Accepted.YES:
        return _contradicted(said, meaning, "words-refuse-what-the-model-accepts")
    return said


def _contradicted(verdict: Verdict, meaning: Meaning, what: str, cause: str | None = None) -> Verdict:
    head = verdict.refusals[0].cause if verdict.refusals else None
    fact: dict[str, object] = {"what": what, "cause": cause or head or meaning.causes[0], "said": meaning.said}
    fact["named"] = meaning.cause or ", ".join(meaning.causes)
    fact["place"] = meaning.where[0].place if meaning.where else ""
    fact["item"] = meaning.words.item
    return replace(verdict, contradictions=(*verdict.contradictions, fact))


def _gaps(meaning: Meaning, *, client_known: bool) -> Iterable[Gap]:
    """Which evidence settles what the words leave open."""
    if meaning.cause is not None:
        return
    if meaning.mask is not None:
        yield Gap(None, "masked-exception")
        yield Gap(None, "refused-capture")
    elif meaning.by == "server":
        yield Gap(None, "server-reason")
        yield Gap(None, "refused-capture")
    else:
        if all(cause.startswith(_CERTIFICATES) for cause in meaning.causes):
            yield Gap(None, "server-certificates")
            yield Gap(None, "trust")
        yield Gap(None, "refused-capture")
    if not client_known:
        yield Gap(None, "client")


def _stage(cause: str) -> Stage:
    if cause not in cause_ids():
        return _STAGES_WITHOUT_FILE.get(cause, Stage.FINISH)
    return Stage(cause_module(cause).STAGE)


def _sources(meaning: Meaning) -> tuple[Source, ...]:
    releases = f" ({meaning.releases})" if meaning.releases else ""
    kind = "standard" if meaning.source.startswith("RFC") else "source-code"
    return (Source(kind, f"{meaning.source}{releases}"),)


def _line_of(meaning: Meaning) -> tuple[str, int]:
    return (meaning.words.item, _number(meaning.where[0]) if meaning.where else 0)


def _number(where: Where) -> int:
    digits = where.place.rpartition(" ")[2]
    return int(digits) if digits.isdigit() else 0


_SURENESS = (Certainty.FORETOLD, Certainty.AGREES, Certainty.SHOWN)
