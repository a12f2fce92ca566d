"""The one function: evidence in, Report out; and how the stories of one client before one server become a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from tlswhy.client.profiles import ClientSet, load_client
from tlswhy.compare import compare
from tlswhy.evidence.types import Evidence, NodeStatus
from tlswhy.judge import CLIENT_GAVE_UP
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.model.where import Where
from tlswhy.observe.connections import Observed, observe_all
from tlswhy.remedy.platforms import Platform, load_platform, platform_ids
from tlswhy.report import Comparison, Diagnosis, OtherStory, Recipe, Report, ServiceNote
from tlswhy.scene import Question, shown_beside, trusted
from tlswhy.shown import shown
from tlswhy.stories import tell
from tlswhy.story import WORST_FIRST, Story
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Refusal

if TYPE_CHECKING:
    from tlswhy.client.set_up import SetUp
    from tlswhy.observe.legs import Legs

USUAL_APPLIANCE = "finesse"
Wanted = Callable[[Handshake], bool]


def diagnose(
    evidence: Iterable[Evidence],
    *,
    clients: Sequence[str | ClientSet] = (),
    host: str | None = None,
    moment: datetime | None = None,
    now: datetime | None = None,
    trust: Sequence[bytes] | None = None,
    trusted_at: Mapping[bytes, Where] | None = None,
    foretell: bool = False,
    only: Wanted | None = None,
    side_by_side: bool = False,
    plans: bool = True,
    platforms: Sequence[str] = (),
    effects: bool = False,
) -> Report:
    """Say for each (client, server, host) of the evidence whether the client accepts the server, and why not.

    ``trust``: DER certificates (None: not seen, empty: an empty store), ``trusted_at``: where each stands. ``moment``
    defaults to the capture's own time, where it has none to ``now``; both aware. ``side_by_side``: the clients are only
    compared, so that a hello is taken for one of theirs only where it surely is. ``plans``: look for what to change,
    too, on these ``platforms``, else on those whose configurations are in the evidence; ``effects``: and who else would
    notice.
    Raises BadRequest for unknown IDs of clients and platforms.
    """
    named = tuple(load_client(client) if isinstance(client, str) else client for client in clients)
    observed = observe_all(evidence, only)
    question = Question(
        clients=_clients_told(named, observed),
        host=host,
        moment=moment,
        now=now,
        trust=trusted(trust, observed),
        foretell=foretell,
        explicit=host is not None or only is not None,
        shown=shown_beside(observed, host),
        overrides=_set_up(observed),
        side_by_side=side_by_side,
    )
    on = tuple(map(load_platform, platforms or _configured(observed))) if plans else None
    stories, notes = tell(question, observed)
    told_by = None if named else next((said.item for said in observed.words if said.runtime is not None), None)
    brought = {client.id: client.text for client in named}
    roots_at = {**_trusted_entries(observed), **(trusted_at or {})}
    diagnoses = []
    for group in _grouped(stories):
        found = _with_roots_placed(_diagnosis(group), roots_at)
        if on is not None:
            found = _with_guess(found, observed) if not on else found
            found = _with_plans(found, on or _guessed(found), question.overrides, effects=effects)
        if told_by is not None and found.client.how == "named":
            found = replace(found, client=replace(found.client, told_by=told_by))
        if observed.nodes:
            found = replace(found, services=_services(found, observed.nodes))
        profile = brought.get(found.client.id)
        diagnoses.append(replace(found, set_up=tuple(observed.properties), profile=profile))
    if not side_by_side:
        diagnoses = _with_what_stands_beside(diagnoses, observed)
    set_up = (oddity for each in question.overrides for oddity in each.oddities)
    oddities = (*observed.all_oddities(), *set_up, *notes)
    return Report(tuple(diagnoses), oddities, tuple(facts.facts for facts in observed.facts))


def _trusted_entries(observed: Observed) -> dict[bytes, Where]:
    return {der: at for shown in observed.trusted for der, at in zip(shown.ders, shown.where, strict=False)}


def _with_roots_placed(diagnosis: Diagnosis, roots_at: Mapping[bytes, Where]) -> Diagnosis:
    """A refusal for a root that the client trusts is found where that root stands, too."""
    trust = diagnosis.situation.trust
    if isinstance(trust, Unseen) or not roots_at:
        return diagnosis

    def placed(refusal: Refusal) -> Refusal:
        anchor = refusal.facts.get("anchor")
        at = roots_at.get(trust[anchor].der) if isinstance(anchor, int) and anchor < len(trust) else None
        if at is None:
            return refusal
        sent = "certificate" in refusal.facts
        return replace(refusal, where=(*refusal.where, at) if sent else (at, *refusal.where))

    refusals = tuple(map(placed, diagnosis.verdict.refusals))
    return replace(diagnosis, verdict=replace(diagnosis.verdict, refusals=refusals))


def _clients_told(named: tuple[ClientSet, ...], observed: Observed) -> tuple[ClientSet, ...]:
    if not observed.words:
        return named
    from tlswhy.testimony import clients_told

    return clients_told(named, observed.words)


def _with_what_stands_beside(diagnoses: list[Diagnosis], observed: Observed) -> list[Diagnosis]:
    """The other side of a proxy, what may be the case, and what there is besides: no verdict stands on any of it."""
    from tlswhy.observe.noticed import noticed
    from tlswhy.suspicion import of_inspection

    legs: list[Legs] = []
    if len(observed.handshakes) > 1:
        from tlswhy.observe.legs import legs_among

        legs = legs_among(observed.handshakes)
    by_side: dict[int, list[Legs]] = {}
    for pair in legs:
        for side in (pair.near, pair.far):
            by_side.setdefault(id(side), []).append(pair)
    found = []
    for diagnosis in diagnoses:
        seen = diagnosis.situation.handshake
        mine = [pair for handshake in diagnosis.handshakes for pair in by_side.get(id(handshake), ())]
        first = diagnosis.handshakes[0] if diagnosis.handshakes else None
        found.append(
            replace(
                diagnosis,
                legs=tuple(mine),
                suspicions=of_inspection(diagnosis.situation, diagnosis.verdict, seen, observed),
                noticed=noticed(first) if first is not None else (),
            )
        )
    return found


def _set_up(observed: Observed) -> tuple[SetUp, ...]:
    """How the evidence says that clients are set up."""
    if not observed.properties:
        return ()
    from tlswhy.client.set_up import read_set_up

    return read_set_up(observed.properties)


def _configured(observed: Observed) -> tuple[str, ...]:
    """The platforms whose configuration is at hand, where there is one server that it can be of."""
    if not observed.configurations or not observed.one_server():
        return ()
    return tuple(dict.fromkeys(each.platform for each in observed.configurations if each.platform is not None))


def _with_guess(diagnosis: Diagnosis, observed: Observed) -> Diagnosis:
    """Nobody named the platform: the server may say itself what it is."""
    seen = diagnosis.situation.handshake
    banner = observed.banners.get(seen.item) if seen is not None else None
    known = () if seen is None else (seen, *observed.same_server(seen))
    talked = banner or any(h.opening or h.not_tls or h.outcome is Outcome.COMPLETED for h in known)
    if diagnosis.verdict.accepted is Accepted.YES or not talked:
        return diagnosis
    from tlswhy.observe.signs import signs_of
    from tlswhy.remedy.guess import guess_platform

    situation = diagnosis.situation
    guess = guess_platform(signs_of(banner, known), situation.flight, situation.survey)
    return replace(diagnosis, guess=guess)


def _guessed(diagnosis: Diagnosis) -> tuple[Platform, ...]:
    guess = diagnosis.guess
    return () if guess is None or guess.platform is None else (load_platform(guess.platform),)


def _grouped(stories: list[Story]) -> list[list[Story]]:
    groups: dict[tuple[str, str | None, str | None], list[Story]] = {}
    for story in stories:
        groups.setdefault(story.topic, []).append(story)
    return list(groups.values())


def _diagnosis(group: list[Story]) -> Diagnosis:
    """The worst story of the group is the diagnosis; the rest stand beside it."""
    by_ending: dict[tuple[object, ...], list[Story]] = {}
    for story in group:
        by_ending.setdefault(story.ending, []).append(story)
    ranked = sorted(by_ending.values(), key=lambda same: (_rank(same[0]), -len(same)))
    told, *rest = ranked
    head = told[0]
    handshakes = _handshakes(told)
    return Diagnosis(
        client=head.answer,
        host=head.host,
        server=head.server,
        moment=head.moment,
        situation=head.situation,
        verdict=head.verdict,
        handshakes=handshakes,
        display_filter=_display_filter(handshakes),
        shows=shown(head.situation, head.verdict),
        comparison=_comparison(head, rest),
        others=tuple(OtherStory(same[0].verdict, _handshakes(same)) for same in rest),
    )


def _family(story: Story) -> str:
    return story.answer.id.partition("/")[0]


def _rank(story: Story) -> int:
    """Worst first; what a browser dropped for no reason that anybody can name says nothing once it got through."""
    refusals = story.verdict.refusals
    spare = story.situation.client.spare_connections and refusals and refusals[0].cause == CLIENT_GAVE_UP
    return len(WORST_FIRST) if spare else WORST_FIRST.index(story.verdict.accepted)


def _services(diagnosis: Diagnosis, nodes: Sequence[NodeStatus]) -> tuple[ServiceNote, ...]:
    """Of the client's own product, else of any that is listed."""
    from tlswhy.remedy.services import service_notes

    family = diagnosis.client.id.partition("/")[0]
    product = load_platform(family if family in platform_ids() else USUAL_APPLIANCE)
    service = product.service or load_platform(USUAL_APPLIANCE).service
    return service_notes(nodes, service, diagnosis.situation.trust, diagnosis.moment)


