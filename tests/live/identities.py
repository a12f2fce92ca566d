"""Certificate chains for real servers: a good one of each kind, and each fault; two roots, one file that trusts both.

Owns the files that servers and clients are given.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from asn1crypto import core, pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.pki import minting
from tests.pki.minting import ec_key, mint, name, rsa_key

TRUST = "trust.pem"
CA = x509.BasicConstraints(ca=True, path_length=None)
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


class Pair(core.SequenceOf):
    """Prime and base of a PKCS#3 DHParameter."""

    _child_spec = core.Integer


@dataclass(frozen=True)
class Identity:
    """What a server shows: key and chain in PEM files of their own, and both in one; ``above``: all but the leaf."""

    name: str
    key: Path
    chain: Path
    both: Path
    trust: Path
    above: Path | None


def identities(folder: Path) -> tuple[dict[str, Identity], Path]:
    """Chains with one fault each, and the PEM file that trusts their root."""
    root_key, middle_key, leaf_key = rsa_key(), rsa_key(2049), rsa_key(3072)
    root = mint(name("Live Root"), key=root_key, extensions=[(CA, True)])
    middle = _middle(middle_key, root_key)

    def leaf(key=leaf_key, dns=("localhost",), **other):
        common = name(dns[0])
        return mint(common, issuer=name("Live Middle"), key=key, signer=middle_key, dns=dns, ip=_loopback(dns), **other)

    expired = _expired(lambda: leaf())
    chains = {
        "good": (leaf_key, [leaf(), middle]),
        "good-ec": (ec_key(), [leaf(ec_key()), middle]),
        "expired": (leaf_key, [expired, middle]),
        "wrong-name": (leaf_key, [leaf(dns=("elsewhere.example.test",)), middle]),
        "incomplete": (leaf_key, [leaf()]),
        "self-signed": (leaf_key, [mint(name("localhost"), key=leaf_key, dns=("localhost",))]),
        "small-key": (rsa_key(1024), [leaf(rsa_key(1024)), middle]),
        "untrusted": (leaf_key, [_leaf_of("Live Stranger", leaf_key, middle_key)]),
        "pss": (leaf_key, [leaf(padding=PSS), _middle(middle_key, root_key, padding=PSS)]),
        "ec-only": (ec_key(), _ec_only()),
    }
    trust = folder / TRUST
    trust.write_bytes(root.public_bytes(Encoding.PEM) + _ec_root().public_bytes(Encoding.PEM))
    return {kind: _written(folder, kind, key, chain) for kind, (key, chain) in chains.items()}, trust


def _middle(key, signer, **other) -> x509.Certificate:
    return mint(name("Live Middle"), issuer=name("Live Root"), key=key, signer=signer, extensions=[(CA, True)], **other)


def _leaf_of(issuer: str, key, signer) -> x509.Certificate:
    dns = ("localhost",)
    return mint(name("localhost"), issuer=name(issuer), key=key, signer=signer, dns=dns, ip=_loopback(dns))


def _ec_root() -> x509.Certificate:
    return mint(name("Live EC Root"), key=ec_key("secp384r1"), extensions=[(CA, True)])


def _ec_only() -> list[x509.Certificate]:
    return [_leaf_of("Live EC Root", ec_key(), ec_key("secp384r1"))]


def dh_group(folder: Path, bits: int) -> Path:
    """A file with a Diffie-Hellman group of that size, as PKCS#3: not every server reads X9.42."""
    made = folder / f"dh{bits}.pem"
    if made.exists():
        return made
    if bits >= 2048:
        named = ["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:ffdhe{bits}"]
        subprocess.run(["openssl", *named, "-out", str(made)], check=True, capture_output=True)
        return made
    small = ["dhparam", "-dsaparam", "-outform", "DER", str(bits)]
    der = subprocess.run(["openssl", *small], check=True, capture_output=True).stdout
    prime, base, *_ = core.SequenceOf.load(der, spec=core.Any).native
    made.write_bytes(pem.armor("DH PARAMETERS", Pair((prime, base)).dump()))
    return made


def _loopback(dns: Sequence[str]) -> tuple:
    return (ip_address("127.0.0.1"),) if "localhost" in dns else ()


def _expired(make: Callable[[], x509.Certificate]) -> x509.Certificate:
    kept, minting.NOT_AFTER = minting.NOT_AFTER, datetime(2021, 1, 1, tzinfo=UTC)
    try:
        return make()
    finally:
        minting.NOT_AFTER = kept


def _written(folder: Path, kind: str, key, chain: Sequence[x509.Certificate]) -> Identity:
    pem_of = [certificate.public_bytes(Encoding.PEM) for certificate in chain]
    above = folder / f"{kind}.above" if len(chain) > 1 else None
    key_file, chain_file, both = (folder / f"{kind}.{suffix}" for suffix in ("key", "pem", "both"))
    made = Identity(kind, key_file, chain_file, both, folder / TRUST, above)
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    made.chain.write_bytes(b"".join(pem_of))
    if above is not None:
        above.write_bytes(b"".join(pem_of[1:]))
    made.both.write_bytes(made.key.read_bytes() + made.chain.read_bytes())
    return made
