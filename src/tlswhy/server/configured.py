"""What a server's own configuration tells of its answers: which block of it is asked, what it answers, why it refuses.

Owns what a configuration leaves open: every release of the software, security level, kind of key and default that may
stand behind it is asked. Where all of them refuse, for one cause, and some in the way that was seen, that is it; what
one of them answers may be the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Final

from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import AUTO, DhGroup, Order, ServedChain, ServerSettings, served_chain
from tlswhy.pki.certificate import Certificate
from tlswhy.server.answer import answer, is_for
from tlswhy.server.schannel import may_break_off
from tlswhy.server.software import software_ids
from tlswhy.unseen import UNSEEN, NotSeen, Unseen, UnseenType
from tlswhy.wire.cipher_strings import usual_tls13_suites
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13

FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "nginx": ("openssl",),
    "apache": ("openssl",),
    "haproxy": ("openssl",),
    "tomcat": ("jsse", "openssl"),
}
"""What a platform's TLS may be made by, where its configuration does not say."""
_SERVES_NOBODY: Final = "server-misconfigured"
_LEVELS: Final = (0, 1, 2)
_RSA, _EC = ServedChain("RSA", 2048), ServedChain("EC", 256, "secp256r1")
_KEYS: Final = ((_RSA,), (_EC,), (_RSA, _EC))
_VERSIONS: Final = ((TLS13, TLS12, TLS11, TLS10), (TLS12, TLS11, TLS10), (TLS13, TLS12), (TLS12,))
"""What releases have on where nobody told them."""
_ALL_GROUPS: Final = (29, 23, 30, 25, 24, 256, 257, 258)
_GROUPS: Final = (_ALL_GROUPS, (23,))
"""The library's own list; P-256 alone, as nginx before 1.11 and httpd before 2.4.11 had it."""
_DH: Final = (AUTO, None, DhGroup(1024))
"""As strong as the key; none, as nginx since 1.11; the 1024 bits of servers before Logjam."""
DECIDING: Final[Mapping[str, str]] = {
    "no-common-version": "versions",
    "no-common-cipher": "suites",
    "no-common-group": "groups",
}
"""The setting that decides a cause, whose place is told."""


def configuration_of(
    configurations: Sequence[ServerConfiguration], host: str | None, *, alone: bool
) -> ServerConfiguration | None:
    """The block for that name, or the only one where the server is ``alone`` in the evidence; None where several may be
    meant."""
    if alone and len(configurations) == 1:
        return configurations[0]
    named = [each for each in configurations if host and each.names and is_for(each.names, host)]
    return named[0] if len(named) == 1 else None


def why_configured_refuses(
    offer: Offer,
    alert: int | None,
    configuration: ServerConfiguration,
    chain: tuple[Certificate, ...] | UnseenType | None,
) -> str | None:
    """The cause for which a server so set up refuses this hello whatever else it is; None where that is open.

    ``alert`` None: it ended the connection without one.
    """
    causes: set[str] = set()
    alerts: set[int | None] = set()
    for settings in _hypotheses(offer, configuration, chain):
        try:
            flight = answer(offer, settings)
        except NotSeen:
            return None
        if not flight.refused:
            return None
        causes.add(flight.refused[0])
        alerts.update({flight.alert, None} if may_break_off(settings) else {flight.alert})
    # with a key that none of its suites fits it would serve nobody: the reason only where no other key is left
    named = causes - {_SERVES_NOBODY} or causes
    return named.pop() if len(named) == 1 and alert in alerts else None


@lru_cache(maxsize=256)
def foretold(
    offer: Offer, configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType
) -> tuple[Flight, ...]:
    """Every answer to this hello that a server so set up may give, by whatever is told and else by its releases'
    defaults; empty where nobody knows.

    That its key fits none of its suites, and it serves nobody, is no answer where another key may be behind it.
    """
    found: dict[tuple[object, ...], Flight] = {}
    for settings in _by_default(configuration, chain):
        try:
            flight = answer(offer, settings)
        except NotSeen:
            continue
        bits = flight.dh.prime_bits if flight.dh and not isinstance(flight.dh, Unseen) else None
        told = (flight.version, flight.suite, flight.group, bits, flight.scheme, flight.refused)
        found.setdefault(told, flight)
    served = [flight for flight in found.values() if flight.refused != (_SERVES_NOBODY,)]
    return tuple(served or found.values())


def software_of(configuration: ServerConfiguration) -> tuple[str, ...]:
    """Every release with a model that the configuration may be one of."""
    told = configuration.settings.software
    if isinstance(told, Unseen):
        families = FAMILIES.get(configuration.platform or "", ())
    elif "/" in told:
        return (told,)
    else:
        families = (told,)
    return tuple(name for name in software_ids() if name.partition("/")[0] in families)


def _hypotheses(
    offer: Offer, configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType | None
) -> Iterator[ServerSettings]:
    """Everything that the configuration may be the configuration of; what it does not tell suits the client."""
    told = configuration.settings
    for release in software_of(configuration):
        levels = _LEVELS if isinstance(told.security_level, Unseen) and _is_openssl(release) else (told.security_level,)
        versions = _versions(told, release)
        groups = _GROUPS if isinstance(told.groups, Unseen) else (told.groups,)
        for level, chains, enabled, curves, dh in product(levels, _keys(chain), versions, groups, (AUTO, None)):
            yield replace(
                told,
                software=release,
                security_level=level,
                chains=chains,
                versions=enabled,
                groups=curves,
                suites=(*usual_tls13_suites(), *offer.suites) if isinstance(told.suites, Unseen) else told.suites,
                order=Order.SERVER if isinstance(told.order, Unseen) else told.order,
                dh=dh if isinstance(told.dh, Unseen) else told.dh,
                needs_server_name=False,
                unknown_name=UNSEEN,
            )


def _by_default(
    configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType
) -> Iterator[ServerSettings]:
    """What the configuration may be the configuration of, if nothing but defaults stands beside it."""
    told = configuration.settings
    for release in software_of(configuration):
        openssl = _is_openssl(release)
        levels = _LEVELS if isinstance(told.security_level, Unseen) and openssl else (told.security_level,)
        versions = (told.versions,) if not openssl else _versions(told, release)
        groups = _GROUPS if isinstance(told.groups, Unseen) and openssl else (told.groups,)
        sizes = _DH if isinstance(told.dh, Unseen) and openssl else (told.dh,)
        # off by default in nginx and httpd, but it may be told in a file that is not at hand
        orders = tuple(Order) if isinstance(told.order, Unseen) and openssl else (told.order,)
        for level, chains, enabled, curves, dh, order in product(levels, _keys(chain), versions, groups, sizes, orders):
            yield replace(
                told,
                software=release,
                security_level=level,
                chains=chains,
                versions=enabled,
                groups=curves,
                dh=dh,
                order=order,
                needs_server_name=False,
                unknown_name=UNSEEN,
            )


def _is_openssl(release: str) -> bool:
    return release.startswith("openssl/")


def _keys(chain: tuple[Certificate, ...] | UnseenType | None) -> tuple[tuple[ServedChain, ...], ...]:
    return ((served_chain(chain),),) if chain and not isinstance(chain, Unseen) else _KEYS


def _versions(told: ServerSettings, release: str) -> tuple[tuple[int, ...] | UnseenType, ...]:
    """Told; else as releases have them: where Windows' registry switches some the others are as that release has
    them, which its model knows."""
    if not isinstance(told.versions, Unseen):
        return (told.versions,)
    return (UNSEEN,) if told.switches.versions else _VERSIONS
