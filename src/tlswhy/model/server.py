"""What is known of a server: what it answered to which hello. No conclusion is drawn here."""

from __future__ import annotations

from tlswhy.frozen import frozen
from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import ClientCertificate
from tlswhy.model.where import Where
from tlswhy.unseen import UNSEEN, UnseenType

ANSWERS_TO_A_CLIENT_CERTIFICATE = frozenset({40, 41, 42, 43, 44, 45, 46, 48, 49, 116})
"""Descriptions of a server's alerts that, after its CertificateRequest, are about the client's certificate or lack of
one (RFC 5246, 7.2.2; RFC 8446, 6.2)."""

ANSWERS_TO_NONE = ANSWERS_TO_A_CLIENT_CERTIFICATE | {50, 71}
"""The same where the client sent an empty list: up to TLS 1.2 GnuTLS that insists goes on to expect a CertificateVerify
(_gnutls_recv_client_certificate, GNUTLS_CERT_REQUIRE) and can't decode what comes instead; old releases say
insufficient_security (gnutls_error_to_alert, GNUTLS_E_NO_CERTIFICATE_FOUND)."""


@frozen
class Observation:
    """One hello and its answer. ``flight`` is None where the server refused; ``alert`` then tells with which alert."""

    offer: Offer
    server_name: str | None
    flight: Flight | None
    alert: int | None
    where: tuple[Where, ...]


@frozen(eq=False)
class Server:
    """All observations of one server, in order of time. Each is itself alone: many clients are judged before one."""

    observations: tuple[Observation, ...]
    client_certificate: ClientCertificate | UnseenType = UNSEEN
    """Whether it insists on one, as far as clients without one have found out."""
