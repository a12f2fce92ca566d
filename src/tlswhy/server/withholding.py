"""Which usual servers would not send a chain to a client at all, whatever the client would make of it.

Owns that question alone: the server's software is not known where only its certificates are.
"""

from __future__ import annotations

from typing import Final

from tlswhy.model.client import Offer
from tlswhy.model.settings import Order, ServerSettings, served_chain
from tlswhy.pki.certificate import Certificate
from tlswhy.server.answer import answer
from tlswhy.server.software import load_software
from tlswhy.unseen import NotSeen

USUAL: Final = ("openssl/3.0", "openssl/1.1.1", "gnutls/3.7", "jsse/17", "schannel/2012r2", "schannel/2022")
"""Of Windows the last release that sends no chain whose signatures the client does not list, and one that does."""
SUITES: Final = (0x1301, 0x1302, 0xC02B, 0xC02F, 0xC009, 0xC013, 0xC00A, 0xC014, 0x002F)
ABOUT_THE_CHAIN: Final = frozenset({"no-common-signature-algorithm", "no-common-group"})


def withholding(offer: Offer, chain: tuple[Certificate, ...]) -> dict[str, str]:
    """Titles of the servers that refuse this client rather than send it this chain, and the cause; each at its most
    permissive. Empty for a client that such a server does not serve with any chain."""
    found: dict[str, str] = {}
    for software in USUAL:
        settings = ServerSettings(
            software=software,
            versions=(0x0304, 0x0303, 0x0302, 0x0301),
            suites=SUITES,
            order=Order.CLIENT,
            chains=(served_chain(chain),),
            security_level=0,
        )
        try:
            flight = answer(offer, settings)
        except NotSeen:
            continue
        if flight.refused and flight.refused[0] in ABOUT_THE_CHAIN:
            found[load_software(software).title] = flight.refused[0]
    return found
