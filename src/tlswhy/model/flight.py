"""What a server answers to one hello, up to its own last word: seen, borrowed or foretold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tlswhy.frozen import frozen
from tlswhy.model.settings import ClientCertificate
from tlswhy.model.where import Where
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.keys import PublicKey
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.messages import DhParameters


@frozen
class SignedExchange:
    """The signature of a ServerKeyExchange, in TLS 1.3 of a CertificateVerify: over which bytes, by which scheme (None:
    the old way, before TLS 1.2), and the key of the certificate beside it, which must have made it."""

    key: PublicKey
    scheme: int | None
    signed: bytes
    signature: bytes


@frozen
class Breach:
    """A message out of turn.

    ``kind`` is "repeated", "unknown", "misplaced", "early-data", "missing", "alert-malformed", "hello-request" or
    "empty-record".
    """

    kind: str
    message_type: int | None
    """HandshakeType (IANA); None: no handshake message."""
    where: Where
    position: str
    """One of ``POSITIONS``: how far the server was."""
    also: tuple[Breach, ...] = ()
    """Where only some clients mind this one: the others that only some do."""


BEFORE_ANSWER, BEFORE_CERTIFICATE, AFTER_CERTIFICATE = "before-answer", "before-certificate", "after-certificate"
POSITIONS = (BEFORE_ANSWER, BEFORE_CERTIFICATE, AFTER_CERTIFICATE)
"""Before the ServerHello; behind it; behind the Certificate."""


@frozen
class Flight:
    """What the server answered to this client (or, ``assumed``, would answer), up to its own last word.

    ``chain`` is the certificates in the order sent; ``scheme`` that of ServerKeyExchange or CertificateVerify. None is
    "seen to be absent" (a static RSA suite has no group), UNSEEN "could not be read".
    """

    version: int | UnseenType
    suite: int | UnseenType
    group: int | UnseenType | None
    dh: DhParameters | UnseenType | None
    scheme: int | UnseenType | None
    chain: tuple[Certificate, ...] | UnseenType | None
    chain_size: int | UnseenType
    asks_client_certificate: bool | UnseenType
    client_certificate: ClientCertificate | UnseenType = UNSEEN
    """Whether a server that asks insists: what it did to others that had none."""
    resumed: bool = False
    assumed: bool = False
    missing: str = "server-flight"
    """The evidence that would show what is UNSEEN here (a gap's code)."""
    warnings: frozenset[int] = frozenset()
    """Descriptions of warning alerts that the server sends before its ServerHello."""
    refused: tuple[str, ...] = ()
    """The server answers with a refusal: the causes that can stand behind it, likeliest first."""
    alert: int | None = None
    """The description of the alert that goes with the refusal; None: it closes without one, or nobody knows which."""
    signed_exchange: SignedExchange | None = None
    """None: there is none, or not all of it was seen (in TLS 1.3 without keys never)."""
    breach: Breach | None = None
    """Where the server breaks the protocol's order; None: nowhere, as far as it was seen."""
    hello_retry: bool = False
    """A HelloRetryRequest came first."""
    request_size: int | UnseenType = 0
    """Bytes of the CertificateRequest's body, which names CAs; 0 where there is none."""
    authorities: int = 0
    """How many CAs it names."""
    where: Mapping[str, tuple[Where, ...]] = field(default_factory=dict)
    """Places by fact: "server_hello", "key_exchange", "certificates", "certificate_request", "scheme"; "refused": the
    answers to others that foretell a refusal."""


NO_FLIGHT = Flight(UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN)
"""The server has not answered with a ServerHello."""
