"""From a refusal to plans that end in an accepting client: cure the first refusal, apply, judge again.

The judge that found the fault proves the cure; there is no second model. Owns the search, and what a plan takes for
granted where the evidence has gaps. Which changes cure a cause is the cause's own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

from tlswhy.causes import cause_module
from tlswhy.changes import (
    Change,
    EnableVersion,
    KnowName,
    Machine,
    OrderSuites,
    ReissueCertificate,
    UpgradeClient,
    UseDhGroup,
    UseGroups,
)
from tlswhy.client.profiles import client_ids, load_client, release_line
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import Flight
from tlswhy.remedy.baseline import baseline, software_of
from tlswhy.remedy.effects import effects_of
from tlswhy.remedy.platforms import Platform, load_platform, platform_ids
from tlswhy.remedy.recipes import recipes_for
from tlswhy.report import Condition, Negotiated, Plan, Proof
from tlswhy.situation import Situation
from tlswhy.strength import SOUND_DH_BITS, dh_sizes, sound_groups, sound_suites, sound_versions
from tlswhy.trial import Trial
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Refusal, Verdict
from tlswhy.wire.numbers import suite

SERVER_ALERT = "server-alert"
SNI_REQUIRED = "sni-required"
NAMELESS = (KnowName(None),)
"""A plan of its own where the server may have missed a server name: nothing else need be wrong then."""
MOST_CHANGES = 8
MOST_JUDGEMENTS = 64
"""Per side. A real fault takes a handful; a chain made to be hopeless must not keep us."""
MOST_OF_A_SIDE = {Machine.SERVER: 2, Machine.CA: 1, Machine.CLIENT: 1}
"""Alternatives worth showing: a server has more than one screw."""
OF_THE_SOFTWARE = frozenset({"suites-available", "version-available"})
SIDES = (Machine.SERVER, Machine.CA, Machine.CLIENT)


Dressing = Callable[[ClientPolicy], ClientPolicy]
"""A client as the evidence sets it up."""


def plainly(client: ClientPolicy) -> ClientPolicy:
    """As it is."""
    return client


def plans_for(
    situation: Situation,
    verdict: Verdict,
    platforms: Sequence[Platform] = (),
    family: str = "",
    *,
    effects: bool = False,
    dressed: Dressing = plainly,
    alike: Sequence[Situation] = (),
) -> tuple[Plan, ...]:
    """A plan for each side that can heal it; empty where the client accepts, or nothing known helps.

    ``platforms``: on which software changes are made; what it cannot do is not proposed. ``family``: the client's,
    where its product has another one than its runtime; as a platform it counts as named. ``effects``: the whole answer,
    with recipes for likely platforms where none is named, and judged for all other known clients. ``dressed``: how the
    evidence sets up a client. ``alike``: the same for the other runtimes that may stand behind the client's name, for
    which it has to hold, too.
    """
    if verdict.accepted is not Accepted.NO or not verdict.refusals or not situation.client.known:
        return ()
    head = verdict.refusals[0]
    software = tuple(name for platform in platforms if platform.side is Machine.SERVER for name in platform.software)
    trial = baseline(situation, head, software)
    begun = tuple(_everything(trial)) if head.cause == SERVER_ALERT else ()
    before = negotiated(situation.flight)
    others = {other.client.id: baseline(other, head, software) for other in alike}
    found = _needed(_found(trial, head, begun, platforms, dressed))
    every = [_for_all(one, trial, others, _Search(one[0], platforms, dressed)) for one in found]
    product = family or situation.client.family
    named = {platform.id for platform in platforms}
    if any(side is Machine.CLIENT for side, _, _ in found) and product in set(platform_ids()) - named:
        platforms = (*platforms, load_platform(product))
    likely = product if effects else None
    return tuple(
        Plan(
            side,
            changes,
            _proof(verdict, before, after, platforms),
            recipes_for(changes, after, platforms, likely),
            any(platform.side is side for platform in platforms),
            effects_of(changes, trial, after, platforms) if effects else None,
            Condition("no-server-name") if changes == NAMELESS else None,
            (situation.client.id, *(name for name in others if name not in missed)) if others else (),
            missed,
        )
        for side, changes, after, missed in every
    )


def _for_all(one: _Found, trial: Trial, others: Mapping[str, Trial], search: _Search) -> _FoundForAll:
    """With what the other runtimes need besides, as far as that leads to something; and those for which it does not."""
    side, changes, after = one
    missed: list[str] = []
    for name, other in others.items():
        if _holds(other, changes) is not None:
            continue
        more = search.first(other, None, changes)
        still = None if more is None else _holds(trial, more[0])
        if more is None or still is None:
            missed.append(name)
        else:
            changes, after = more[0], still
    missed = [name for name in others if name in missed or _holds(others[name], changes) is None]
    return side, changes, after, tuple(missed)


def _proof(verdict: Verdict, before: Negotiated | None, after: Trial, platforms: Sequence[Platform]) -> Proof:
    """What a platform has need not be taken for granted: changes were fitted to it."""
    known = any(platform.side is Machine.SERVER and platform.abilities is not None for platform in platforms)
    assumed = tuple(code for code in after.assumed if not (known and code in OF_THE_SOFTWARE))
    return Proof(verdict.accepted, before, Accepted.YES, negotiated(after.flight), assumed, software_of(after))


def _found(
    trial: Trial, head: Refusal, begun: tuple[Change, ...], platforms: Sequence[Platform], dressed: Dressing
) -> Iterator[_Found]:
    """For each side the first ways to an accepting client: sound ones; only where there is none at all any."""
    sound = list(_searched(trial, head, begun, platforms, dressed, sound=True))
    yield from sound or _searched(trial, head, begun, platforms, dressed, sound=False)


def _searched(
    trial: Trial,
    head: Refusal,
    begun: tuple[Change, ...],
    platforms: Sequence[Platform],
    dressed: Dressing,
    *,
    sound: bool,
) -> Iterator[_Found]:
    for side in SIDES:
        passed_over: tuple[Change, ...] = ()
        for _ in range(MOST_OF_A_SIDE[side]):
            found = _Search(side, platforms, dressed, passed_over, sound=sound).first(trial, head, begun)
            if found is None:
                break
            passed_over = (*passed_over, found[0][0])
            changes, after = found if begun else _least(trial, *found, side)
            if any(change.side is side for change in changes):
                yield side, changes, after
            if begun:
                break
    if SNI_REQUIRED in head.candidates:
        after = NAMELESS[0].apply(trial)
        if judge(after.situation()).accepted is Accepted.YES:
            yield Machine.SERVER, NAMELESS, after


def _least(trial: Trial, changes: tuple[Change, ...], after: Trial, side: Machine) -> tuple[tuple[Change, ...], Trial]:
    """Without what a later change has made needless: a newer client, say, where another signature is cure enough; and
    certificates from the root downwards, as one issues them."""
    for change in changes:
        rest = tuple(each for each in changes if each is not change)
        found = _holds(trial, rest) if any(each.side is side for each in rest) else None
        if found is not None and not (_weakens(trial, found) and not _weakens(trial, after)):
            changes, after = rest, found
    downwards = tuple(sorted(changes, key=_height))
    found = _holds(trial, downwards) if downwards != changes else None
    return (changes, after) if found is None else (downwards, found)


def _holds(trial: Trial, changes: tuple[Change, ...]) -> Trial | None:
    """The trial after these changes where the client accepts then, else None."""
    try:
        for change in changes:
            trial = change.apply(trial)
    except IndexError:  # one of them is about a certificate that only another change brings
        return None
    return trial if judge(trial.situation()).accepted is Accepted.YES else None


def _weakens(before: Trial, after: Trial) -> bool:
    """They agree on a suite without forward secrecy, where they had none or another: a list that puts others first has
    let it through."""
    was, will = (negotiated(trial.flight) for trial in (before, after))
    return _is_static(will) and not _is_static(was)


def _is_static(agreed: Negotiated | None) -> bool:
    found = suite(agreed.suite) if agreed is not None else None
    return found is not None and found.key_exchange == "RSA"


def _height(change: Change) -> tuple[int, int]:
    """Certificates last: the client's root, then those that were sent, the leaf behind its CA."""
    if not isinstance(change, ReissueCertificate):
        return (0, 0)
    return (1, 0) if change.certificate is None else (2, -change.certificate)


