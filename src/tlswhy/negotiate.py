"""What a server would answer to a hello, as far as its answers to other hellos tell.

No server software is assumed: only what holds for every server that picks from what is offered. Where several answers
are possible all are given; where the observations leave it open the answer is an empty tuple. Owns that reasoning;
knows nothing of what a client then makes of the answer.

A hello that offers the same as one that was answered gets the same answer. Else the reasoning is, at the highest
version that the server has and the client offers:
- more is no harm: what was served to a hello that offers less is served to one that offers more;
- less is no help: what was refused to a hello that offers more is refused to one that offers less;
- a suite that a server passed over for another one it was offered too is not chosen while that other one is offered
  (server's order), or it is not available at all (client's order). Which order counts is open until seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

from tlswhy.frozen import frozen
from tlswhy.model.client import Offer
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.server import Observation, Server
from tlswhy.model.survey import STOPPED_ANSWERING, Survey
from tlswhy.pki.certificate import Certificate
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import SSL3, TLS12, scheme_name, suite, without_grease

PROTOCOL_VERSION = 70
MOST_CAUSES = 8
MOST_UNKNOWN_VERSIONS = 5
"""More are never offered by one client, drafts apart; of those nobody knows which are there."""
SCHEMELESS = (0x0201, 0x0203, 0x0202)
"""A TLS 1.2 hello without signature_algorithms stands for SHA-1 with RSA, ECDSA, DSA (RFC 5246, 7.4.1.4.1)."""


@lru_cache(maxsize=64)
def offer_of_hello(hello: ClientHello) -> Offer:
    """What a hello offers, GREASE left out; versions below the legacy one are taken to be offered too."""
    versions = without_grease(hello.supported_versions) or tuple(range(hello.legacy_version, SSL3 - 1, -1))
    return Offer(
        versions=tuple(sorted(versions, reverse=True)),
        suites=without_grease(hello.cipher_suites),
        groups=without_grease(hello.groups),
        schemes=without_grease(hello.signature_schemes),
        schemes_cert=without_grease(hello.signature_schemes_cert),
        extensions=without_grease(hello.extensions),
        key_shares=without_grease(tuple(share.group for share in hello.key_shares or ())),
        record_version=hello.record_version,
        sends_server_name=hello.server_name is not None,
        alpn=hello.alpn or (),
    )


def possible_answers(offer: Offer, server: Server) -> tuple[Flight, ...]:
    """Every answer that the observations leave possible (one of each kind); empty: they leave it open."""
    exact = next((seen.flight for seen in server.observations if seen.flight and _is_same(offer, seen)), None)
    if exact is not None:
        return (replace(exact, assumed=True, missing="own-capture"),)
    known, asking = _Known.of(server), _Asked.of(offer)
    answers: dict[object, Flight] = {}
    causes: dict[str, None] = {}
    asked: set[object] = set()
    for versions in _possible_versions(known, asking.versions):
        version = asking.highest(versions)
        refused = [] if version is None else [turned for turned in known.refused if turned.highest(versions) == version]
        if (question := (version, tuple(map(id, refused)))) in asked:
            continue
        asked.add(question)
        found = known.answers_at(version, refused, asking)
        if not found:
            return ()
        for flight in found:
            causes.update(dict.fromkeys(flight.refused))
            answers.setdefault(_kind(flight.suite), flight)
    return tuple(
        replace(flight, refused=tuple(causes)[:MOST_CAUSES]) if flight.refused else flight
        for flight in answers.values()
    )


def _is_same(offer: Offer, seen: Observation) -> bool:
    """Nothing that a server chooses from differs; some hellos tell no version but the highest."""
    told = seen.offer
    if seen.flight is None or offer.suites != told.suites or offer.groups != told.groups:
        return False
    if offer.schemes != told.schemes or offer.schemes_cert != told.schemes_cert:
        return False
    if max(offer.versions, default=0) != max(told.versions, default=0):
        return False
    return offer.versions == told.versions or seen.flight.version in offer.versions


def lacking(offer: Offer, survey: Survey) -> str | None:
    """Why the surveyed server has no answer to this hello: the cause; None where the survey shows no reason."""
    common = [version for version in offer.versions if version in survey.versions]
    if not survey.versions or STOPPED_ANSWERING in survey.intolerances:
        return None
    if not common:
        return "no-common-version"
    version = max(common)
    shared = [number for number in survey.versions[version] if number in offer.suites]
    if not shared:
        return "no-common-cipher"
    exchanges = {found.key_exchange for number in shared if (found := suite(number))}
    groups = offer.groups or tuple(survey.groups)  # RFC 8422, 4: without the extension a server may take any
    if exchanges <= {"any", "ECDHE", "ECDH_anon"} and survey.groups and not set(groups) & set(survey.groups):
        return "no-common-group"
    if version <= TLS12 and offer.groups and _only_on_other_curves(shared, offer, survey):
        return "no-common-group"
    if version >= TLS12 and survey.schemes and not set(_schemes(offer)) & set(survey.schemes):
        signed = {found.authentication for number in shared if (found := suite(number)) and found.forward_secret}
        return "no-common-signature-algorithm" if signed and len(exchanges & {"RSA", "DH", "ECDH"}) == 0 else None
    return None


def _only_on_other_curves(shared: list[int], offer: Offer, survey: Survey) -> bool:
    """RFC 8422, 5.1.1: the list of groups speaks of the keys in ECDSA certificates, too."""
    if {found.authentication for number in shared if (found := suite(number))} != {"ECDSA"}:
        return False
    curves = {chain.curve for chain in survey.chains if chain.key == "EC"}
    return bool(curves) and None not in curves and not curves & set(offer.groups)


@frozen(eq=False)
class _Asked:
    """A hello, as sets."""

    offer: Offer
    versions: frozenset[int]
    suites: frozenset[int]
    groups: frozenset[int]
    schemes: frozenset[int]
    listed: frozenset[int]
    """What is listed for certificates' signatures."""

    @staticmethod
    @lru_cache(maxsize=128)
    def of(offer: Offer) -> _Asked:
        lists = (offer.versions, offer.suites, offer.groups, _schemes(offer), offer.schemes_cert or _schemes(offer))
        return _Asked(offer, *map(frozenset, lists))

    def highest(self, versions: frozenset[int]) -> int | None:
        """What a server with these versions would speak to it."""
        return max(versions & self.versions, default=None)

    @property
    def fields(self) -> frozenset[int]:
        """The groups of RFC 7919."""
        return frozenset(number for number in self.groups if number >> 8 == 1)


