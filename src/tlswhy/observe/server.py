"""All connections to one server become what is known of it: which hello got which answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.model.handshake import Handshake, Outcome, Told
from tlswhy.model.server import ANSWERS_TO_NONE, Observation, Server
from tlswhy.model.settings import ClientCertificate
from tlswhy.negotiate import offer_of_hello
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import cut_before_reaction
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.handshake import NEW_SESSION_TICKET
from tlswhy.wire.messages import Alert, ApplicationData, CertificateMessage, EncryptedRecord, Message, OtherHandshake
from tlswhy.wire.numbers import is_tls13
from tlswhy.wire.records import APPLICATION_DATA

FATAL = 2
CLOSE_NOTIFY = 0


def server_of(handshakes: Iterable[Handshake]) -> Server:
    """What the server said to each hello before the client reacted; connections without an answer tell nothing."""
    known = list(handshakes)
    return Server(tuple(_observations(known)), client_certificate=insistence(known))


def insistence(handshakes: Iterable[Handshake]) -> ClientCertificate | UnseenType:
    """What became of clients that answered its CertificateRequest with none; UNSEEN where it did both."""
    told = {found for handshake in handshakes if (found := _insists(handshake)) is not None}
    return told.pop() if len(told) == 1 else UNSEEN


def certificates_sent(handshake: Handshake) -> int | None:
    """How many the client sent; None where that can't be read, or it never came so far."""
    for told in handshake.messages:
        if isinstance(told.message, CertificateMessage) and told.message.span.sender is Side.CLIENT:
            return len(told.message.certificates)
    return None


def _insists(handshake: Handshake) -> ClientCertificate | None:
    """A client that was asked and sent an empty list: let in, or turned away with an alert that is about it.

    One that TLS let in and that was hung up on without a word shows neither: some look at what a client brought when
    TLS is done (Node's rejectUnauthorized), others have nobody behind them.
    """
    if not isinstance(handshake.certificate_request, Told) or certificates_sent(handshake) != 0:
        return None
    alerts = [told.message for told in handshake.alerts]
    fatal = next((a for a in alerts if a.span.sender is Side.SERVER and a.level == FATAL), None)
    if fatal is not None and fatal.description != CLOSE_NOTIFY:
        return ClientCertificate.DEMANDED if fatal.description in ANSWERS_TO_NONE else None
    if handshake.outcome is not Outcome.COMPLETED:
        return None
    behind = _behind_the_finish(handshake)
    if any(_is_data(message) for message in behind if message.span.sender is Side.SERVER):
        return ClientCertificate.ASKED
    goodbye = next((a.span.sender for a in alerts if a.description == CLOSE_NOTIFY), None)
    if goodbye is None and handshake.ending is not None:
        goodbye = handshake.ending.by
    if goodbye is Side.SERVER:
        return None
    return ClientCertificate.ASKED if _has_seen_it(handshake, behind) else None


def _behind_the_finish(handshake: Handshake) -> list[Message]:
    """What both said once the client had shown that it has no certificate, and finished."""
    messages = [told.message for told in handshake.messages]
    shown = (isinstance(m, CertificateMessage) and m.span.sender is Side.CLIENT for m in messages)
    at = next((index for index, found in enumerate(shown) if found), len(messages))
    return messages[at + 1 :]


def _is_data(message: Message) -> bool:
    if isinstance(message, EncryptedRecord):  # up to TLS 1.2; in TLS 1.3 the certificates could not be read then
        return message.content_type == APPLICATION_DATA
    return isinstance(message, ApplicationData)


def _has_seen_it(handshake: Handshake, behind: list[Message]) -> bool:
    """The server went on, having read the empty list: in TLS 1.3 the client has finished by then, so that only a ticket
    shows it (RFC 8446, 4.6.1), or that it takes leave of one who left first; before TLS 1.3 its own Finished."""
    if handshake.server_hello is None or not is_tls13(handshake.server_hello.message.version):
        return True
    goodbyes = [m.span.sender for m in behind if isinstance(m, Alert) and m.description == CLOSE_NOTIFY]
    ticket = any(isinstance(m, OtherHandshake) and m.type == NEW_SESSION_TICKET for m in behind)
    return ticket or goodbyes == [Side.CLIENT, Side.SERVER]


def _observations(handshakes: Iterable[Handshake]) -> Iterator[Observation]:
    for handshake in handshakes:
        hello = handshake.hello
        if hello is None or handshake.client_hello is None:
            continue
        seen = cut_before_reaction(handshake)
        where = (handshake.at(handshake.client_hello.frame),)
        offer = offer_of_hello(hello)
        if seen.server_hello is not None:
            if not seen.resumed:
                yield Observation(offer, hello.server_name, flight_of(seen), None, where)
            continue
        alert = next(
            (
                told.message.description
                for told in seen.alerts
                if told.message.span.sender is Side.SERVER and told.message.level == FATAL
            ),
            None,
        )
        if alert is not None:
            yield Observation(offer, hello.server_name, None, alert, where)
