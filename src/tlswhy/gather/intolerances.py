"""What in a hello does a server mind, although it could ignore it? The same hello, each time without one of its traits.

Asked only where a server that answers others does not answer the client's own hello, and nothing in what it can do says
why. Owns which traits have a history of breaking servers, and what a hello without one of them looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from tlswhy.client.hello import PADDED_FROM, PADDED_TO
from tlswhy.gather.probe import Hello
from tlswhy.model.client import Offer
from tlswhy.wire import extensions as ext
from tlswhy.wire.numbers import TLS12, TLS13, suite

ONE_SEGMENT: Final = 1388
"""Bytes of a hello that still go into one packet behind any tunnel; hybrid key shares make longer ones."""
_PSK_KEY_EXCHANGE_MODES, _RENEGOTIATION_INFO = 45, 0xFF01
_TLS13_ALONE: Final = frozenset(
    {ext.SUPPORTED_VERSIONS, ext.KEY_SHARE, _PSK_KEY_EXCHANGE_MODES, ext.COOKIE, ext.EARLY_DATA, ext.PRE_SHARED_KEY}
)
_NEEDED: Final = _TLS13_ALONE | {
    ext.SERVER_NAME,
    ext.SUPPORTED_GROUPS,
    ext.EC_POINT_FORMATS,
    ext.SIGNATURE_ALGORITHMS,
    ext.SIGNATURE_ALGORITHMS_CERT,
    ext.PADDING,
    _RENEGOTIATION_INFO,
}
"""Without these a server may refuse for good reasons."""

Answered = Callable[[Hello], bool]


def minded(hello: Hello, length: int, has_tls13: bool, answered: Answered) -> str | None:
    """The trait without which the server answers: a code of the catalogue; None where it is none of those known.

    ``length``: of the hello's message, as it was sent; ``has_tls13``: whether the server showed that it has it. Of the
    extensions the one that is minded is found by halves.
    """
    for code, without in _traits(hello, length, has_tls13):
        if answered(without):
            return code
    optional = [number for number in hello.offer.extensions if number not in _NEEDED]
    if not optional or not answered(_without(hello, optional)):
        return None
    while len(optional) > 1:
        half = optional[: len(optional) // 2]
        optional = half if answered(_without(hello, half)) else optional[len(half) :]
    return f"extension-{optional[0]}" if answered(_without(hello, optional)) else "extensions"


def _traits(hello: Hello, length: int, has_tls13: bool) -> Iterator[tuple[str, Hello]]:
    """Likeliest first."""
    offer = hello.offer
    if PADDED_FROM <= length < PADDED_TO and ext.PADDING not in offer.extensions:
        # load balancers took the length's first byte, 1, for the type of an SSL 2 hello (RFC 7685, 1)
        yield "hello-of-that-length", _offering(hello, replace(offer, extensions=(*offer.extensions, ext.PADDING)))
    hybrid = [group for group in offer.key_shares if group > 0x11E0]
    if length > ONE_SEGMENT and hybrid:
        kept = tuple(group for group in offer.groups if group not in hybrid)
        shares = tuple(group for group in offer.key_shares if group not in hybrid) or kept[:1]
        yield "hello-of-two-packets", _offering(hello, replace(offer, groups=kept, key_shares=shares))
    # who has TLS 1.3 speaks it to this client alone, and may lack something there that it has in TLS 1.2
    if not has_tls13 and TLS13 in offer.versions and any(version <= TLS12 for version in offer.versions):
        yield "offer-of-tls13", _offering(hello, _up_to_tls12(offer))
    if hello.form.greases:
        yield "grease", replace(hello, form=replace(hello.form, greases=False))
    if hello.server_name is not None:
        yield "server-name", replace(hello, server_name=None)


def _up_to_tls12(offer: Offer) -> Offer:
    suites = tuple(number for number in offer.suites if (found := suite(number)) is None or found.key_exchange != "any")
    versions = tuple(version for version in offer.versions if version <= TLS12)
    extensions = tuple(number for number in offer.extensions if number not in _TLS13_ALONE)
    return replace(offer, versions=versions, suites=suites, extensions=extensions, key_shares=())


def _without(hello: Hello, numbers: Sequence[int]) -> Hello:
    kept = tuple(number for number in hello.offer.extensions if number not in numbers)
    return _offering(hello, replace(hello.offer, extensions=kept))


def _offering(hello: Hello, offer: Offer) -> Hello:
    return replace(hello, offer=offer)


__all__ = ["minded"]
