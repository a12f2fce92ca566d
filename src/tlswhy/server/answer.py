"""The room's one door: hello and settings in, the server's answer out.

Owns which model stands for a software, and which of several chains a server name leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from tlswhy.errors import BadRequest
from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import ServerSettings, UnknownName
from tlswhy.server import gnutls, jsse, openssl, schannel
from tlswhy.server.flights import HANDSHAKE_FAILURE, refused
from tlswhy.server.software import with_defaults
from tlswhy.unseen import Unseen, seen

UNRECOGNIZED_NAME: Final = 112
NEEDS: Final = "server-settings"
_MODELS: Final[Mapping[str, Callable[[Offer, ServerSettings], Flight]]] = {
    "openssl": openssl.answer,
    "gnutls": gnutls.answer,
    "jsse": jsse.answer,
    "schannel": schannel.answer,
}


def answer(offer: Offer, settings: ServerSettings, server_name: str | None = None) -> Flight:
    """What a server so set up answers to this hello: its flight, or a refusal with the cause behind it and its alert.

    What the settings leave UNSEEN is as the software has it by default. Raises NotSeen where nobody knows something
    that decides, BadRequest("unknown-server") for software without a model.
    """
    known = with_defaults(settings)
    family = seen(known.software, NEEDS).partition("/")[0]
    if family not in _MODELS:
        raise BadRequest("unknown-server", server=family)
    if server_name is None and known.needs_server_name is True:
        return refused("sni-required", HANDSHAKE_FAILURE)
    return _by_name(offer, known, server_name, _MODELS[family])


def is_for(names: Iterable[str], wanted: str) -> bool:
    """Whether one of the names is the wanted one; ``*.`` stands for one label."""
    lowered = wanted.lower().rstrip(".")
    parent = lowered.partition(".")[2]
    return any(name.lower() in (lowered, f"*.{parent}") for name in names)


def _by_name(
    offer: Offer, settings: ServerSettings, server_name: str | None, model: Callable[[Offer, ServerSettings], Flight]
) -> Flight:
    """The chains for that name; where there are none for it the default ones, with what the server says to that."""
    if isinstance(settings.chains, Unseen) or not any(chain.server_names for chain in settings.chains):
        return model(offer, settings)
    own = [chain for chain in settings.chains if server_name and is_for(chain.server_names, server_name)]
    default = [chain for chain in settings.chains if not chain.server_names]
    unknown = settings.unknown_name if server_name and not own else UnknownName.IGNORED
    if unknown is UnknownName.REFUSED:
        return refused("sni-unrecognized", UNRECOGNIZED_NAME)
    flight = model(offer, replace(settings, chains=tuple(own or default or settings.chains[:1])))
    return replace(flight, warnings=frozenset({UNRECOGNIZED_NAME})) if unknown is UnknownName.WARNED else flight
