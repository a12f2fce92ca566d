"""The server demands a certificate of the client, and the client has none that suits.

Why the client refuses
    The server does: it asked with CertificateRequest and got an empty list, or a certificate that it does not
    trust.
What you see
    CertificateRequest in the server's flight, an empty Certificate from the client, then handshake_failure(40),
    bad_certificate(42) or, in TLS 1.3 after a handshake that looked finished, certificate_required(116).
How to fix
    Switch the demand off for this client's path, or give the client a key and certificate from a CA that the server
    names.
How to check
    ``openssl s_client`` prints "Acceptable client certificate CA names".
References
    RFC 5246, 7.4.4 and 7.4.6; RFC 8446, 4.3.2 and 6.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, DropClientCertificate, PresentCertificate
from tlswhy.grounds import about_client_certificate, alert_place, server_alert
from tlswhy.model.client import Source
from tlswhy.model.server import ANSWERS_TO_NONE
from tlswhy.model.settings import ClientCertificate
from tlswhy.observe.server import certificates_sent
from tlswhy.situation import Situation
from tlswhy.unseen import seen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CLIENT_CERTIFICATE
SOURCES = (Source("standard", "RFC 5246, 7.4.4 and 7.4.6; RFC 8446, 4.3.2 and 6.2"),)
CERTIFICATE_REQUIRED = 116


def check(situation: Situation) -> Iterator[Refusal]:
    """The server's alert after it asked, be it in a second handshake for the path of a document that was fetched.
    Before the answer is seen only what it did to others that had no certificate tells whether it insists."""
    page = situation.page
    if page is not None and page.alert in ANSWERS_TO_NONE:
        sent_none: dict[str, object] = {"alert": page.alert, "certificates_sent": 0}
        yield Refusal("client-cert-required", STAGE, sent_none, page.where, by="server", shown=True)
        return
    alert = server_alert(situation)
    asked = situation.flight.asks_client_certificate
    if alert is not None:
        description = alert.message.description
        if description == CERTIFICATE_REQUIRED or about_client_certificate(situation, description):
            sent = certificates_sent(situation.handshake) if situation.handshake is not None else None
            facts = {"alert": description, "certificates_sent": sent}
            where = (*alert_place(situation, alert), *situation.place("certificate_request"))
            yield Refusal("client-cert-required", STAGE, facts, where, by="server", shown=True)
        return
    if not seen(asked, situation.flight.missing):
        return
    if page is not None and (page.status is not None or page.redirects):
        return  # whoever fetched the page had no certificate either, and got an answer
    insists = seen(situation.flight.client_certificate, "client-certificate")
    if insists is ClientCertificate.DEMANDED:
        yield Refusal("client-cert-required", STAGE, {}, situation.place("certificate_request"), by="server")


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The client shows one, or the server no longer demands it."""
    yield PresentCertificate()
    yield DropClientCertificate()
