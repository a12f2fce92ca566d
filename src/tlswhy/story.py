"""A story: one client before one server, judged. Its shape, and the steps that every story takes.

Owns which clients count where the evidence leaves that open, and what is left where several answers are possible. What
evidence a story stands on is for ``stories`` and ``accounts``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import zip_longest

from tlswhy.client.choose import Choice, choose_clients
from tlswhy.client.profiles import ClientSet
from tlswhy.evidence.types import Asked
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy
from tlswhy.model.handshake import Handshake
from tlswhy.report import ClientAnswer
from tlswhy.scene import Question
from tlswhy.situation import Situation
from tlswhy.verdict import Accepted, Gap, Verdict
from tlswhy.wire.messages import ClientHello

WORST_FIRST = (Accepted.NO, Accepted.CANNOT_TELL, Accepted.YES)


@frozen
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


def choices_for(question: Question, hello: ClientHello | None, asked: Asked | None = None) -> tuple[Choice, ...]:
    """The clients to judge, each as its own java.security makes it where that is at hand.

    Of connections that we made ourselves a hello is only that of the clients which are known to send it; one that
    nobody sends was a question of ours.
    """
    ours = asked is not None and not asked.own_hello
    choices = choose_clients(question.clients, hello, surely=question.side_by_side or ours)
    if asked is not None:
        if hello is not None and not question.clients:
            choices = tuple(choice for choice in choices if choice.how == "recognised")
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


def agreed(judged: list[tuple[Situation, Verdict]], decides: str) -> tuple[Situation, Verdict]:
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
    open_gaps = (Gap(None, decides, by_verdict), *(Gap(None, needs) for needs in gaps if needs != decides))
    return first[0], Verdict(Accepted.CANNOT_TELL, (), open_gaps)


def answer_of(choice: Choice, policy: ClientPolicy) -> ClientAnswer:
    """What the report says of the client."""
    return ClientAnswer(
        id=choice.id,
        how=choice.how,
        also=choice.also,
        policy=policy,
        sources=choice.sources,
        differs=choice.differs,
        members=tuple(member.id for member in choice.members) if len(choice.members) > 1 else (),
        policies=choice.members,
    )
