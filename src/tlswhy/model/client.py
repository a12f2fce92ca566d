"""What a client of a given name is: its offer, its limits, its path rules, its habits when it refuses.

Made by ``client.profiles`` from TOML; every value has sources. Wire numbers throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tlswhy.frozen import frozen
from tlswhy.pki.paths import LibraryRules, PathRules


@frozen
class Source:
    """Where a fact comes from. ``kind``: measured, source-code, vendor-document, standard or inferred."""

    kind: str
    text: str


@frozen
class Offer:
    """The default ClientHello, in the wire's order; an empty tuple means that the extension is absent."""

    versions: tuple[int, ...]
    """Enabled protocol versions, highest first."""
    suites: tuple[int, ...]
    groups: tuple[int, ...]
    schemes: tuple[int, ...]
    schemes_cert: tuple[int, ...]
    extensions: tuple[int, ...]
    key_shares: tuple[int, ...]
    record_version: int
    sends_server_name: bool = True
    alpn: tuple[str, ...] = ()


@frozen
class HelloForm:
    """What of a ClientHello is neither a choice to negotiate nor fresh in every connection.

    ``bodies``: extensions by number with a content of their own; others have the usual one (``client.hello``).
    """

    legacy_version: int | None = None
    """None: the highest offered version, TLS 1.2 at most."""
    session_id_length: int = 0
    point_formats: tuple[int, ...] = (0,)
    compression: tuple[int, ...] = (0,)
    bodies: Mapping[int, bytes] = field(default_factory=dict)
    names_need_a_dot: bool = False
    """A name without a dot is not sent as server_name."""
    greases: bool = False
    """Reserved values, others each time, stand in its lists (RFC 8701)."""


@frozen
class DhLimits:
    """Sizes in bits of a server's DH prime. ``policy_min``: below it the client's policy refuses; ``least`` and
    ``most``: what its Diffie-Hellman code can do; ``multiple_of``: sizes must divide by it (1: any)."""

    policy_min: int
    least: int
    most: int
    multiple_of: int


@frozen
class ClientPolicy:
    """One client: a runtime seen through a layer (``@…`` of its ID).

    ``alerts`` maps a cause ID to the descriptions of the alerts this client may send for it (empty: sends none; a
    missing key: not known). ``name_dialect`` is one of pki.names.
    """

    id: str
    runtime: str
    """The ID without the layer."""
    layer: str
    """Without "@"; "" is the family's usual one."""
    family: str
    title: str
    offer: Offer
    dh: DhLimits
    path_rules: PathRules | LibraryRules
    name_dialect: str
    disabled_tls: str
    """jdk.tls.disabledAlgorithms verbatim, "" for clients that are no Java."""
    disabled_certpath: str
    handshake_schemes: frozenset[int]
    """SignatureSchemes accepted in ServerKeyExchange and CertificateVerify; for TLS <= 1.1 nothing is asked of them."""
    curves: frozenset[int]
    """Groups accepted in ServerKeyExchange and key shares."""
    longest_chain: int | None
    """Most certificates in a Certificate message; None: no limit."""
    largest_handshake_message: int | None
    """Bytes; None: no limit."""
    fatal_warnings: frozenset[int]
    """Descriptions of warning alerts that end the handshake all the same."""
    check_order: tuple[str, ...]
    """Stages in the order in which this client looks at them."""
    alerts: Mapping[str, tuple[int, ...]]
    masks: str | None
    """What the layer's user reads whatever the cause was, e.g. "peer not authenticated"; None: the true exception."""
    sources: tuple[Source, ...]
    names_alerts: bool = False
    """Its exceptions begin with the alert's name in parentheses (sun.security.ssl.Alert.createSSLException)."""
    wraps_name_exception: bool = False
    """Its name check's exception comes wrapped in another (the JSSE before the TLS 1.3 engine)."""
    connection_refused: str | None = None
    """What its ConnectException says where TCP was refused; None: not known."""
    documented: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the vendor's notes say beyond the runtime: {"refuses-suites": (...), "refuses-signatures": (...)}."""
    checks_after_handshake: frozenset[str] = frozenset()
    """Stages that this client looks at only when its side of the handshake is finished; then it goes without having
    sent anything but, at most, an alert."""
    signs_with_md5_sha1: bool = True
    """Before TLS 1.2 the server signs MD5 and SHA-1 together; False: this client's security level forbids that."""
    hello_requests_refused: frozenset[str] | None = None
    """Where a HelloRequest ends the handshake (model.flight.Breach.position); None: not known."""
    passes_empty_records: bool | None = None
    """Up to ``MOST_EMPTY_RECORDS`` handshake records with nothing in them are let pass; None: not known."""
    strictness: Mapping[str, bool | int | tuple[int, ...]] = field(default_factory=dict)
    """What deviates from the protocol (observe.deviations) and ends the handshake, or not (``client.strictness``)."""
    spare_connections: bool = False
    """A browser: it opens more connections than it needs and drops some, or breaks off to ask its user for a
    certificate and comes back."""
    largest_certificate_message: int | None = None
    """Bytes of a Certificate message, where it may be larger than others; None: as all of them."""
    measured: bool = True
    known: bool = True
    """False: no profile; what it would refuse nobody can foretell."""
    stands_for: str | None = None
    """The ID that was asked for where this profile only stands in for it (nearest below in its release line)."""
    hello_form: HelloForm = HelloForm()