@frozen(eq=False)
class _Served:
    """A hello that was answered. ``before``: the suites that it names before the chosen one."""

    asked: _Asked
    flight: Flight
    before: frozenset[int]

    @staticmethod
    def of(offer: Offer, flight: Flight) -> _Served:
        chosen, suites = flight.suite, offer.suites
        before = suites[: suites.index(chosen)] if not isinstance(chosen, Unseen) and chosen in suites else ()
        return _Served(_Asked.of(offer), flight, frozenset(before))

    def chose_highest(self, versions: frozenset[int]) -> bool:
        """A server with these versions chose its newest of those offered; of what was not offered at all (RFC 8446,
        4.2.1) nothing can be said."""
        chosen = self.flight.version
        return chosen not in self.asked.versions or chosen == self.asked.highest(versions)


@frozen(eq=False)
class _AtVersion:
    """All that were served at one version, and what they show together of the suites' order."""

    served: tuple[_Served, ...]
    passed_over: frozenset[int]
    """Suites that stood before the chosen one in some hello."""
    servers_order: bool
    """Some hello had a suite that the server is known to have before the one that was chosen."""
    clients_order: bool
    """Two hellos offered the same two suites in different order, and each got its own first."""

    @staticmethod
    def of(served: tuple[_Served, ...]) -> _AtVersion:
        have = {seen.flight.suite for seen in served}
        offered: dict[object, set[int]] = {}
        for seen in served:
            offered.setdefault(seen.flight.suite, set()).update(seen.asked.suites)
        crossed = any(
            mine != theirs and mine in offered[theirs] and theirs in offered[mine] for mine in have for theirs in have
        )
        return _AtVersion(
            served,
            frozenset().union(*(seen.before for seen in served)),
            servers_order=any(not have.isdisjoint(seen.before) for seen in served),
            clients_order=crossed,
        )


