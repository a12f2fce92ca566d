"""Key exchanges of TLS 1.0 to 1.2, the server's side: what ServerKeyExchange carries, and the secret that comes of it.

Owns DHE of any size, ECDHE on the curves that the library has, and static RSA. Signs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlswhy.frozen import frozen
from tlswhy.lab.groups import GENERATOR, modp_prime
from tlswhy.lab.keys import LabKey, curve
from tlswhy.lab.rsa import Draw, RsaKey
from tlswhy.wire.answers import write_dh_parameters, write_ec_parameters
from tlswhy.wire.codec import Reader, malformed
from tlswhy.wire.numbers import group_name

PRIVATE_BYTES = 32
PREMASTER_SIZE = 48


@frozen
class Share:
    """``parameters``: what is signed and sent, empty for static RSA. ``agree`` takes the body of ClientKeyExchange and
    gives the premaster secret; it raises BadEvidence."""

    parameters: bytes
    agree: Callable[[bytes], bytes]


def dh_share(bits: int, draw: Draw) -> Share:
    """RFC 5246, 8.1.2: leading zeros of the secret are left out."""
    prime = modp_prime(bits)
    private = int.from_bytes(draw(PRIVATE_BYTES), "big")

    def agree(body: bytes) -> bytes:
        shared = pow(int.from_bytes(Reader(body).pull_vector16(), "big"), private, prime)
        return shared.to_bytes(max(1, (shared.bit_length() + 7) // 8), "big")

    return Share(write_dh_parameters(prime, GENERATOR, pow(GENERATOR, private, prime)), agree)


def ec_share(group: int) -> Share:
    """RFC 8422, 5.10 and 5.11. Raises BadTable for a curve that the library does not have."""
    name = group_name(group)
    if name in ("x25519", "x448"):
        return _montgomery_share(group, name)
    private = ec.generate_private_key(curve(name))
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def agree(body: bytes) -> bytes:
        try:
            theirs = ec.EllipticCurvePublicKey.from_encoded_point(private.curve, Reader(body).pull_vector8())
            return private.exchange(ec.ECDH(), theirs)
        except ValueError:
            raise malformed(0, "point") from None

    return Share(write_ec_parameters(group, point), agree)


def rsa_share(key: LabKey) -> Share:
    """RFC 5246, 7.4.7.1: the client encrypts the secret to the certificate's key."""

    def agree(body: bytes) -> bytes:
        private = key.private
        if not isinstance(private, RsaKey):
            raise malformed(0, "no-rsa-key")
        number = int.from_bytes(Reader(body).pull_vector16(), "big")
        plain = pow(number, private.private, private.modulus).to_bytes(private.size, "big")
        return plain[-PREMASTER_SIZE:]  # a lab's server tells nobody anything by its padding

    return Share(b"", agree)


def _montgomery_share(group: int, name: str) -> Share:
    private = x25519.X25519PrivateKey.generate() if name == "x25519" else x448.X448PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(body: bytes) -> bytes:
        theirs = Reader(body).pull_vector8()
        try:
            if isinstance(private, x25519.X25519PrivateKey):
                return private.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
            return private.exchange(x448.X448PublicKey.from_public_bytes(theirs))
        except ValueError:
            raise malformed(0, "point") from None

    return Share(write_ec_parameters(group, public), agree)
