"""What to propose for a verdict: plans where the client refuses; plans for what may be where nobody can tell; else why
there is none.

Owns which cases a plan is worth making for when the evidence leaves something open. The search itself is ``plan``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tlswhy.causes import cause_module
from tlswhy.changes import Machine
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import Flight
from tlswhy.model.settings import ClientCertificate
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.reissue import stand_in_leaf
from tlswhy.remedy.baseline import around
from tlswhy.remedy.plan import SERVER_ALERT, Dressing, plainly, plans_for
from tlswhy.remedy.platforms import Platform
from tlswhy.report import Condition, Plan, Proof
from tlswhy.situation import Situation, assumed_flight, situate
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Stage, Verdict

UNDECIDED = "client-gave-up"
"""A refusal of which nobody knows the reason: as open as a verdict that can't be told."""
OF_CERTIFICATES = frozenset({Stage.CERTIFICATE_MESSAGE, Stage.CHAIN, Stage.NAME})
"""Stages whose cures change a certificate, so that they need one."""


def propose(
    situation: Situation,
    verdict: Verdict,
    platforms: Sequence[Platform] = (),
    family: str = "",
    *,
    members: Sequence[ClientPolicy] = (),
    effects: bool = False,
    dressed: Dressing = plainly,
) -> tuple[tuple[Plan, ...], str | None]:
    """The plans, and where a refusal has none the reason. ``members``: the runtimes that may stand behind the client's
    name; the rest is as for ``plans_for``."""
    if verdict.accepted is Accepted.YES:
        return (), None
    alike = [_supposed(situation, client=member) for member in members if member.id != situation.client.id]
    plans = plans_for(situation, verdict, platforms, family, effects=effects, dressed=dressed, alike=alike)
    if any(platform.abilities is not None for platform in platforms) and not _on_the_server(plans):
        elsewhere = plans_for(situation, verdict, (), family, effects=effects, dressed=dressed, alike=alike)
        if _on_the_server(elsewhere):
            return elsewhere, "platform-cannot"
    if plans:
        return plans, None
    if situation.client.known and _is_open(verdict):
        for condition, supposed, alike in _cases(situation, members):
            found = plans_for(
                supposed, judge(supposed), platforms, family, effects=effects, dressed=dressed, alike=alike
            )
            if found:
                return tuple(_under(condition, plan, verdict) for plan in found), None
    return (), _why_none(situation, verdict)


def _on_the_server(plans: Sequence[Plan]) -> bool:
    return any(plan.side is Machine.SERVER for plan in plans)


def _is_open(verdict: Verdict) -> bool:
    return verdict.accepted is Accepted.CANNOT_TELL or any(each.cause == UNDECIDED for each in verdict.refusals[:1])


def _cases(
    situation: Situation, members: Sequence[ClientPolicy]
) -> Iterator[tuple[Condition, Situation, list[Situation]]]:
    """What may be, as far as the evidence allows it: the client is one that refuses (the other runtimes, for which a
    plan has to hold, too, beside it); the server insists on a client's certificate; the client doesn't trust the root.
    """
    chain, flight = situation.flight.chain, situation.flight
    supposed = [_supposed(situation, client=member) for member in members] if len(members) > 1 else []
    if refusing := [each for each in supposed if judge(each).accepted is Accepted.NO]:
        names = ", ".join(each.client.id for each in refusing)
        condition = Condition("client" if len(refusing) == 1 else "clients", names)
        for each in refusing:
            yield condition, each, [other for other in supposed if other is not each]
        return
    others = [each for each in supposed if each.client.id != situation.client.id]
    if flight.asks_client_certificate is True and isinstance(flight.client_certificate, Unseen):
        insisting = replace(flight, client_certificate=ClientCertificate.DEMANDED)
        alike = [_supposed(each, flight=insisting) for each in others]
        yield Condition("certificate-demanded"), _supposed(situation, flight=insisting), alike
    if isinstance(situation.trust, Unseen) and chain and not isinstance(chain, Unseen):
        _, somebody_elses = stand_in_leaf("elsewhere", around(situation))
        alike = [_supposed(each, trust=(somebody_elses,)) for each in others]
        yield Condition("not-trusted"), _supposed(situation, trust=(somebody_elses,)), alike


def _supposed(
    situation: Situation,
    client: ClientPolicy | None = None,
    flight: Flight | None = None,
    trust: tuple[Certificate, ...] | None = None,
) -> Situation:
    """The situation as it would be then, judged by what the model knows, not by how it ended; of certificates alone
    each client is taken to be shown them in its own way."""
    policy, answer = client or situation.client, flight or situation.flight
    alone = situation.handshake is None and answer.assumed and isinstance(answer.suite, Unseen)
    if client is not None and alone and answer.chain and not isinstance(answer.chain, Unseen):
        answer = assumed_flight(client, answer.chain, answer.where.get("certificates", ()))
    return situate(
        policy,
        answer,
        handshake=None,
        host=situation.host,
        moment=situation.moment,
        trust=situation.trust if trust is None else trust,
        foretelling=True,
        configuration=situation.configuration,
    )


def _under(condition: Condition, plan: Plan, verdict: Verdict) -> Plan:
    proof: Proof = replace(plan.proof, before=verdict.accepted)
    return replace(plan, proof=proof, condition=condition)


def _why_none(situation: Situation, verdict: Verdict) -> str | None:
    """The reason as ``report.WithoutPlan`` has them in the schema; None where no plan is expected."""
    if verdict.accepted is not Accepted.NO or not verdict.refusals:
        return None
    head = verdict.refusals[0].cause
    if head == UNDECIDED:
        return "cause-open"
    if head != SERVER_ALERT and not hasattr(cause_module(head), "cures"):
        return "cause-elsewhere"
    if not situation.client.known:
        return "client-unknown"
    unseen = cause_module(head).STAGE in OF_CERTIFICATES and isinstance(situation.flight.chain, Unseen)
    return "certificates-unseen" if unseen else "nothing-found"