def _needed(found: Iterable[_Found]) -> list[_Found]:
    """Without what does the same as another, and without what does more: a new key besides the new list that is cure
    enough. Stopgaps come last."""
    kept: list[_Found] = []
    for one in found:
        if all(one[1] != other[1] for other in kept):
            kept.append(one)
    kinds = [frozenset(map(type, changes)) for _, changes, _ in kept]
    needed = [one for one, own in zip(kept, kinds, strict=True) if not any(less < own for less in kinds)]
    return sorted(needed, key=lambda one: any(map(_is_stopgap, one[1])))


def _is_stopgap(change: Change) -> bool:
    """What nobody would recommend who had another way."""
    return isinstance(change, UseDhGroup) and change.bits < SOUND_DH_BITS


def negotiated(flight: Flight) -> Negotiated | None:
    """What was, or would be, agreed on; None where the server refused or its answer was not seen."""
    if flight.refused or isinstance(flight.version, Unseen) or isinstance(flight.suite, Unseen):
        return None
    dh = None if flight.dh is None or isinstance(flight.dh, Unseen) else flight.dh.prime_bits
    return Negotiated(flight.version, flight.suite, flight.group if isinstance(flight.group, int) else None, dh)


_Found = tuple[Machine, tuple[Change, ...], Trial]
_FoundForAll = tuple[Machine, tuple[Change, ...], Trial, tuple[str, ...]]


