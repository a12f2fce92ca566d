"""What a connection carries beside the handshake proper: an encrypted ClientHello, a stapled OCSP response, signed
certificate timestamps; a client certificate that was asked for and not given. Facts to know, no reasons to refuse.

Owns where each of them may stand (RFC 9849, RFC 6066 and 8446 for the staple, RFC 6962). Has no opinion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.model.where import Where
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.transparency import TIMESTAMPS_OID, read_timestamps, unwrapped
from tlswhy.side import Side
from tlswhy.wire.handshake import CERTIFICATE_STATUS
from tlswhy.wire.hello import client_extension_bodies, server_extension_bodies
from tlswhy.wire.messages import CertificateMessage, EncryptedExtensions, OtherHandshake

ENCRYPTED_HELLO, ENCRYPTED_NAME = 0xFE0D, 0xFFCE
STATUS_REQUEST, TIMESTAMPS = 0x0005, 0x0012
OUTER = 0
OCSP = 1

ECH, STAPLE, SCT = "encrypted-client-hello", "ocsp-staple", "certificate-timestamps"
CLIENT_CERTIFICATE = "client-certificate"


@frozen
class Noticed:
    """``what``: the code of one of them; ``facts`` go into its sentence, which ``variant`` among them picks."""

    what: str
    where: tuple[Where, ...]
    facts: Mapping[str, object]


def noticed(handshake: Handshake) -> tuple[Noticed, ...]:
    """All of them, in the order of the handshake."""
    found = [*_encrypted_hello(handshake), *_of_server_hello(handshake)]
    for told in handshake.messages:
        message = told.message
        if message.span.sender is not Side.SERVER:
            if isinstance(message, CertificateMessage) and not message.certificates:
                found += _withheld(handshake, (handshake.at(told.frame),))
            continue
        where = (handshake.at(told.frame),)
        if isinstance(message, OtherHandshake) and message.type == CERTIFICATE_STATUS and message.body:
            found += _staple(_response(message.body), where)
        elif isinstance(message, CertificateMessage):
            found += _of_certificates(message, where)
    return tuple(found)


def _withheld(handshake: Handshake, where: tuple[Where, ...]) -> list[Noticed]:
    """Asked for, not given, and TLS went on all the same: then the application behind it may refuse the request."""
    completed = handshake.outcome is Outcome.COMPLETED
    return [Noticed(CLIENT_CERTIFICATE, where, {"variant": "withheld"})] if completed else []


def _encrypted_hello(handshake: Handshake) -> Iterator[Noticed]:
    """The outer hello of ECH. A client without a key for the server sends one that means nothing (GREASE) and looks
    the same; a server that knows ECH and could not open it says so, and then goes by the name that everybody sees."""
    hello = handshake.client_hello
    if hello is None or hello.message.ssl2_format:
        return
    try:
        bodies = dict(client_extension_bodies(hello.message))
    except BadEvidence:
        return
    draft = ENCRYPTED_NAME in bodies
    if not draft and bodies.get(ENCRYPTED_HELLO, b"\1")[0:1] != bytes([OUTER]):
        return
    answers = (told.message for told in handshake.messages if isinstance(told.message, EncryptedExtensions))
    rejected = any(ENCRYPTED_HELLO in answer.extensions for answer in answers)
    name = hello.message.server_name
    facts = {"name": name, "variant": "rejected" if rejected else "outer" if name else "nameless"}
    yield Noticed(ECH, (handshake.at(hello.frame),), facts)


def _of_server_hello(handshake: Handshake) -> Iterator[Noticed]:
    hello = handshake.server_hello
    if hello is not None and TIMESTAMPS in hello.message.extensions:
        try:
            listed = dict(server_extension_bodies(hello.message)).get(TIMESTAMPS, b"")
        except BadEvidence:
            return
        yield from _timestamps(listed, "extension", (handshake.at(hello.frame),))


def _of_certificates(message: CertificateMessage, where: tuple[Where, ...]) -> Iterator[Noticed]:
    for bodies in message.extensions[:1]:  # those of the leaf
        for number, body in bodies:
            if number == STATUS_REQUEST:
                yield from _staple(_response(body), where)
            elif number == TIMESTAMPS:
                yield from _timestamps(body, "extension", where)
    try:
        leaf = read_certificate(message.certificates[0]) if message.certificates else None
    except BadEvidence:
        return
    if leaf is not None and leaf.extensions.has(TIMESTAMPS_OID):
        yield from _timestamps(unwrapped(leaf.extensions.raw[TIMESTAMPS_OID]), "certificate", where)


def _response(status: bytes) -> bytes:
    """The OCSPResponse within a CertificateStatus (RFC 6066, 8)."""
    return status[4 : 4 + int.from_bytes(status[1:4])] if status[:1] == bytes([OCSP]) else b""


def _staple(response: bytes, where: tuple[Where, ...]) -> Iterator[Noticed]:
    from tlswhy.pki.ocsp import read_staple  # not imported where nothing is stapled

    staple = read_staple(response) if response else None
    if staple is None:
        yield Noticed(STAPLE, where, {"variant": "unreadable"})
    elif staple.refusal is not None or not staple.answers:
        yield Noticed(STAPLE, where, {"variant": "empty", "refusal": staple.refusal or "successful"})
    else:
        first = staple.answers[0]
        facts: dict[str, object] = {"variant": first.status, "made": first.this_update}
        if first.next_update is not None:
            facts["until"] = first.next_update
        if first.revoked_at is not None:
            facts["revoked"] = first.revoked_at
        yield Noticed(STAPLE, where, facts)


def _timestamps(listed: bytes, carrier: str, where: tuple[Where, ...]) -> Iterator[Noticed]:
    moments = read_timestamps(listed)
    if moments is not None:
        yield Noticed(SCT, where, {"count": len(moments), "variant": carrier})
