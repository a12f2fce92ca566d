"""The stories that the evidence tells: one client before one server, judged.

Owns which connections are worth a story, and what stands for a client: its own connection, the server's answers to
others, or, without any connection, what ``accounts`` has. How any of it is judged is for other rooms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tlswhy.answers import Answers, answers_of
from tlswhy.client.choose import Choice
from tlswhy.disagreement import between_pieces
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.handshake import Handshake
from tlswhy.model.survey import Survey
from tlswhy.negotiate import lacking
from tlswhy.observe.connections import Observed, never_reached_tls, spoke_tls
from tlswhy.oddity import Oddity
from tlswhy.scene import Question, Scene, name_of, scene_of_others, scene_of_own
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.story import Story, agreed, answer_of, choices_for
from tlswhy.verdict import Verdict

WHATEVER_THE_HELLO = frozenset(
    {"not-tls", "tcp-refused", "connection-reset", "connection-closed", "timeout", "sni-unrecognized"}
)
FATAL = 2
CLOSE_NOTIFY, UNRECOGNIZED_NAME = 0, 112


def tell(question: Question, observed: Observed) -> tuple[list[Story], list[Oddity]]:
    """Every story: of connections, else of certificates alone; each with what the clients themselves say of it. Then
    what was said by others."""
    stories = list(_tell_all(question, observed))
    unreached = [asked for asked in observed.asked.values() if asked.fault is not None]
    notes: list[Oddity] = []
    if unreached or observed.words or not stories:
        from tlswhy.accounts import heard, of_unreached, told_without_connection  # captures have no need of them

        stories += [story for asked in unreached for story in of_unreached(question, asked)]
        stories, notes = heard(question, observed, _located(stories or told_without_connection(question, observed)))
    else:
        stories = _located(stories)
    return [_with_disagreements(observed, story) for story in stories], notes


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
        for choice in choices_for(question, handshake.hello, asked):
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
                scenes[same] = (
                    scene_of_others(question, handshakes, key[2], observed),
                    answers_of(handshakes, observed.insistence(handshakes[0])),
                )
            yield _tell_unseen(choice, *scenes[same])


def _asked_alike(choice: Choice, handshakes: list[Handshake], host: str | None, observed: Observed) -> list[Handshake]:
    """Of our own questions those with the server name that this client would send, where there are any: without a
    name, or with another one, a server may be another."""
    if host is None or handshakes[0].item not in observed.asked:
        return handshakes
    from tlswhy.client.hello import server_name_sent  # only live targets come here

    name = server_name_sent(choice.members[0], host)
    return [h for h in handshakes if h.hello is not None and h.hello.server_name == name] or handshakes


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
        judged.append(agreed([scene.judge(policy, flight, None) for flight in flights], "own-capture"))
    return _story(choice, scene, judged)


def _story(choice: Choice, scene: Scene, judged: list[tuple[Situation, Verdict]]) -> Story:
    situation, verdict = agreed(judged, "client-runtime")
    answer = answer_of(choice, situation.client)
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
