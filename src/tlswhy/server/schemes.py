"""What a SignatureScheme needs of a key, and which scheme stands for a certificate's own signature.

Owns the reading of the schemes' registered names (RFC 8446, 4.2.3); what any software makes of them is for others.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.model.settings import ServedChain
from tlswhy.pki.certificate import Certificate
from tlswhy.unseen import Unseen
from tlswhy.wire.numbers import scheme_name

AUTHENTICATION: Final = {
    "RSA": "RSA",
    "RSASSA-PSS": "RSA",
    "EC": "ECDSA",
    "Ed25519": "ECDSA",
    "Ed448": "ECDSA",
    "DSA": "DSS",
}
"""Of a key's algorithm: which authentication of a suite it can serve (RFC 8422, 2; RFC 8446, 4.2.3)."""
_HASHES: Final = {"md5": "MD5", "sha1": "SHA-1", "sha224": "SHA-224"} | {f"sha{n}": f"SHA-{n}" for n in (256, 384, 512)}
HASH_BYTES: Final = {"MD5": 16, "SHA-1": 20, "SHA-224": 28, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64}


@frozen
class Scheme:
    """``key``: the algorithm of the key it signs with, as pki.keys names it. ``hash`` is None for EdDSA; ``curve`` is
    the one it stands for in TLS 1.3; ``pss``: the signature is RSASSA-PSS."""

    number: int
    key: str
    hash: str | None
    curve: str | None = None
    pss: bool = False


@cache
def scheme(number: int) -> Scheme | None:
    """What is known of a scheme; None for those that none of these servers has (GOST, SM2, brainpool in TLS 1.3)."""
    kind, _, rest = scheme_name(number).partition("_")
    if kind in ("ed25519", "ed448"):
        return Scheme(number, kind.capitalize(), None)
    *middle, last = rest.split("_")
    digest = _HASHES.get(last)
    if digest is None:
        return None
    if kind == "rsa" and middle in (["pss", "rsae"], ["pss", "pss"]):
        return Scheme(number, "RSA" if middle[1] == "rsae" else "RSASSA-PSS", digest, pss=True)
    if kind == "rsa" and middle == ["pkcs1"]:
        return Scheme(number, "RSA", digest)
    if kind == "ecdsa" and len(middle) <= 1 and "tls13" not in rest:
        return Scheme(number, "EC", digest, middle[0] if middle else None)
    return Scheme(number, "DSA", digest) if kind == "dsa" and not middle else None


def signs(wanted: Scheme, certificate: Certificate) -> bool:
    """The certificate's own signature is of this scheme's kind; of which kind of RSA key is not asked (that would be
    seen in the issuer's certificate only)."""
    signature = certificate.signature
    if signature.pss is not None:
        return wanted.pss and wanted.hash == signature.pss.hash
    if wanted.key in ("Ed25519", "Ed448"):
        return signature.name == wanted.key
    return not wanted.pss and wanted.key == signature.key and wanted.hash == signature.digest


def leaf_of(chain: ServedChain) -> Certificate | None:
    """The leaf, where the certificates are known."""
    if isinstance(chain.certificates, Unseen) or not chain.certificates:
        return None
    return chain.certificates[0]


def may_sign(chain: ServedChain, usage: str = "digitalSignature") -> bool:
    """The leaf's key usage allows it: there is none, or it names that use."""
    leaf = leaf_of(chain)
    return leaf is None or leaf.key_usage is None or usage in leaf.key_usage


def long_enough_for_pss(chain: ServedChain, wanted: Scheme, least: int) -> bool:
    """An RSA key of that many bits takes the padding; one of unknown size is taken to."""
    return not wanted.pss or chain.bits is None or chain.bits >= least