@dataclass(slots=True)
class _Search:
    """Depth first over the alternatives of each refusal, those of the wanted side before the others."""

    side: Machine
    platforms: Sequence[Platform]
    dressed: Dressing = plainly
    passed_over: tuple[Change, ...] = ()
    """First changes of the plans that there are already."""
    judgements: int = 0
    sound: bool = False
    """A suite without forward secrecy is no way, where there was none."""
    begin: Trial | None = None

    def first(
        self, trial: Trial, head: Refusal | None, begun: tuple[Change, ...]
    ) -> tuple[tuple[Change, ...], Trial] | None:
        """The first changes that lead to an accepting client, ``begun`` among them; ``head`` None: ask the judge."""
        self.judgements, self.begin = 0, trial
        fitted = tuple(change for each in begun if (change := self._fitted(each)) is not None)
        for change in fitted:
            trial = change.apply(trial)
        if begun or head is None:
            return self._on(trial, fitted)
        return self._through(trial, head, ())

    def _on(self, trial: Trial, done: tuple[Change, ...]) -> tuple[tuple[Change, ...], Trial] | None:
        self.judgements += 1
        verdict = judge(trial.situation())
        if verdict.accepted is Accepted.YES:
            weaker = self.sound and self.begin is not None and _weakens(self.begin, trial)
            return None if weaker else (_merged(done), trial)
        if verdict.accepted is Accepted.CANNOT_TELL or not verdict.refusals or len(done) == MOST_CHANGES:
            return None
        return self._through(trial, verdict.refusals[0], done)

    def _through(
        self, trial: Trial, head: Refusal, done: tuple[Change, ...]
    ) -> tuple[tuple[Change, ...], Trial] | None:
        for change in self._alternatives(trial, head):
            if self.judgements >= MOST_JUDGEMENTS:
                return None
            if change not in done:
                found = self._on(change.apply(trial), (*done, change))
                if found is not None:
                    return found
        return None

    def _alternatives(self, trial: Trial, refusal: Refusal) -> list[Change]:
        module = cause_module(refusal.cause)
        proposed = (self._fitted(change) for change in _cures(module, trial, refusal))
        changes = [change for change in proposed if change is not None and change not in self.passed_over]
        if self.side is Machine.CLIENT and not self.passed_over and getattr(module, "NEWER_CLIENTS_MAY", False):
            changes[:0] = _upgrades(trial, self.dressed)
        return sorted(changes, key=lambda change: change.side is not self.side)

    def _fitted(self, change: Change) -> Change | None:
        for platform in self.platforms:
            fitted = platform.fitted(change)
            if fitted is None:
                return None
            change = fitted
        return change


def _cures(module: ModuleType, trial: Trial, refusal: Refusal) -> list[Change]:
    """What the cause's file proposes; one that crashes must not take the report with it."""
    if not hasattr(module, "cures"):
        return []
    try:
        return list(module.cures(trial.situation(), refusal))
    except Exception:  # tests/remedy asks every cause of every recorded row, where this would show
        return []


def _everything(trial: Trial) -> Iterator[Change]:
    """Where the server only said no: all that it needs to serve this client, since nobody knows which of it it has."""
    client = trial.client
    yield from (EnableVersion(version) for version in sound_versions(client.offer)[:1])
    if suites := sound_suites(client.offer):
        yield OrderSuites(suites)
    if not sound_suites(client.offer, without_dhe=True):
        yield from (UseDhGroup(bits) for bits in dh_sizes(client.dh)[:1])
    if groups := sound_groups(client):
        yield UseGroups(groups)


def _upgrades(trial: Trial, dressed: Dressing) -> Iterator[Change]:
    """Later releases of the client's own line, the nearest first, behind the same layer and set up in the same way."""
    layer = f"@{trial.client.layer}" if trial.client.layer else ""
    line = release_line(trial.client.runtime)
    ids = client_ids()
    if trial.client.runtime not in ids:
        return
    later = ids[ids.index(trial.client.runtime) + 1 :]
    for name in later:
        if release_line(name) == line and "-" not in name and "+" not in name:
            yield UpgradeClient(dressed(load_client(name + layer).members[0]))


def _merged(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Several wishes for one certificate are one reissue, several upgrades the last of them."""
    merged: dict[object, Change] = {}
    for number, change in enumerate(changes):
        if isinstance(change, ReissueCertificate):
            place = (change.certificate, change.anchor)
            earlier = merged.get(place)
            wish = earlier.wish.merged(change.wish) if isinstance(earlier, ReissueCertificate) else change.wish
            merged[place] = replace(change, wish=wish)
        else:
            merged[UpgradeClient if isinstance(change, UpgradeClient) else number] = change
    return tuple(merged.values())
