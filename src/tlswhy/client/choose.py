"""Which clients are judged: those that were named, else the one whose hello this is, else nobody we know.

Owns the join of names and recognition; a set of runtimes behind one name is narrowed by the hello.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from tlswhy.client.path_rules import relisted
from tlswhy.client.profiles import ClientSet, load_client, release_line
from tlswhy.client.recognise import Parts, Recognition, is_near, recognise, recognise_as
from tlswhy.client.unknown import unknown_client
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, Offer, Source
from tlswhy.negotiate import offer_of_hello
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import TLS12


@frozen
class Choice:
    """A client to judge. ``how``: named, recognised, assumed; ``own_hello``: the hello seen may be this client's."""

    id: str
    how: str
    also: tuple[str, ...]
    members: tuple[ClientPolicy, ...]
    sources: tuple[Source, ...]
    differs: tuple[Mapping[str, object], ...] = ()
    own_hello: bool = True


def choose_clients(
    named: Sequence[ClientSet], hello: ClientHello | None, *, surely: bool = False
) -> tuple[Choice, ...]:
    """One choice for each client named; without names those whose hello this is, or an unknown one.

    ``surely``: a named client has this hello only where its profile, exactly, says so.
    """
    seen = recognise(hello, near=not (surely and named)) if hello is not None else None
    if named:
        senders = frozenset({seen.id, *seen.also, *seen.documented}) if seen and seen.exact else frozenset()
        chosen = (_one(client, hello, seen, senders if surely else None) for client in named)
        return tuple(_as_it_spoke(choice, hello) if choice.own_hello else choice for choice in chosen)
    if seen is None or seen.id is None:
        policy = unknown_client(hello)
        return (Choice(policy.id, "assumed", (), (policy,), policy.sources, seen.differs if seen else ()),)
    found = load_client(seen.id)
    how = "recognised" if seen.exact else "assumed"
    alike = tuple(member for name in (seen.id, *seen.also) for member in load_client(name).members)
    return (_as_it_spoke(Choice(seen.id, how, seen.also, alike, found.sources, seen.differs), hello),)


def _one(
    client: ClientSet, hello: ClientHello | None, seen: Recognition | None, surely: frozenset[str | None] | None
) -> Choice:
    """``surely``: those who alone may have sent it; None: it may be another client's that is set up otherwise."""
    if hello is None or seen is None:
        return Choice(client.id, "named", (), client.members, client.sources)
    if client.hello is not None:
        return _brought(client, client.hello, hello, seen, surely=surely is not None)
    return _surely(client, surely) if surely is not None else _named(client, hello, seen)


def _brought(client: ClientSet, parts: Parts, hello: ClientHello, seen: Recognition, *, surely: bool) -> Choice:
    """A profile that the caller brings tells its hello itself, whatever profiles of ours send the same one."""
    own = recognise_as(hello, client.id, parts)
    if own.exact:
        also = (seen.id, *seen.also) if seen.exact and seen.id else ()
        return Choice(client.id, "named", also, client.members, client.sources)
    near = own.id is not None and not seen.exact and not surely
    return Choice(client.id, "named", (), client.members, client.sources, own.differs if near else (), own_hello=near)


def _named(client: ClientSet, hello: ClientHello, seen: Recognition) -> Choice:
    """The client as named; of a set only the members whose hello this can be, where any is."""
    if not seen.exact or seen.id is None:  # settings change a hello, but not into that of another library
        runtime = client.members[0].runtime
        own = not _hello_is_known(client) if seen.id is None else _family(seen.id) == _family(runtime)
        own = own or (seen.id is not None and is_near(hello, runtime))  # programs of one library are near each other
        return Choice(client.id, "named", (), client.members, client.sources, own_hello=own)
    alike = {seen.id, *seen.also, *seen.documented}
    fitting = tuple(member for member in client.members if member.runtime in alike)
    also = tuple(name for name in (seen.id, *seen.also) if name not in {member.runtime for member in client.members})
    if fitting:
        return Choice(client.id, "named", also, fitting, client.sources)
    if len(client.members) > 1 and _family(seen.id) == client.members[0].family:
        # nobody knows what runtime this product has; its hello does
        runtimes = client.with_runtimes((seen.id, *seen.also))
        return Choice(client.id, "named", (seen.id, *seen.also), runtimes, client.sources)
    return Choice(client.id, "named", (), client.members, client.sources, own_hello=_may_be_its_own(client, seen.id))


def _surely(client: ClientSet, alike: frozenset[str | None]) -> Choice:
    """The client as it stands, this hello its own only where it is known to send it."""
    fitting = [member for member in client.members if member.runtime in alike]
    return Choice(client.id, "named", (), tuple(fitting), client.sources) if fitting else _as_it_stands(client)


@lru_cache(maxsize=512)
def _as_it_stands(client: ClientSet) -> Choice:
    """Of the many clients that are compared nearly all did not send the hello at hand."""
    return Choice(client.id, "named", (), client.members, client.sources, own_hello=False)


def _hello_is_known(client: ClientSet) -> bool:
    """Its own hello was recorded; of products and of stand-ins nobody knows it, so that any may be theirs."""
    return all(member.measured and member.stands_for is None for member in client.members)


def _as_it_spoke(choice: Choice, hello: ClientHello | None) -> Choice:
    """What a client offers is what its hello says, whatever the profile: settings, a stand-in, another build."""
    if hello is None or not choice.own_hello:
        return choice
    spoken = offer_of_hello(hello)
    return replace(choice, members=tuple(_offering(member, spoken) for member in choice.members))


def _offering(client: ClientPolicy, spoken: Offer) -> ClientPolicy:
    """The client with another offer: what it accepts of the server, and of certificates, follows its own lists."""
    known = client.offer
    if (known.suites, known.groups, known.schemes, known.schemes_cert) == (
        spoken.suites,
        spoken.groups,
        spoken.schemes,
        spoken.schemes_cert,
    ):
        return client
    versions = spoken.versions
    if max(versions, default=0) <= TLS12:  # without supported_versions only the highest one is told
        versions = tuple(v for v in versions if v == max(versions) or v in known.versions)
    return replace(
        client,
        offer=replace(spoken, versions=versions),
        handshake_schemes=(client.handshake_schemes - set(known.schemes)) | set(spoken.schemes),
        curves=(client.curves - set(known.groups)) | set(spoken.groups),
        path_rules=relisted(client.path_rules, spoken.schemes, spoken.schemes_cert),
    )


def _family(name: str) -> str:
    return name.partition("/")[0]


def _may_be_its_own(client: ClientSet, recognised: str) -> bool:
    """A measured profile's hello is known, so this one is another client's; of a stand-in only the line is known."""
    member = client.members[0]
    if member.stands_for is None and member.measured:
        return False
    return release_line(member.runtime) == release_line(recognised)
