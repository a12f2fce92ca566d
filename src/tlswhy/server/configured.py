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
from tlswhy.server.schannel import may_break_off, wants_curves_in_names
from tlswhy.server.software import software_ids
from tlswhy.unseen import UNSEEN, NotSeen, Unseen, UnseenType
from tlswhy.wire.cipher_strings import usual_tls13_suites
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13, suite

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
_SOUND: Final = frozenset({"AES", "CHACHA20"})
"""What no update of Java has disabled: 3DES, RC4, DES and NULL are, and from 24 on RSA key exchange."""
_WEAK: Final = frozenset({"3DES_EDE", "RC4", "DES", "DES40", "RC2", "IDEA", "SEED"})
"""What builds leave out (no-weak-ssl-ciphers is the default since 1.1.0, IDEA and SEED the distributions')."""
_WITH_WEAK: Final = frozenset({"openssl/1.0.2"})
DECIDING: Final[Mapping[str, str]] = {
    "no-common-version": "versions",
    "no-common-cipher": "suites",
    "no-common-group": "groups",
}
"""The setting that decides a cause, whose place is told."""


def configuration_of(
    configurations: Sequence[ServerConfiguration], host: str | None, *, alone: bool, port: int | None = None
) -> ServerConfiguration | None:
    """The block for that name at that port, or the only one where the server is ``alone`` in the evidence; None where
    several may be meant."""
    here = [each for each in configurations if port is None or each.port is None or each.port == port]
    if alone and len(here) == 1:
        return here[0]
    named = [each for each in here if host and each.names and is_for(each.names, host)]
    if not named and alone and here[:1] and here[0].port is not None:
        # Tomcat: who asks for a name that has no SSLHostConfig gets that of the Connector's own
        named = [each for each in here if not each.names and host]
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


def foretold(
    offer: Offer, configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType
) -> tuple[Flight, ...]:
    """Every answer to this hello that a server so set up may give, by whatever is told and else by its releases'
    defaults; empty where nobody knows.

    Where its key is not known, that it fits none of the suites is no answer: it would serve nobody.
    """
    # browsers order their extensions anew for each connection; no model asks for more than whether one is there
    plain = replace(offer, extensions=tuple(sorted({*offer.extensions})), record_version=0, alpn=())
    return _foretold(plain, configuration, chain)


@lru_cache(maxsize=256)
def _foretold(
    offer: Offer, configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType
) -> tuple[Flight, ...]:
    found: dict[tuple[object, ...], Flight] = {}
    for settings in _by_default(configuration, chain):
        try:
            flight = answer(offer, settings)
        except NotSeen:
            continue
        bits = flight.dh.prime_bits if flight.dh and not isinstance(flight.dh, Unseen) else None
        told = (flight.version, flight.suite, flight.group, bits, flight.scheme, flight.refused, flight.alert)
        found.setdefault((*told, flight.hello_retry), flight)
    if chain and not isinstance(chain, Unseen):
        return tuple(found.values())
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
    suitable = (*usual_tls13_suites(), *offer.suites)
    for release in software_of(configuration):
        levels = _LEVELS if isinstance(told.security_level, Unseen) and _is_openssl(release) else (told.security_level,)
        suites = (suitable,) if isinstance(told.suites, Unseen) else _suites(told.suites, configuration, release)
        suites = tuple(suitable if isinstance(each, Unseen) else each for each in suites)
        groups = _GROUPS if isinstance(told.groups, Unseen) else (told.groups,)
        for level, chains, enabled, listed, curves, dh in product(
            levels, _keys(chain), _versions(told, release), suites, groups, (AUTO, None)
        ):
            yield replace(
                told,
                software=release,
                security_level=level,
                chains=chains,
                versions=enabled,
                groups=curves,
                suites=listed,
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
        given = not isinstance(told.versions, Unseen)
        versions = _versions(told, release) if openssl or given else (told.versions,)
        suites: tuple[tuple[int, ...] | UnseenType, ...] = (UNSEEN,)
        if not isinstance(told.suites, Unseen):
            suites = _suites(told.suites, configuration, release)
        groups = _GROUPS if isinstance(told.groups, Unseen) and openssl else (told.groups,)
        sizes = _DH if isinstance(told.dh, Unseen) and openssl else (told.dh,)
        # off by default in nginx and httpd, but it may be told in a file that is not at hand
        orders = tuple(Order) if isinstance(told.order, Unseen) and openssl else (told.order,)
        for level, chains, enabled, listed, curves, dh, order in product(
            levels, _keys(chain), versions, suites, groups, sizes, orders
        ):
            yield replace(
                told,
                software=release,
                security_level=level,
                chains=chains,
                versions=enabled,
                suites=listed,
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
    them, which its model knows. Java's own jdk.tls.disabledAlgorithms has the last word on TLS 1.0 and 1.1."""
    if not isinstance(told.versions, Unseen):
        newer = tuple(version for version in told.versions if version >= TLS12)
        return (told.versions, newer) if _is_java(release) and newer and newer != told.versions else (told.versions,)
    return (UNSEEN,) if told.switches.versions else _VERSIONS


def _suites(
    listed: tuple[int, ...], configuration: ServerConfiguration, release: str
) -> tuple[tuple[int, ...] | UnseenType, ...]:
    """As listed, or what the list may come down to, to the software's own (UNSEEN)."""
    if not configuration.instead and not configuration.curveless:
        return _built(listed, configuration, release)
    found: list[tuple[int, ...] | UnseenType] = []
    for one in (listed, *configuration.instead):
        found += _built(one, configuration, release) if one else (UNSEEN,)
        kept = tuple(number for number in one if number not in configuration.curveless)
        if kept != one and wants_curves_in_names(release):
            found += (kept or UNSEEN,)
    return tuple(dict.fromkeys(found))


def _built(listed: tuple[int, ...], configuration: ServerConfiguration, release: str) -> tuple[tuple[int, ...], ...]:
    """As listed, of which builds of OpenSSL since 1.1.0 lack the weak ones, and Java those that its update's
    jdk.tls.disabledAlgorithms names. Tomcat, by its release, has those of TLS 1.3 in the same list or by default."""
    found = [listed]
    known = [each for each in map(suite, listed) if each is not None]
    if configuration.platform == "tomcat":
        found.append((*usual_tls13_suites(), *(number for number in listed if number >> 8 != 0x13)))
    if _is_java(release):
        sound = {each.number for each in known if each.cipher in _SOUND and not each.anonymous}
        forward_secret = {each.number for each in known if each.key_exchange != "RSA"}
        usual = frozenset(usual_tls13_suites())
        found += [tuple(n for n in each if n in sound | usual) for each in found]
        found += [tuple(n for n in each if n in forward_secret | usual) for each in found[-2:]]
    elif release not in _WITH_WEAK:
        strong = {each.number for each in known if each.cipher not in _WEAK}
        found += [tuple(n for n in each if n in strong or n >> 8 == 0x13) for each in found]
    return tuple(dict.fromkeys(each for each in found if each)) or (listed,)


def _is_java(release: str) -> bool:
    return release.startswith("jsse/")
