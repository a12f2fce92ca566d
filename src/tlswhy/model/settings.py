"""How a server is set up: what decides its answer to a hello. Every field may be UNSEEN; nothing here is an opinion.

Made from a server's configuration, from what its answers show, or by a change that somebody thinks about
(``dataclasses.replace``). What software so set up answers is for the room ``server``. Wire numbers throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, Literal

from tlswhy.frozen import frozen
from tlswhy.pki.certificate import Certificate
from tlswhy.unseen import UNSEEN, UnseenType


class Order(Enum):
    """Whose list of suites counts, where both have several in common."""

    SERVER = "server"
    CLIENT = "client"


class ClientCertificate(Enum):
    """Whether a server wants to see the client's certificate."""

    NOT_ASKED = "not-asked"
    ASKED = "asked"
    DEMANDED = "demanded"
    """Asked for, and without one the handshake is over."""


class UnknownName(Enum):
    """What a server does with a server_name that is none of its own (RFC 6066, 3)."""

    IGNORED = "ignored"
    WARNED = "warned"
    """It serves its default chain, behind a warning unrecognized_name(112)."""
    REFUSED = "refused"


class AutoType(Enum):
    """The one value for "the software chooses"; an enum so that type checkers narrow it."""

    AUTO = "auto"


AUTO: Final = AutoType.AUTO
Auto = Literal[AutoType.AUTO]


@frozen
class DhGroup:
    """A fixed Diffie-Hellman group. ``prime`` is None where only its size is known."""

    bits: int
    prime: int | None = None
    generator: int = 2


@frozen
class ServedChain:
    """A private key of the server, and the certificates it sends for it, leaf first.

    ``algorithm`` is that of the leaf's key as pki.keys names it: RSA, RSASSA-PSS, EC, DSA, Ed25519, Ed448. ``bits`` and
    ``curve`` are None where the algorithm has none or nobody told.
    """

    algorithm: str
    bits: int | None = None
    curve: str | None = None
    certificates: tuple[Certificate, ...] | UnseenType = UNSEEN
    server_names: tuple[str, ...] = ()
    """The names for which this chain is set up (``*.`` stands for one label); empty: the default, for everybody."""


@frozen
class Switches:
    """What Windows' registry switches on or off one by one, whatever the release's lists and defaults are."""

    versions: tuple[tuple[int, bool], ...] = ()
    """Protocol versions that are told, on or off; the others are as the release has them."""
    off: frozenset[str] = frozenset()
    """Key exchanges ("DHE"), ciphers ("RC4", "AES_128") and hashes ("MD5"): no suite with one of them is chosen."""


@frozen
class ServerSettings:
    """One server, as it is set up. ``ServerSettings()`` is a server of which nothing is known."""

    software: str | UnseenType = UNSEEN
    """Family and release as in ``data/servers``: "openssl/3.0", "gnutls/3.7", "jsse/17.0.15", "schannel/2019"; the
    family alone where its release is not told."""
    versions: tuple[int, ...] | UnseenType = UNSEEN
    """Enabled protocol versions, highest first."""
    suites: tuple[int, ...] | UnseenType = UNSEEN
    """Enabled suites in the server's order, those of TLS 1.3 among them; whether its keys allow them is not asked."""
    order: Order | UnseenType = UNSEEN
    prioritise_chacha: bool = False
    """OpenSSL's SSL_OP_PRIORITIZE_CHACHA: ChaCha20 first for a client that has it first, for all the server's order."""
    groups: tuple[int, ...] | UnseenType = UNSEEN
    """Groups of ECDHE and TLS 1.3 in the server's order; those of RFC 7919 where it negotiates them for DHE."""
    schemes: tuple[int, ...] | UnseenType = UNSEEN
    """SignatureSchemes that the server may sign with, in its order."""
    chains: tuple[ServedChain, ...] | UnseenType = UNSEEN
    """In the order of the configuration. An empty one is a server without certificates."""
    dh: DhGroup | Auto | UnseenType | None = UNSEEN
    """The group of DHE; AUTO: chosen by key or suite; None: none set, so that there is no DHE."""
    security_level: int | UnseenType = UNSEEN
    """OpenSSL's SECLEVEL; of software that has none it is never asked."""
    client_certificate: ClientCertificate | UnseenType = UNSEEN
    needs_server_name: bool | UnseenType = UNSEEN
    """Without server_name it refuses."""
    unknown_name: UnknownName | UnseenType = UNSEEN
    looks_at_server_name: bool = True
    """The application asks OpenSSL for the client's server_name, as all web servers do; one that does not (s_server)
    offers no TLS 1.3 where none of its keys could sign in it."""
    switches: Switches = Switches()
    """Of software other than Schannel none."""


def served_chain(certificates: Sequence[Certificate], server_names: Sequence[str] = ()) -> ServedChain:
    """What is set up where these certificates are sent, leaf first; there must be one."""
    key = certificates[0].public_key
    return ServedChain(key.algorithm, key.bits, key.curve, tuple(certificates), tuple(server_names))