def _with_plans(
    diagnosis: Diagnosis, platforms: tuple[Platform, ...], set_up: Sequence[SetUp], *, effects: bool
) -> Diagnosis:
    if diagnosis.verdict.accepted is Accepted.YES:  # nothing to change, nothing to load
        return diagnosis
    from tlswhy.remedy.propose import propose

    plans, why_none = propose(
        diagnosis.situation,
        diagnosis.verdict,
        platforms,
        diagnosis.client.id.partition("/")[0],
        members=diagnosis.client.policies,
        effects=effects,
        dressed=lambda client: reduce(lambda policy, each: each.applied_to(policy, spoke=False), set_up, client),
    )
    plans = tuple(replace(plan, recipes=_at_port(plan.recipes, _port(diagnosis))) for plan in plans)
    return replace(diagnosis, plans=plans, without_plan=why_none)


def _port(diagnosis: Diagnosis) -> int | None:
    """Where the server listens, as far as the evidence shows it; None: nobody knows."""
    asked, seen = diagnosis.situation.asked, diagnosis.situation.handshake
    if asked is not None and asked.host:
        return asked.port
    return seen.server.port if seen is not None and seen.server.address else None


def _at_port(recipes: tuple[Recipe, ...], port: int | None) -> tuple[Recipe, ...]:
    """What is to be checked at the port that the client went to."""
    if port is None:
        return recipes
    return tuple(replace(recipe, values={**recipe.values, "port": str(port)}) for recipe in recipes)


def _comparison(head: Story, rest: list[list[Story]]) -> Comparison | None:
    if head.handshake is None or head.verdict.accepted is not Accepted.NO:
        return None
    good = next((same[0].handshake for same in rest if same[0].verdict.accepted is Accepted.YES), None)
    if good is None:
        good = next((o for o in head.situation.others if o.outcome is Outcome.COMPLETED), None)
    return compare(good, head.handshake) if good is not None else None


def _handshakes(stories: list[Story]) -> tuple[Handshake, ...]:
    return tuple(story.handshake for story in stories if story.handshake is not None)


def _display_filter(handshakes: tuple[Handshake, ...]) -> str:
    """A Wireshark display filter that shows the first of these connections."""
    captured = next((handshake for handshake in handshakes if handshake.server.address), None)
    if captured is None:
        return ""
    client, server = captured.client, captured.server
    family = "ipv6" if ":" in client.address else "ip"
    ends = [f"{family}.addr == {client.address}", f"{family}.addr == {server.address}"]
    ports = [f"tcp.port == {client.port}", f"tcp.port == {server.port}"]
    return " && ".join(dict.fromkeys((*ends, *ports)))
