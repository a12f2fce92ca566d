"""All connections to one server become what is known of it: which hello got which answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.model.handshake import Handshake, Outcome, Told
from tlswhy.model.server import ANSWERS_TO_A_CLIENT_CERTIFICATE, Observation, Server
from tlswhy.model.settings import ClientCertificate
from tlswhy.negotiate import offer_of_hello
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import cut_before_reaction
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.messages import CertificateMessage

FATAL = 2
CLOSE_NOTIFY = 0


def server_of(handshakes: Iterable[Handshake]) -> Server:
    """What the server said to each hello before the client reacted; connections without an answer tell nothing."""
    known = list(handshakes)
    return Server(tuple(_observations(known)), client_certificate=_client_certificate(known))


def _client_certificate(handshakes: Iterable[Handshake]) -> ClientCertificate | UnseenType:
    """What became of clients that answered its CertificateRequest with none; UNSEEN where it did both."""
    told = {found for handshake in handshakes if (found := _insists(handshake)) is not None}
    return told.pop() if len(told) == 1 else UNSEEN


def _insists(handshake: Handshake) -> ClientCertificate | None:
    """A client that was asked and sent an empty list: let in, or turned away with an alert that is about it."""
    if not isinstance(handshake.certificate_request, Told) or _certificates_sent(handshake) != 0:
        return None
    alert = next((a.message for a in handshake.alerts if a.message.span.sender is Side.SERVER), None)
    if alert is None or alert.description == CLOSE_NOTIFY:
        return ClientCertificate.ASKED if handshake.outcome is Outcome.COMPLETED else None
    about_it = alert.level == FATAL and alert.description in ANSWERS_TO_A_CLIENT_CERTIFICATE
    return ClientCertificate.DEMANDED if about_it else None


def _certificates_sent(handshake: Handshake) -> int | None:
    """How many the client sent; None where that can't be read, or it never came so far."""
    for told in handshake.messages:
        if isinstance(told.message, CertificateMessage) and told.message.span.sender is Side.CLIENT:
            return len(told.message.certificates)
    return None


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
