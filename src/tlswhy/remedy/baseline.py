"""What a plan starts from: the situation without gaps. What was not seen is taken to suit the client, and named.

Owns what is taken for granted, and whether the server's software, where its platform is known, answers as this server
did. Knows no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tlswhy.mending import CA_DAYS
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.settings import AUTO, DhGroup, ServerSettings
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.reissue import stand_in_leaf, unseen_issuer
from tlswhy.situation import Situation
from tlswhy.trial import Trial, modelled_answer, usual_answer
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.verdict import Refusal

LOWER_LEVELS = (1, 0)
"""OpenSSL's security levels below the default: what an administrator may have asked for."""


def baseline(situation: Situation, head: Refusal, software: Iterable[str] = ()) -> Trial:
    """The trial of that situation. ``software``: what the server's TLS may be made by, the likeliest first."""
    assumed: list[str] = []
    trust = () if isinstance(situation.trust, Unseen) else situation.trust
    chain, trust = _chain(situation, trust, assumed)
    if isinstance(situation.trust, Unseen) and not trust:
        chain, trust = _trusted(situation, chain, assumed)
    host = _host(situation, chain, assumed)
    trial = Trial(
        client=situation.client,
        host=host,
        moment=situation.moment,
        trust=trust,
        chain=chain,
        flight=situation.flight,
        settings=_settings(situation),
        assumed=tuple(assumed),
        told=_is_told(situation),
    )
    told = situation.configuration
    groups_told = told is not None and not isinstance(told.settings.groups, Unseen)
    return _answering_as(_without_gaps(trial, head), software, groups_told=groups_told)


def software_of(trial: Trial) -> str | None:
    """The title of the software whose own answer the trial has; None: any server's."""
    if isinstance(trial.settings.software, Unseen):
        return None
    from tlswhy.server.software import load_software

    return load_software(trial.settings.software).title


def _answering_as(trial: Trial, software: Iterable[str], *, groups_told: bool) -> Trial:
    """Set up as the first of that software, or as the release that its configuration tells, that answers as this server
    did; where none does, what was seen wins and no software is known. A group smaller than a release still serves was
    seen, too: only the rest has to be alike."""
    told = trial.settings.software
    release = "" if isinstance(told, Unseen) or "/" not in told else told
    possible = list(_possible(trial.settings, [release] if release else software, groups_told=groups_told))
    for any_group in (False, True):
        for settings in possible:
            asked = replace(trial, settings=replace(settings, dh=AUTO) if any_group else settings)
            found = modelled_answer(asked)
            if found is not None and _alike(found, trial.flight, settings.schemes):
                return replace(trial, settings=settings)
    return replace(trial, settings=replace(trial.settings, software=UNSEEN))


def _possible(settings: ServerSettings, software: Iterable[str], *, groups_told: bool) -> Iterator[ServerSettings]:
    of_one_answer = isinstance(settings.schemes, tuple) and len(settings.schemes) == 1
    for name in software:
        one = replace(settings, software=name)
        if of_one_answer:  # the others that it has nobody saw: they are the software's, where that explains this one
            yield replace(one, schemes=UNSEEN, groups=one.groups if groups_told else UNSEEN)
        yield one
        if isinstance(settings.security_level, Unseen):
            yield from (replace(one, security_level=level) for level in LOWER_LEVELS)


def _alike(found: Flight, seen: Flight, schemes: tuple[int, ...] | UnseenType) -> bool:
    """Of a refusal nobody knows more than that it was one: with settings that are unknown any software may refuse. Left
    to itself the software must have signed in the same way, too."""
    if seen.refused:
        return True
    same = isinstance(schemes, tuple) or not isinstance(seen.scheme, int) or found.scheme == seen.scheme
    return same and not found.refused and (found.version, found.suite) == (seen.version, seen.suite)


def _chain(
    situation: Situation, trust: tuple[Certificate, ...], assumed: list[str]
) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    seen = situation.flight.chain
    if seen and not isinstance(seen, Unseen):
        return seen, trust
    assumed.append("certificates")
    name = "the server" if isinstance(situation.host, Unseen) else situation.host
    leaf, root = stand_in_leaf(name, around(situation))
    return (leaf,), (*trust, root)


