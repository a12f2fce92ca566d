"""Who else notices a plan: every known client before the server as it was and as it would be.

Owns the comparison. What was seen of the server is one answer to one client; where that leaves open what another client
got before, nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from tlswhy.changes import Change, Machine, OrderSuites
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.remedy.platforms import Platform
from tlswhy.remedy.suite_lists import numbers_of
from tlswhy.report import Effect
from tlswhy.trial import Trial
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Verdict

NO_COMMON_CIPHER = "no-common-cipher"


def effects_of(
    changes: Sequence[Change], before: Trial, after: Trial, platforms: Sequence[Platform]
) -> tuple[Effect, ...]:
    """The clients for which something changes; changes on the client itself change it for nobody else."""
    if all(change.side is Machine.CLIENT for change in changes):
        return ()
    whole = _whole_list(changes, platforms)
    if whole is not None:
        after = replace(after, settings=replace(after.settings, suites=whole))
    return tuple(_effects(before, after, others(before.client.runtime), replaced=whole is not None))


@cache
def others(runtime: str) -> tuple[ClientPolicy, ...]:
    """Every runtime that is known, but for this one; sets of runtimes are told by their members."""
    sets = (load_client(name) for name in client_ids() if name != runtime)
    return tuple(found.members[0] for found in sets if len(found.members) == 1)


def _effects(before: Trial, after: Trial, clients: Iterable[ClientPolicy], *, replaced: bool) -> Iterator[Effect]:
    for client in clients:
        was = _before(client, before)
        then = replace(after, client=client).answered_anew()
        if then.flight.refused and not replaced and was is None:
            continue  # it keeps what it had: the changed list only stands before the old one
        will = _judged(then)
        if will.accepted is Accepted.CANNOT_TELL or (was is not None and was.accepted is will.accepted):
            continue
        cause = will.refusals[0].cause if will.refusals else None
        if was is None and cause != NO_COMMON_CIPHER:
            continue  # what it got before nobody knows; that the new list has nothing for it is the plan's doing
        yield Effect(client.id, was.accepted if was is not None else None, will.accepted, cause)


def _before(client: ClientPolicy, trial: Trial) -> Verdict | None:
    """Where software and settings are known, what that server answers; else the answer that was seen, as far as this
    client could have got it; None: nobody knows."""
    if trial.told and not isinstance(trial.settings.software, Unseen):
        return _judged(replace(trial, client=client).answered_anew())
    return _judged(replace(trial, client=client)) if _could_get(client, trial) else None


def _judged(trial: Trial) -> Verdict:
    return judge(trial.situation())


def _could_get(client: ClientPolicy, trial: Trial) -> bool:
    """The answer that was seen is one that this client's hello allows."""
    offer, flight = client.offer, trial.flight
    if flight.refused or flight.version not in offer.versions or flight.suite not in offer.suites:
        return False
    group, scheme = flight.group, flight.scheme
    return (not isinstance(group, int) or group in offer.groups) and (
        not isinstance(scheme, int) or not offer.schemes or scheme in offer.schemes
    )


def _whole_list(changes: Sequence[Change], platforms: Sequence[Platform]) -> tuple[int, ...] | None:
    """The list that the platform's recipe writes in place of the old one; None: the old one stays behind it."""
    for change in changes:
        if isinstance(change, OrderSuites):
            for platform in platforms:
                if platform.side is change.side:
                    return numbers_of(platform.suites, change.suites, platform.abilities)
    return None
