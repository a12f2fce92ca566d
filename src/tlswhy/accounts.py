"""Stories without a connection that was captured or logged: certificates alone, what another program tells of its own
connection, what clients say, servers that nobody reached.

Owns whose words count for whom: a probe's or another client's words say nothing of the client in question, and are
handed back as such. What words mean, and how much they count, is for ``testimony``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tlswhy.answers import configured_answers, told_flights
from tlswhy.client.choose import Choice
from tlswhy.client.profiles import load_client
from tlswhy.evidence.types import Asked, ServerConfiguration, ShownCertificates, ToldConnection
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.handshake import Outcome
from tlswhy.observe.connections import Observed
from tlswhy.oddity import Oddity
from tlswhy.scene import Question, configurations_of, moment_of, readable, served_as_configured
from tlswhy.situation import Situation, situate
from tlswhy.story import Story, agreed, answer_of, choices_for
from tlswhy.testimony import (
    by_server,
    concerns,
    families_of,
    meanings_of,
    narrowed_by,
    server_named,
    verdict_of_words,
    weigh,
    without_hidden_certificates,
)
from tlswhy.unseen import UNSEEN, Unseen
from tlswhy.verdict import Accepted, Gap, Verdict

if TYPE_CHECKING:
    from tlswhy.observe.words import Meaning

SERVER = "server"
MOST_NAMED = 4
PROBE = "openssl"
"""The family of s_client: whoever runs it asks the server for somebody else, with a trust of its own."""


def told_without_connection(question: Question, observed: Observed) -> list[Story]:
    """What is left where there is no connection: certificates that a server sends, what another program tells of its
    connection, how a server is set up."""
    stories = list(_of_files(question, observed))
    stories = stories or [story for told in observed.told for story in _of_told_connection(question, told)]
    if not stories and not observed.words and question.clients:
        stories = list(_of_configuration(question, observed))
    return stories


def of_unreached(question: Question, asked: Asked) -> Iterator[Story]:
    """No connection came about, whoever would have made it."""
    moment = moment_of(question, 0)
    host = question.host or asked.host
    for choice in choices_for(question, None):
        situation = situate(
            choice.members[0],
            NO_FLIGHT,
            handshake=None,
            host=host,
            moment=moment,
            trust=question.trust,
            foretelling=question.foretell,
            asked=asked,
        )
        answer = answer_of(choice, situation.client)
        yield Story(answer, host, None, moment, situation, judge(situation), None)


def heard(question: Question, observed: Observed, stories: list[Story]) -> tuple[list[Story], list[Oddity]]:
    """The stories with what clients said of them, and a story for each server of which there are only words; then, as
    oddities, the words that are another client's."""
    if not observed.words or (question.foretell and stories):
        return stories, []
    meanings = meanings_of(observed.words, observed.described)
    topics = {(story.server, story.host) for story in stories}
    told: list[Story] = []
    unheard = set(range(len(meanings)))
    for story in stories:
        about: list[Meaning] = []
        for number, meaning in enumerate(meanings):
            fits = concerns(meaning.words, story.host, story.handshake)
            if (fits or (fits is None and len(topics) == 1)) and _speaks_for(question, meaning, story, meanings):
                unheard.discard(number)
                about.append(meaning)
        told.append(_weighed(story, about))
    left = [meanings[number] for number in sorted(unheard)]
    own = [meaning for meaning in left if _may_stand_alone(question, meaning, stories)]
    others = [meaning for meaning in left if meaning not in own]
    if mixed := _of_several(own):
        own = [meaning for meaning in own if meaning not in mixed]
        told += _open_stories(question, mixed, Gap(None, "which-client"))
    told += [story for group in by_server(own) for story in _of_words(question, group)]
    if not told and others:
        told = list(_open_stories(question, others))
    return told, [*_noted(others), *_in_server_log(mixed or [m for m in others if m.words.speaker == SERVER])]


def _of_files(question: Question, observed: Observed) -> Iterator[Story]:
    """Each chain; beside configurations the one that they name, since the others are not the server's."""
    configurations = configurations_of(observed, question.host)
    served = served_as_configured(observed, configurations[0] if len(configurations) == 1 else None)
    for shown in served:
        yield from _of_certificates(question, shown, configurations if len(served) == 1 else ())


