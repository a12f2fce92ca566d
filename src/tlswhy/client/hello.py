"""The ClientHello that a client would send now: its profile's, byte for byte, with what must be fresh handed in.

Owns which bytes of a hello follow from the profile, when a server name is sent, padding, and the second hello after a
HelloRetryRequest. Makes no random and no key: whoever opens the connection brings them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cache
from typing import Final

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, HelloForm, Offer
from tlswhy.tables import load_table
from tlswhy.wire import extensions as ext
from tlswhy.wire.hello import client_extension_bodies, write_client_hello, write_record
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import TLS12, is_grease

HANDSHAKE: Final = 22
_FOLLOW: Final = frozenset(
    {
        ext.SERVER_NAME,
        ext.SUPPORTED_GROUPS,
        ext.EC_POINT_FORMATS,
        ext.SIGNATURE_ALGORITHMS,
        ext.SIGNATURE_ALGORITHMS_CERT,
        ext.PADDING,
        ext.PRE_SHARED_KEY,
        ext.EARLY_DATA,
        ext.SUPPORTED_VERSIONS,
        ext.COOKIE,
        ext.KEY_SHARE,
    }
)
"""Extensions whose content follows from the offer or belongs to the connection."""
PADDED_FROM, PADDED_TO = 256, 512
"""RFC 7685, 1: hellos of these lengths hang some load balancers, so that clients which pad make them longer."""


@frozen
class Fresh:
    """What no two connections share. ``key_shares``: public values by group, for all groups that the offer names."""

    random: bytes
    session_id: bytes
    key_shares: Mapping[int, bytes] = field(default_factory=dict)


@frozen
class Retry:
    """What a HelloRetryRequest asks for (RFC 8446, 4.1.4): one group's share, and its cookie handed back."""

    group: int | None
    cookie: bytes | None


def hello_of(offer: Offer, form: HelloForm, fresh: Fresh, server_name: str | None, retry: Retry | None = None) -> bytes:
    """The handshake message. Raises BadRequest for an extension of which nobody said what it holds."""
    if form.greases:
        offer, fresh = _greased(offer, fresh, retry)
    bodies = tuple(_extensions(offer, form, fresh, server_name, retry))
    message = _written(offer, form, fresh, bodies)
    if ext.PADDING not in offer.extensions:
        return message
    return _written(offer, form, fresh, _padded(bodies, offer.extensions, len(message)))


def record_of(offer: Offer, message: bytes, *, second: bool = False) -> bytes:
    """The record that carries it; a second hello says TLS 1.2 (RFC 8446, 5.1)."""
    return write_record(HANDSHAKE, TLS12 if second else offer.record_version, message)


def server_name_sent(client: ClientPolicy, name: str) -> str | None:
    """The name that this client puts into its hello when it is told to go to ``name``; None: it sends none.

    RFC 6066, 3 allows no literal address; the JDK (Utilities.rawToSNIHostName) no name without a dot or with one at
    the end, others leave that dot out.
    """
    if is_address(name):
        return None
    if client.hello_form.names_need_a_dot and ("." not in name[1:] or name.endswith(".")):
        return None
    return name.rstrip(".").lower() or None


def form_of_hello(hello: ClientHello) -> HelloForm:
    """What else there is to a hello that was seen: what ``hello_of`` needs to write it again."""
    usual = _usual_bodies()
    bodies = {
        number: body
        for number, body in client_extension_bodies(hello)
        if number not in _FOLLOW and not is_grease(number) and usual.get(number) != body
    }
    return HelloForm(
        legacy_version=hello.legacy_version,
        session_id_length=len(hello.session_id),
        point_formats=hello.point_formats or (0,),
        compression=hello.compression_methods,
        bodies=bodies,
    )


def retried(offer: Offer, retry: Retry) -> Offer:
    """The offer of the second hello: the wanted share alone, the cookie where there is one."""
    extensions = offer.extensions
    if retry.cookie is not None and ext.COOKIE not in extensions:
        place = extensions.index(ext.KEY_SHARE) if ext.KEY_SHARE in extensions else len(extensions)
        extensions = (*extensions[:place], ext.COOKIE, *extensions[place:])
    shares = offer.key_shares if retry.group is None else (retry.group,)
    return replace(offer, key_shares=shares, extensions=extensions)