@frozen(eq=False)
class _Known:
    """Observations sorted by outcome, and which versions the server is known to have or not to have."""

    served: tuple[_Served, ...]
    refused: tuple[_Asked, ...]
    has: frozenset[int]
    lacks: frozenset[int]
    tried: frozenset[int]
    at: Mapping[object, _AtVersion]
    """By version chosen."""

    @staticmethod
    @lru_cache(maxsize=16)
    def of(server: Server) -> _Known:
        served = tuple(_Served.of(seen.offer, seen.flight) for seen in server.observations if seen.flight is not None)
        refused = tuple(seen for seen in server.observations if seen.flight is None)
        has: set[int] = set()
        lacks: set[int] = set()
        at: dict[object, list[_Served]] = {}
        for seen in served:
            chosen = seen.flight.version
            at.setdefault(chosen, []).append(seen)
            if not isinstance(chosen, Unseen):
                has.add(chosen)
                lacks.update(version for version in seen.asked.versions if version > chosen)
        for turned in refused:
            if turned.alert == PROTOCOL_VERSION:
                lacks.update(turned.offer.versions)
        return _Known(
            served,
            tuple(_Asked.of(turned.offer) for turned in refused),
            frozenset(has),
            frozenset(lacks - has),
            frozenset(version for seen in server.observations for version in seen.offer.versions),
            {version: _AtVersion.of(tuple(seen)) for version, seen in at.items()},
        )

    def possible_versions(self, offered: frozenset[int]) -> tuple[frozenset[int], ...]:
        """Every set of versions that the server may have: what is known, with or without each that nobody tried."""
        unknown = sorted((self.tried | offered) - self.has - self.lacks)
        if len(unknown) > MOST_UNKNOWN_VERSIONS:
            return ()
        sets = (self.has.union(more) for size in range(len(unknown) + 1) for more in combinations(unknown, size))
        return tuple(
            versions
            for versions in sets
            if (versions or not unknown) and all(seen.chose_highest(versions) for seen in self.served)
        )

    def answers_at(self, version: int | None, refused: list[_Asked], asking: _Asked) -> tuple[Flight, ...]:
        """The answers of a server whose newest version in common is this one; empty: they are open."""
        if version is None:
            return (replace(NO_FLIGHT, refused=("no-common-version",), assumed=True),)
        return _answers_at(asking, version, self.at.get(version, _NOBODY), refused)


_possible_versions = lru_cache(maxsize=128)(_Known.possible_versions)
_NOBODY = _AtVersion.of(())


def _answers_at(asking: _Asked, version: int, at: _AtVersion, refused: list[_Asked]) -> tuple[Flight, ...]:
    """At this version: can the server do it with what is offered now, and with which suites?"""
    usable = [number for number in asking.offer.suites if _fits(number, version)]
    if refused:
        full = [turned for turned in refused if version < TLS12 or asking.listed <= turned.listed]
        usable = [number for number in usable if not _ruled_out(number, asking, version, full)]
    if not usable:
        return (replace(NO_FLIGHT, refused=_why(asking, version, at.served), assumed=True),)
    willing = [seen for seen in at.served if _can_be_served_like(asking, seen, version)]
    if not willing:
        return ()
    answers: dict[object, Flight] = {}
    for number in _possible_suites(usable, at, willing):
        kind = _kind(number)
        if kind not in answers:
            answers[kind] = _like_with(number, at.served, willing[0], asking)
    return tuple(answers.values())