def _of_certificates(
    question: Question, shown: ShownCertificates, configurations: Sequence[ServerConfiguration]
) -> Iterator[Story]:
    """A server that sends them: as its configuration makes it answer, else in a handshake as another program tells of
    it, else in one that shows nothing else."""
    chain = tuple(readable(shown.ders))
    if not chain:
        return
    for choice in _choices_of_told(question, shown.told):
        story = _foretold(
            question,
            choice,
            configurations,
            lambda policy: told_flights(policy, shown.told, chain, shown.where[:1]),
        )
        if not shown.leaf_shown:
            story = replace(story, verdict=_open_verdict())
        elif shown.listed is not None:
            story = replace(story, verdict=without_hidden_certificates(story.verdict))
        yield replace(story, server=_address(shown.told))


def _of_told_connection(question: Question, told: ToldConnection) -> Iterator[Story]:
    """A program tells of its connection, but shows no certificate that could be judged."""
    moment = told.times[0] if told.times and question.moment is None else moment_of(question, 0)
    host = question.host or told.host
    for choice in _choices_of_told(question, (told,)):
        policy = choice.members[0]
        situation = _situation(question, policy, NO_FLIGHT, host, moment=moment)
        accepted = _is_itself(question, policy, told) and told.verified and not question.foretell
        verdict = Verdict(Accepted.YES, (), ()) if accepted else _open_verdict()
        yield Story(answer_of(choice, policy), host, _address((told,)), moment, situation, verdict, None)


def _is_itself(question: Question, policy: ClientPolicy, told: ToldConnection) -> bool:
    """Whether the program that tells of the connection is the client in question: of another version nobody knows."""
    if not question.clients:
        return True
    return told.client is not None and load_client(told.client).members[0].runtime == policy.runtime


def _of_configuration(question: Question, observed: Observed) -> Iterator[Story]:
    """Only how a server is set up: its certificates are missing, but a refusal needs none."""
    configurations = configurations_of(observed, question.host)
    if configurations:
        for choice in choices_for(question, None):
            yield _foretold(question, choice, configurations, lambda policy: (NO_FLIGHT,))


def _foretold(
    question: Question,
    choice: Choice,
    configurations: Sequence[ServerConfiguration],
    otherwise: Callable[[ClientPolicy], tuple[Flight, ...]],
) -> Story:
    """Every answer that a server so set up may give, judged; where nobody knows any those that are assumed. Of several
    configurations any may be the server's."""
    judged: list[tuple[Situation, Verdict]] = []
    for policy in choice.members:
        assumed = otherwise(policy)
        situations: list[Situation] = []
        decides = "own-capture"
        for configuration in configurations or (None,):
            told = configured_answers(policy.offer, configuration, assumed[0])
            decides = "server-choice" if told else decides
            situations += [_situation(question, policy, each, question.host, configuration) for each in told or assumed]
        judged.append(agreed([(each, judge(each)) for each in situations], decides))
    situation, verdict = agreed(judged, "client-runtime")
    answer = answer_of(choice, situation.client)
    return Story(answer, question.host, None, moment_of(question, 0), situation, verdict, None)


def _situation(
    question: Question,
    policy: ClientPolicy,
    flight: Flight,
    host: str | None,
    configuration: ServerConfiguration | None = None,
    moment: datetime | None = None,
) -> Situation:
    """A client before a server of which no connection is at hand."""
    return situate(
        policy,
        flight,
        handshake=None,
        host=host or UNSEEN,
        moment=moment or moment_of(question, 0),
        trust=question.trust,
        foretelling=True,
        configuration=configuration,
    )


def _open_verdict(*first: Gap) -> Verdict:
    """Nothing is known but that somebody else was there."""
    gaps = tuple(Gap(None, needs) for needs in ("server-certificates", "trust", "refused-capture"))
    return Verdict(Accepted.CANNOT_TELL, (), (*first, *gaps))


def _address(told: Sequence[ToldConnection]) -> str | None:
    return next((f"{each.address}:{each.port}" for each in told if each.address and each.port), None)


def _choices_of_told(question: Question, told: Sequence[ToldConnection]) -> tuple[Choice, ...]:
    """The clients named; where none is, the program that tells of the connection, if its text says which it is."""
    client = next((each.client for each in told if each.client is not None), None)
    if question.clients or client is None:
        return choices_for(question, None)
    asked = replace(question, clients=(load_client(client),))
    return tuple(replace(choice, how="assumed") for choice in choices_for(asked, None))