def _written(offer: Offer, form: HelloForm, fresh: Fresh, bodies: tuple[tuple[int, bytes], ...]) -> bytes:
    legacy = form.legacy_version
    versions = [version for version in offer.versions if not is_grease(version)]
    return write_client_hello(
        legacy_version=min(TLS12, max(versions, default=TLS12)) if legacy is None else legacy,
        random=fresh.random,
        session_id=fresh.session_id,
        cipher_suites=offer.suites,
        compression_methods=form.compression,
        extensions=bodies or None,
    )


def _greased(offer: Offer, fresh: Fresh, retry: Retry | None) -> tuple[Offer, Fresh]:
    """Reserved values where BoringSSL puts them (ssl_get_grease_value): at the head of every list, of the extensions at
    both ends; the share is one byte (ssl_setup_key_shares), and there is none in a second hello."""
    suite, group, version, first, last = (0x0A0A + 0x1010 * (byte & 0x0F) for byte in fresh.random[:5])
    if last == first:
        last ^= 0x1010
    shares = offer.key_shares if retry is not None else (group, *offer.key_shares)
    greased = replace(
        offer,
        suites=(suite, *offer.suites),
        groups=(group, *offer.groups),
        versions=(version, *offer.versions),
        extensions=(first, *offer.extensions, last),
        key_shares=shares if offer.key_shares else (),
    )
    return greased, replace(fresh, key_shares={**fresh.key_shares, group: b"\0"})


def _extensions(
    offer: Offer, form: HelloForm, fresh: Fresh, server_name: str | None, retry: Retry | None
) -> Iterator[tuple[int, bytes]]:
    """Those of the offer in its order, each with its body."""
    usual = _usual_bodies()
    for number in offer.extensions:
        match number:
            case ext.SERVER_NAME:
                if server_name is not None:
                    yield number, ext.write_server_name(server_name)
            case ext.PADDING:
                pass
            case ext.SUPPORTED_GROUPS:
                yield number, ext.write_uint16_vector(offer.groups)
            case ext.EC_POINT_FORMATS:
                yield number, ext.vector8(bytes(form.point_formats))
            case ext.SIGNATURE_ALGORITHMS:
                yield number, ext.write_uint16_vector(offer.schemes)
            case ext.SIGNATURE_ALGORITHMS_CERT:
                yield number, ext.write_uint16_vector(offer.schemes_cert)
            case ext.ALPN if offer.alpn:
                yield number, ext.write_alpn(offer.alpn)
            case ext.SUPPORTED_VERSIONS:
                yield number, ext.write_client_versions(offer.versions)
            case ext.KEY_SHARE:
                yield number, ext.write_client_key_shares([(g, fresh.key_shares[g]) for g in offer.key_shares])
            case ext.COOKIE if retry is not None and retry.cookie is not None:
                yield number, ext.vector16(retry.cookie)
            case _ if is_grease(number):
                yield number, b"" if number == offer.extensions[0] else b"\0"
            case _:
                body = form.bodies.get(number, usual.get(number))
                if body is None:
                    raise BadRequest("hello-extension-unknown", extension=number)
                yield number, body


def _padded(
    bodies: tuple[tuple[int, bytes], ...], order: tuple[int, ...], length: int
) -> tuple[tuple[int, bytes], ...]:
    """The extensions with padding that makes the message 512 bytes long, where it is one that hangs load balancers.

    OpenSSL tls_construct_ctos_padding, NSS ssl_CalculatePaddingExtLen; the extension's own head counts 4.
    """
    if not PADDED_FROM <= length < PADDED_TO:
        return bodies
    padding = (ext.PADDING, bytes(max(0, PADDED_TO - length - 4)))
    place = sum(number in order[: order.index(ext.PADDING)] for number, _ in bodies)
    return (*bodies[:place], padding, *bodies[place:])


@cache
def _usual_bodies() -> Mapping[int, bytes]:
    return {int(number): bytes.fromhex(body) for number, body in load_table("hello_bodies.toml")["bodies"].items()}


def is_address(name: str) -> bool:
    """A literal address, of which no hello speaks."""
    from ipaddress import ip_address

    try:
        ip_address(name.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


__all__ = ["Fresh", "Retry", "form_of_hello", "hello_of", "is_address", "record_of", "retried", "server_name_sent"]