def _ruled_out(number: int, asking: _Asked, version: int, refused: list[_Asked]) -> bool:
    """The suite was of no use to these hellos, and they had all that this one has to go with it.

    A suite goes with a group and a signature scheme. Every pair of them that this hello brings must have been tried, by
    one or the other of those that were refused. What is listed for certificates' signatures counts as a whole, since a
    chain has many: ``refused`` holds those alone that list as much.
    """
    tried = [other for other in refused if number in other.suites]
    found = suite(number)
    if found is None or not tried:
        return False
    if found.key_exchange in {"DHE", "DH_anon"}:
        # who names groups of RFC 7919 wants one of them (RFC 7919, 4): a hello without any is another matter
        fields = asking.fields
        tried = [other for other in tried if bool(other.fields) == bool(fields) and fields <= other.fields]
    groups: frozenset[int] = frozenset()
    if found.key_exchange in {"ECDHE", "ECDH_anon", "any"}:
        groups = asking.groups
        tried = tried if groups else [other for other in tried if not other.groups]
    schemes = _schemes_for(found.authentication, _schemes(asking.offer)) if version >= TLS12 else frozenset()
    if any(groups <= other.groups and schemes <= other.schemes for other in tried):
        return True
    return bool(tried) and all(
        any((group is None or group in other.groups) and (scheme is None or scheme in other.schemes) for other in tried)
        for group in groups or (None,)
        for scheme in schemes or (None,)
    )


@lru_cache(maxsize=1024)
def _schemes_for(authentication: str, listed: tuple[int, ...]) -> frozenset[int]:
    """Those of the hello's schemes that sign for such a suite; empty where there are none, or nothing is signed."""
    starts = {"RSA": ("rsa",), "ECDSA": ("ecdsa", "ed"), "DSS": ("dsa",), "any": ("",)}.get(authentication)
    return frozenset(n for n in listed if scheme_name(n).startswith(starts)) if starts else frozenset()


def _can_be_served_like(asking: _Asked, seen: _Served, version: int) -> bool:
    """Everything that answer used is offered now as well: its suite, its group, its scheme, its chain's signatures."""
    flight = seen.flight
    if flight.suite not in asking.suites:
        return False
    group, scheme = flight.group, flight.scheme
    if isinstance(group, int) and asking.groups and group not in asking.groups:
        return False
    if version < TLS12:
        return True
    if isinstance(scheme, int) and scheme not in asking.schemes:
        return False
    if isinstance(scheme, Unseen) and not seen.asked.schemes <= asking.schemes:
        return False
    # the lists that speak of certificates' signatures hold at least what they held for the one who was served
    return seen.asked.listed <= asking.listed or _plain_chain(flight.chain, asking.listed)


@lru_cache(maxsize=1024)
def _plain_chain(chain: tuple[Certificate, ...] | UnseenType | None, listed: frozenset[int]) -> bool:
    """Every signature of the chain, anchors left out, is listed by this client."""
    if not chain or isinstance(chain, Unseen):
        return False
    names = {scheme_name(number) for number in listed}
    return all(certificate.self_issued or _is_listed(certificate, names) for certificate in chain)


def _is_listed(certificate: Certificate, names: set[str]) -> bool:
    """Some SignatureScheme among ``names`` stands for the certificate's signature (RFC 8446, 4.2.3)."""
    signature = certificate.signature
    if signature.pss is not None:
        return any(name.startswith("rsa_pss_") and name.endswith(_hash(signature.pss.hash)) for name in names)
    digest = _hash(signature.digest or "")
    if signature.key == "EC":
        return any(name.startswith("ecdsa_") and name.endswith(digest) for name in names)
    if signature.key == "RSA":
        return f"rsa_pkcs1_{digest}" in names
    return f"dsa_{digest}" in names if signature.key == "DSA" else signature.name.lower() in names


