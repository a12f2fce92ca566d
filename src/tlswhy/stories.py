"""The stories that the evidence tells: one client before one server, judged.

Owns which connections are worth a story, and what stands for a client: its own connection, the server's answers to
others, certificates alone, or only what the client says of it. How any of it is judged is for other rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

from tlswhy.answers import Answers, answers_of, configured_answers
from tlswhy.client.choose import Choice, choose_clients
from tlswhy.client.profiles import ClientSet
from tlswhy.disagreement import between_pieces
from tlswhy.evidence.types import Asked, ServerConfiguration, ShownCertificates
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.model.survey import Survey
from tlswhy.negotiate import lacking
from tlswhy.observe.connections import Observed, never_reached_tls, spoke_tls
from tlswhy.report import ClientAnswer
from tlswhy.scene import Question, Scene, configuration_of, moment_of, name_of, readable, scene_of_others, scene_of_own
from tlswhy.side import Side
from tlswhy.situation import Situation, assumed_flight, situate
from tlswhy.testimony import by_server, concerns, meanings_of, narrowed_by, server_named, verdict_of_words, weigh
from tlswhy.unseen import UNSEEN, Unseen
from tlswhy.verdict import Accepted, Gap, Verdict
from tlswhy.wire.messages import ClientHello

if TYPE_CHECKING:
    from tlswhy.observe.words import Meaning

WHATEVER_THE_HELLO = frozenset(
    {"not-tls", "tcp-refused", "connection-reset", "connection-closed", "timeout", "sni-unrecognized"}
)
FATAL = 2
CLOSE_NOTIFY, UNRECOGNIZED_NAME = 0, 112
WORST_FIRST = (Accepted.NO, Accepted.CANNOT_TELL, Accepted.YES)


@dataclass(frozen=True, slots=True)
class Story:
    """One connection (or chain of certificates), judged for one client."""

    answer: ClientAnswer
    host: str | None
    server: str | None
    moment: datetime
    situation: Situation
    verdict: Verdict
    handshake: Handshake | None

    @property
    def topic(self) -> tuple[str, str | None, str | None]:
        """Stories with the same one are one diagnosis."""
        return (self.answer.id, self.server, self.host)

    @property
    def ending(self) -> tuple[object, ...]:
        """Stories with the same one are told once."""
        head = self.verdict.refusals[0] if self.verdict.refusals else None
        return (self.verdict.accepted, head.cause if head else None, head.candidates if head else ())


def tell(question: Question, observed: Observed) -> list[Story]:
    """Every story: of connections, else of certificates alone; each with what the clients themselves say of it."""
    stories = list(_tell_all(question, observed))
    unreached = [asked for asked in observed.asked.values() if asked.fault is not None]
    stories += [story for asked in unreached for story in _tell_of_unreached(question, asked)]
    if not stories:
        stories = [story for shown in observed.served for story in _tell_of_certificates(question, shown, observed)]
    if not stories and not observed.words and question.clients:
        stories = list(_tell_of_configuration(question, observed))
    return [_with_disagreements(observed, story) for story in _heard(question, observed, _located(stories))]


def _with_disagreements(observed: Observed, story: Story) -> Story:
    found = between_pieces(story.situation, story.handshake, observed)
    if not found:
        return story
    verdict = replace(story.verdict, contradictions=(*story.verdict.contradictions, *found))
    return replace(story, verdict=verdict)


def _located(stories: list[Story]) -> list[Story]:
    """A log names no address: where captures show one server of that name, it is that one, if it answered at all."""
    servers: dict[str | None, set[str]] = {}
    for story in stories:
        if story.server is not None:
            servers.setdefault(story.host, set()).add(story.server)

    def server_of(story: Story) -> str | None:
        known = servers.get(story.host, set())
        answered = story.handshake is not None and story.handshake.answered
        return next(iter(known)) if answered and len(known) == 1 else None

    return [story if story.server else replace(story, server=server_of(story)) for story in stories]


def _worth_it(question: Question, observed: Observed) -> list[Handshake]:
    """TLS connections; those that never reached TLS where they were asked for or there is nothing else."""
    tls = [handshake for handshake in observed.handshakes if spoke_tls(handshake)]
    if tls and not question.explicit:
        return tls
    return tls + [handshake for handshake in observed.handshakes if never_reached_tls(handshake)]


def _tell_all(question: Question, observed: Observed) -> Iterator[Story]:
    """Each client's own connections; where it has none to a server, what the server's answers to others tell of it."""
    own: set[tuple[str, str, str | None]] = set()
    of_others: dict[tuple[str, str, str | None], tuple[Choice, list[Handshake]]] = {}
    for handshake in _worth_it(question, observed):
        asked = observed.asked.get(handshake.item)
        host, server = name_of(question, handshake, asked), str(handshake.server)
        scene: Scene | None = None
        for choice in _choices(question, handshake.hello, asked):
            key = (choice.id, server, host)
            if choice.own_hello:
                own.add(key)
                scene = scene or scene_of_own(question, handshake, host, observed)
                yield _tell(choice, scene)
            else:
                of_others.setdefault(key, (choice, []))[1].append(handshake)
    # one address may be many servers, told apart by the name; without a name it shows one of them
    asked_by_name = {key[:2] for key in (*own, *of_others) if key[2]}
    scenes: dict[tuple[object, ...], tuple[Scene, Answers]] = {}
    for key, (choice, handshakes) in of_others.items():
        if key not in own and (key[2] or key[:2] not in asked_by_name):
            handshakes = _asked_alike(choice, handshakes, key[2], observed)
            same = (key[2], *map(id, handshakes))  # many clients are judged from the same connections
            if same not in scenes:
                scenes[same] = scene_of_others(question, handshakes, key[2], observed), answers_of(handshakes)
            yield _tell_unseen(choice, *scenes[same])


def _asked_alike(choice: Choice, handshakes: list[Handshake], host: str | None, observed: Observed) -> list[Handshake]:
    """Of our own questions those with the server name that this client would send, where there are any: without a
    name, or with another one, a server may be another."""
    if host is None or handshakes[0].item not in observed.asked:
        return handshakes
    from tlswhy.client.hello import server_name_sent  # only live targets come here

    name = server_name_sent(choice.members[0], host)
    return [h for h in handshakes if h.hello is not None and h.hello.server_name == name] or handshakes


def _choices(question: Question, hello: ClientHello | None, asked: Asked | None = None) -> tuple[Choice, ...]:
    """The clients to judge, each as its own java.security makes it where that is at hand.

    Of connections that we made ourselves a hello is only that of the clients which are known to send it.
    """
    choices = choose_clients(question.clients, hello, surely=question.side_by_side or asked is not None)
    if asked is not None:
        choices = tuple(_as_we_asked(choice, named) for choice, named in zip_longest(choices, question.clients))
    if question.overrides:
        from tlswhy.client.set_up import as_set_up

        choices = tuple(as_set_up(choice, question.overrides, hello) for choice in choices)
    return choices


def _as_we_asked(choice: Choice, named: ClientSet | None) -> Choice:
    """We chose the hello: it tells nothing of which runtime a product has, and nobody was recognised by it."""
    if named is None:
        return replace(choice, how="assumed")
    if len(named.members) > 1:
        return replace(choice, members=named.members, own_hello=False)
    return choice


def _tell(choice: Choice, scene: Scene) -> Story:
    """A client by its own connection."""
    judged = [scene.judge(policy, scene.flight, scene.seen) for policy in choice.members]
    return _story(choice, scene, judged)


def _tell_unseen(choice: Choice, scene: Scene, answers: Answers) -> Story:
    """A client of which there is no connection: judged by every answer that the server may give to its hello."""
    judged: list[tuple[Situation, Verdict]] = []
    for policy in choice.members:
        alike = [] if answers.finished else answers.of_those_that_came_as_far(policy.offer)
        same_for_all = (scene.judge(policy, NO_FLIGHT, handshake) for handshake in alike)
        heard = any(map(_minded_the_hello, alike))
        if alike and not heard and all(_whatever_the_hello(verdict) for _, verdict in same_for_all):
            judged.append(scene.judge(policy, NO_FLIGHT, alike[0]))
            continue
        flights = answers.to(policy.offer, scene.configuration)
        if scene.survey is not None:
            flights = tuple(_narrowed(flight, policy, scene.survey) for flight in flights)
        judged.append(_agreed([scene.judge(policy, flight, None) for flight in flights], "own-capture"))
    return _story(choice, scene, judged)


def _story(choice: Choice, scene: Scene, judged: list[tuple[Situation, Verdict]]) -> Story:
    situation, verdict = _agreed(judged, "client-runtime")
    answer = _answer(choice, situation.client)
    return Story(answer, scene.name, scene.server, scene.moment, situation, verdict, scene.handshake)


def _narrowed(flight: Flight, client: ClientPolicy, survey: Survey) -> Flight:
    """A refusal for one of several reasons has the one that the survey shows."""
    reason = lacking(client.offer, survey) if len(flight.refused) > 1 else None
    return replace(flight, refused=(reason,)) if reason is not None else flight


def _minded_the_hello(handshake: Handshake) -> bool:
    """The server read it and said no, in other words than that it does not know the name."""
    return any(
        told.message.span.sender is Side.SERVER
        and told.message.level == FATAL
        and told.message.description not in (CLOSE_NOTIFY, UNRECOGNIZED_NAME)
        for told in handshake.alerts
    )


def _whatever_the_hello(verdict: Verdict) -> bool:
    """The network or the server ended it in a way that no hello changes."""
    head = verdict.refusals[0] if verdict.refusals else None
    return head is not None and head.by != "client" and head.cause in WHATEVER_THE_HELLO


def _tell_of_certificates(question: Question, shown: ShownCertificates, observed: Observed) -> Iterator[Story]:
    """A server that sends them: as its configuration makes it answer, else in a handshake that shows nothing else."""
    chain = tuple(readable(shown.ders))
    if not chain:
        return
    configuration = configuration_of(observed, question.host)
    for choice in _choices(question, None):
        yield _foretold(question, choice, configuration, lambda policy: assumed_flight(policy, chain, shown.where[:1]))


def _tell_of_configuration(question: Question, observed: Observed) -> Iterator[Story]:
    """Only how a server is set up: its certificates are missing, but a refusal needs none."""
    configuration = configuration_of(observed, question.host)
    if configuration is not None:
        for choice in _choices(question, None):
            yield _foretold(question, choice, configuration, lambda policy: NO_FLIGHT)


def _foretold(
    question: Question,
    choice: Choice,
    configuration: ServerConfiguration | None,
    otherwise: Callable[[ClientPolicy], Flight],
) -> Story:
    """Every answer that a server so set up may give, judged; where nobody knows any the one that is assumed."""
    moment = moment_of(question, 0)
    judged: list[tuple[Situation, Verdict]] = []
    for policy in choice.members:
        assumed = otherwise(policy)
        situations = [
            situate(
                policy,
                flight,
                handshake=None,
                host=question.host or UNSEEN,
                moment=moment,
                trust=question.trust,
                foretelling=True,
                configuration=configuration,
            )
            for flight in configured_answers(policy.offer, configuration, assumed) or (assumed,)
        ]
        judged.append(_agreed([(each, judge(each)) for each in situations], "server-choice"))
    situation, verdict = _agreed(judged, "client-runtime")
    return Story(_answer(choice, situation.client), question.host, None, moment, situation, verdict, None)


def _tell_of_unreached(question: Question, asked: Asked) -> Iterator[Story]:
    """No connection came about, whoever would have made it."""
    moment = moment_of(question, 0)
    host = question.host or asked.host
    for choice in _choices(question, None):
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
        answer = _answer(choice, situation.client)
        yield Story(answer, host, None, moment, situation, judge(situation), None)


def _heard(question: Question, observed: Observed, stories: list[Story]) -> list[Story]:
    """The stories with what clients said of them, and a story for each server of which there are only words."""
    if not observed.words or (question.foretell and stories):
        return stories
    meanings = meanings_of(observed.words, observed.described)
    topics = {(story.server, story.host) for story in stories}
    told: list[Story] = []
    unheard = set(range(len(meanings)))
    for story in stories:
        seen = story.situation.handshake
        about: list[Meaning] = []
        for number, meaning in enumerate(meanings):
            fits = concerns(meaning.words, story.host, story.handshake)
            if fits or (fits is None and len(topics) == 1):
                unheard.discard(number)
                about.append(meaning)
        if about and (seen is not None or story.handshake is None):
            finished = seen is not None and seen.outcome is Outcome.COMPLETED
            chain = story.situation.flight.chain
            if chain and not isinstance(chain, Unseen):
                about = narrowed_by(about, [(each.subject.text, each.issuer.text) for each in chain])
            story = replace(story, verdict=weigh(story.verdict, about, finished=finished))
        told.append(story)
    left = [meanings[number] for number in sorted(unheard)]
    return [*told, *(story for group in by_server(left) for story in _tell_of_words(question, group))]


def _tell_of_words(question: Question, meanings: list[Meaning]) -> Iterator[Story]:
    """All that is known of these connections is what the client says."""
    words = [meaning.words for meaning in meanings]
    host = question.host or next((said.host for said in words if said.host), None)
    hello = next((said.hello for said in words if said.hello is not None), None)
    times = [time for said in words for time in said.times]
    moment = max(times) if times and question.moment is None else moment_of(question, 0)
    for choice in _choices(question, hello):
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
        yield Story(_answer(choice, policy), host, server_named(words), moment, situation, verdict, None)


def _agreed(judged: list[tuple[Situation, Verdict]], decides: str) -> tuple[Situation, Verdict]:
    """What all of them say: runtimes that may stand behind one name, or answers that a server may give.

    Where they disagree nobody can tell; ``decides`` is the evidence that would.
    """
    first = judged[0]
    if len({verdict.accepted for _, verdict in judged}) == 1:
        return first
    by_verdict = {
        accepted.value: ", ".join(dict.fromkeys(s.client.id for s, verdict in judged if verdict.accepted is accepted))
        for accepted in WORST_FIRST
    }
    gaps = tuple(dict.fromkeys(gap.needs for _, verdict in judged for gap in verdict.gaps))
    open_gaps = (Gap(None, decides, by_verdict), *(Gap(None, needs) for needs in gaps))
    return first[0], Verdict(Accepted.CANNOT_TELL, (), open_gaps)


def _answer(choice: Choice, policy: ClientPolicy) -> ClientAnswer:
    return ClientAnswer(
        id=choice.id,
        how=choice.how,
        also=choice.also,
        policy=policy,
        sources=choice.sources,
        differs=choice.differs,
        members=tuple(member.id for member in choice.members) if len(choice.members) > 1 else (),
    )