def _speaks_for(question: Question, meaning: Meaning, story: Story, meanings: Sequence[Meaning]) -> bool:
    """Whether words can be those of the story's client."""
    words = meaning.words
    families = families_of(words)
    family = story.situation.client.family
    if family == "unknown":
        alone = all(other.words.speaker == words.speaker for other in meanings)
        return not words.speaker or (story.handshake is None and alone)
    if families and family not in families:
        return False
    # its verdict on certificates is one with the trust that it had, which is not the one that was given here
    elsewhere = words.speaker == PROBE and meaning.by == "client" and not isinstance(question.trust, Unseen)
    return not elsewhere or bool(question.clients)


def _may_stand_alone(question: Question, meaning: Meaning, stories: Sequence[Story]) -> bool:
    """Whether words that are about no story here are one of their own: those of a client that was asked about."""
    families = families_of(meaning.words)
    if meaning.words.speaker == SERVER:
        return not stories
    if question.clients:
        return not families or any(member.family in families for c in question.clients for member in c.members)
    return not meaning.words.speaker or not stories


def _weighed(story: Story, about: Sequence[Meaning]) -> Story:
    seen = story.situation.handshake
    if not about or (seen is None and story.handshake is not None):
        return story
    finished = seen is not None and seen.outcome is Outcome.COMPLETED
    chain = story.situation.flight.chain
    if chain and not isinstance(chain, Unseen):
        about = narrowed_by(about, [(each.subject.text, each.issuer.text) for each in chain])
    return replace(story, verdict=weigh(story.verdict, about, finished=finished))


def _of_words(question: Question, meanings: list[Meaning]) -> Iterator[Story]:
    """All that is known of these connections is what the client says."""
    words = [meaning.words for meaning in meanings]
    host = question.host or next((said.host for said in words if said.host), None)
    hello = next((said.hello for said in words if said.hello is not None), None)
    times = [time for said in words for time in said.times]
    moment = max(times) if times and question.moment is None else moment_of(question, 0)
    for choice in choices_for(question, hello):
        policy = choice.members[0]
        situation = situate(
            policy,
            NO_FLIGHT,
            handshake=None,
            host=host or UNSEEN,
            moment=moment,
            trust=question.trust,
            foretelling=False,
        )
        verdict = verdict_of_words(meanings, client_known=policy.known)
        yield Story(answer_of(choice, policy), host, server_named(words), moment, situation, verdict, None)


def _of_several(meanings: Sequence[Meaning]) -> list[Meaning]:
    """What a server's log tells of several clients, or reasons: nobody knows which is the one in question."""
    told = [meaning for meaning in meanings if meaning.words.speaker == SERVER]
    reasons = {(meaning.words.client, meaning.causes) for meaning in told}
    return told if len(reasons) > 1 else []


def _open_stories(question: Question, meanings: Sequence[Meaning], *gaps: Gap) -> Iterator[Story]:
    """Others spoke, or it is not clear of whom: of the clients that were asked about nothing is known."""
    words = [meaning.words for meaning in meanings]
    host = question.host or next((said.host for said in words if said.host), None)
    for choice in choices_for(question, None):
        policy = choice.members[0]
        situation = _situation(question, policy, NO_FLIGHT, host)
        answer, server = answer_of(choice, policy), server_named(words)
        yield Story(answer, host, server, moment_of(question, 0), situation, _open_verdict(*gaps), None)


def _in_server_log(meanings: Sequence[Meaning]) -> Iterator[Oddity]:
    """What it tells, each reason once, with the clients of whom it tells it."""
    clients: dict[str, list[str]] = {}
    first: dict[str, Meaning] = {}
    for meaning in meanings:
        reason = meaning.cause or ", ".join(meaning.causes[:MOST_NAMED])
        first.setdefault(reason, meaning)
        if meaning.words.client and meaning.words.client not in clients.setdefault(reason, []):
            clients[reason].append(meaning.words.client)
    for reason, meaning in list(first.items())[:MOST_NAMED]:
        named = ", ".join(clients.get(reason, [])[:MOST_NAMED]) or "?"
        place = meaning.where[0].place if meaning.where else ""
        yield Oddity("server-log-tells", place, meaning.words.item, {"clients": named, "reason": reason})


def _noted(others: Sequence[Meaning]) -> Iterator[Oddity]:
    """One for each text and speaker: the first of its messages."""
    told: set[tuple[str, frozenset[str]]] = set()
    for meaning in others:
        families = families_of(meaning.words)
        key = (meaning.words.item, families)
        if key not in told and families:
            told.add(key)
            place = meaning.where[0].place if meaning.where else ""
            facts = {"client": "/".join(sorted(families)), "said": meaning.said[:200]}
            yield Oddity("words-of-another-client", place, meaning.words.item, facts)