def _hash(name: str) -> str:
    return name.lower().replace("-", "")


def _possible_suites(usable: list[int], at: _AtVersion, willing: list[_Served]) -> list[int]:
    """Suites the server may choose, whichever side's order counts there."""
    known: set[object] = {seen.flight.suite for seen in willing}
    by_client = [] if at.servers_order else _first_known(usable, known, at.passed_over)
    by_server = [] if at.clients_order else _not_behind_known(usable, known, at.served)
    return list(dict.fromkeys([*by_client, *by_server]))


def _not_behind_known(usable: list[int], known: set[object], served: tuple[_Served, ...]) -> list[int]:
    """Server's order: all but those that were offered, too, when a known one was chosen."""
    chosen = [seen for seen in served if seen.flight.suite in known]
    return [
        number
        for number in usable
        if not any(number != seen.flight.suite and number in seen.asked.suites for seen in chosen)
    ]


def _first_known(usable: list[int], known: set[object], passed_over: frozenset[int]) -> list[int]:
    """Client's order: everything before the first suite that is known to be there, unless it was passed over."""
    possible: list[int] = []
    for number in usable:
        if number in known:
            return [*possible, number]
        if number not in passed_over:
            possible.append(number)
    return possible


def _like_with(number: int, served: Iterable[_Served], willing: _Served, asking: _Asked) -> Flight:
    """The flight of whoever was served with that suite, or one like it of the same kind of key exchange."""
    kind = _kind(number)
    same = [seen.flight for seen in served if _kind(seen.flight.suite) == kind]
    flight = next((one for one in same if one.suite == number), same[0] if same else None)
    if flight is None:
        chain = willing.flight.chain if _authentication(number) == _authentication(willing.flight.suite) else UNSEEN
        return replace(
            willing.flight,
            suite=number,
            group=UNSEEN,
            dh=UNSEEN,
            scheme=UNSEEN,
            chain=chain,
            assumed=True,
            missing="own-capture",
        )
    group, scheme = flight.group, flight.scheme
    if isinstance(group, int) and asking.groups and group not in asking.groups:
        group = UNSEEN
    if isinstance(scheme, int) and scheme not in asking.schemes:
        scheme = UNSEEN
    return replace(flight, suite=number, group=group, scheme=scheme, assumed=True, missing="own-capture")


def _why(asking: _Asked, version: int, served: tuple[_Served, ...]) -> tuple[str, ...]:
    """What the served ones used and this hello lacks, likeliest first."""
    if not served:
        return ("no-common-cipher", "no-common-group", "no-common-signature-algorithm", "server-misconfigured")
    why: list[str] = []
    flights = [seen.flight for seen in served]
    if not any(flight.suite in asking.suites for flight in flights):
        why.append("no-common-cipher")
    if not any(flight.group in asking.groups for flight in flights if isinstance(flight.group, int)):
        why.append("no-common-group")
    if version >= TLS12:
        why.append("no-common-signature-algorithm")
    return tuple(why) or ("no-common-cipher",)


def _schemes(offer: Offer) -> tuple[int, ...]:
    return offer.schemes or SCHEMELESS


@lru_cache(maxsize=4096)
def _fits(number: int, version: int) -> bool:
    found = suite(number)
    return found is not None and found.minimum_version <= version <= found.maximum_version


@lru_cache(maxsize=4096)
def _kind(number: object) -> object:
    """What of a suite a client's verdict can hang on: key exchange and authentication."""
    found = suite(number) if isinstance(number, int) else None
    return (found.key_exchange, found.authentication) if found else None


def _authentication(number: object) -> str | None:
    found = suite(number) if isinstance(number, int) else None
    return found.authentication if found else None
