"""What a server's own configuration tells of its answers: which block of it is asked, and why it refuses a hello.

Owns what a configuration leaves open: every release of the software, security level, kind of key and default that may
stand behind it is asked. Where all of them refuse, for one cause, and some with the alert that was seen, that is it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.client import Offer
from tlswhy.model.settings import AUTO, Order, ServedChain, ServerSettings, served_chain
from tlswhy.pki.certificate import Certificate
from tlswhy.server.answer import answer, is_for
from tlswhy.server.software import software_ids
from tlswhy.unseen import UNSEEN, NotSeen, Unseen, UnseenType
from tlswhy.wire.cipher_strings import usual_tls13_suites
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13

SOFTWARE: Final[Mapping[str, str]] = {"nginx": "openssl", "apache": "openssl", "haproxy": "openssl"}
"""The family that a platform's TLS is made by, where there is no other."""
_SERVES_NOBODY: Final = "server-misconfigured"
_LEVELS: Final = (0, 1, 2)
_RSA, _EC = ServedChain("RSA", 2048), ServedChain("EC", 256, "secp256r1")
_KEYS: Final = ((_RSA,), (_EC,), (_RSA, _EC))
_VERSIONS: Final = ((TLS13, TLS12, TLS11, TLS10), (TLS12, TLS11, TLS10), (TLS13, TLS12), (TLS12,))
"""What releases have on where nobody told them."""
_ALL_GROUPS: Final = (29, 23, 30, 25, 24, 256, 257, 258)
_GROUPS: Final = (_ALL_GROUPS, (23,))
"""The library's own list; P-256 alone, as nginx before 1.11 and httpd before 2.4.11 had it."""
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
    offer: Offer, alert: int, configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType | None
) -> str | None:
    """The cause for which a server so set up refuses this hello whatever else it is; None where that is open."""
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
        alerts.add(flight.alert)
    # with a key that none of its suites fits it would serve nobody: the reason only where no other key is left
    named = causes - {_SERVES_NOBODY} or causes
    return named.pop() if len(named) == 1 and alert in alerts else None


def _hypotheses(
    offer: Offer, configuration: ServerConfiguration, chain: tuple[Certificate, ...] | UnseenType | None
) -> Iterator[ServerSettings]:
    """Everything that the configuration may be the configuration of; what it does not tell suits the client."""
    told = configuration.settings
    family = SOFTWARE.get(configuration.platform or "")
    releases = [name for name in software_ids() if name.partition("/")[0] == family]
    levels = _LEVELS if isinstance(told.security_level, Unseen) else (told.security_level,)
    keys = ((served_chain(chain),),) if chain and not isinstance(chain, Unseen) else _KEYS
    versions = _VERSIONS if isinstance(told.versions, Unseen) else (told.versions,)
    groups = _GROUPS if isinstance(told.groups, Unseen) else (told.groups,)
    for release, level, chains, enabled, curves, dh in product(releases, levels, keys, versions, groups, (AUTO, None)):
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