def _trusted(
    situation: Situation, chain: tuple[Certificate, ...], assumed: list[str]
) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    """The root that was sent, or one that nobody saw, is trusted."""
    assumed.append("trust")
    top = chain[-1]
    if top.self_issued:
        return chain, (top,)
    vouched, root = unseen_issuer(top, None, around(situation))
    return (*chain[:-1], vouched), (root,)


def _host(situation: Situation, chain: tuple[Certificate, ...], assumed: list[str]) -> str | UnseenType:
    if not isinstance(situation.host, Unseen) or situation.client.name_dialect == "none":
        return situation.host
    assumed.append("host")
    names = chain[0].names
    named = names.dns[0].replace("*", "www") if names and names.dns else None
    return named or chain[0].subject.most_specific_common_name or UNSEEN


def around(situation: Situation) -> tuple[datetime, datetime]:
    """A validity that holds the moment, within the calendar: a hostile capture may stand at its very end."""
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    before = max(situation.moment, earliest + timedelta(days=1)) - timedelta(days=1)
    return before, min(situation.moment, latest - timedelta(days=CA_DAYS)) + timedelta(days=CA_DAYS)


def _settings(situation: Situation) -> ServerSettings:
    """What the one answer shows of the server, and what its configuration tells as far as that answer bears it out."""
    flight, told = situation.flight, ServerSettings()
    if situation.configuration is not None:
        told = situation.configuration.settings
    if isinstance(flight.version, Unseen) or isinstance(flight.suite, Unseen):
        return told
    dh = flight.dh
    return replace(
        told,
        versions=_borne_out(told.versions, flight.version),
        suites=_borne_out(told.suites, flight.suite),
        groups=_borne_out(told.groups, flight.group) if isinstance(flight.group, int) else told.groups,
        schemes=(flight.scheme,) if isinstance(flight.scheme, int) else UNSEEN,
        dh=told.dh if dh is None or isinstance(dh, Unseen) else DhGroup(dh.prime_bits, dh.prime, dh.generator),
    )


def _is_told(situation: Situation) -> bool:
    """The configuration tells versions and suites, and the answer bears them out."""
    if situation.configuration is None:
        return False
    told, flight = situation.configuration.settings, situation.flight
    pairs = ((told.versions, flight.version), (told.suites, flight.suite))
    return all(not isinstance(listed, Unseen) and (isinstance(one, Unseen) or one in listed) for listed, one in pairs)


def _borne_out(told: tuple[int, ...] | UnseenType, seen: int) -> tuple[int, ...]:
    """The list of a configuration where it holds what the server chose, else only that: what was seen wins."""
    return (seen,) if isinstance(told, Unseen) or seen not in told else told


def _without_gaps(trial: Trial, head: Refusal) -> Trial:
    """The server's answer as it was, with what could not be read filled in."""
    flight = trial.flight
    if isinstance(flight.version, Unseen):
        refused = replace(NO_FLIGHT, refused=(head.cause,), assumed=True, asks_client_certificate=False)
        known = (trial.settings.versions, trial.settings.suites, trial.settings.groups)
        if any(isinstance(each, Unseen) for each in known):
            trial = trial.taking("server-settings")
        return replace(trial, flight=refused)
    if flight.asks_client_certificate is not False and head.cause != "client-cert-required":
        if flight.asks_client_certificate is True:
            trial = trial.taking("client-certificate-optional")
        flight = replace(flight, asks_client_certificate=False)
    open_facts = {
        name: getattr(usual_answer(trial), name)
        for name in ("group", "dh", "scheme")
        if isinstance(getattr(flight, name), Unseen)
    }
    if open_facts:
        trial = trial.taking("key-exchange")
        flight = replace(flight, **open_facts)
    size = 3 + sum(3 + len(certificate.der) for certificate in trial.chain)
    chain_size = size if isinstance(flight.chain_size, Unseen) else flight.chain_size
    return replace(trial, flight=replace(flight, chain=trial.chain, chain_size=chain_size))
