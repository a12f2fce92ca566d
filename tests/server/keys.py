"""Keys and chains for real servers: one of each kind that a server may have, and leaves signed in unusual ways."""

from __future__ import annotations

import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from tlswhy.model.settings import ServedChain, served_chain
from tlswhy.pki.certificate import read_certificate

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)


class Identity(NamedTuple):
    """A private key and its chain, as files and as the model has them."""

    kind: str
    key_pem: bytes
    chain_pem: bytes
    served: ServedChain


KEYS: dict[str, Any] = {
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "secp256r1": lambda: ec.generate_private_key(ec.SECP256R1()),
    "secp384r1": lambda: ec.generate_private_key(ec.SECP384R1()),
    "secp521r1": lambda: ec.generate_private_key(ec.SECP521R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "brainpoolP256r1": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "dsa-2048": lambda: dsa.generate_private_key(2048),
}
LEAVES: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    # kind: key, how openssl's CA signs where `cryptography` would not, the leaf's only key usage (None: no extension)
    **{key: (key, (), None) for key in KEYS},
    "rsa-by-md5": ("rsa-2048", ("-md5",), None),
    "rsa-by-sha1": ("rsa-2048", ("-sha1",), None),
    "rsa-by-pss-sha256": ("rsa-2048", ("-sha256", "-sigopt", "rsa_padding_mode:pss"), None),
    "rsa-by-pss-sha1": ("rsa-2048", ("-sha1", "-sigopt", "rsa_padding_mode:pss"), None),
    "rsa-signing": ("rsa-2048", (), "digital_signature"),
    "rsa-encipherment": ("rsa-2048", (), "key_encipherment"),
    "ec-agreement": ("secp256r1", (), "key_agreement"),
}
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
USAGES = (*USAGES, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


@cache
def key(kind: str) -> Any:
    return KEYS[kind]()


@cache
def identity(kind: str) -> Identity:
    """The leaf of that kind, under a CA that is sent with it."""
    key_kind, signing, usage = LEAVES[kind]
    leaf = (
        _signed_by_openssl(key(key_kind), signing) if signing else _signed("server.example.test", key(key_kind), usage)
    )
    chain = [leaf, _authority()]
    pems = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    read = [read_certificate(certificate.public_bytes(Encoding.DER)) for certificate in chain]
    return Identity(kind, _pem(key(key_kind)), pems, served_chain(read))


def dh_file(folder: Path) -> Path:
    """A Diffie-Hellman group of 2048 bits (RFC 3526), as PEM."""
    path = folder / "dh.pem"
    if not path.exists():
        command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:modp_2048"]
        made = subprocess.run(command, check=True, capture_output=True).stdout
        path.write_bytes(made)
    return path


@cache
def _authority() -> x509.Certificate:
    return _signed("CA of servers", key("rsa-3072"), None)


def _signed(subject: str, owner: Any, usage: str | None) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("CA of servers"))
        .public_key(owner.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_BEFORE + timedelta(days=365 * 20))
    )
    if owner is key("rsa-3072"):
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if usage is not None:
        allowed = x509.KeyUsage(**{name: name == usage for name in USAGES})
        builder = builder.add_extension(allowed, critical=True)
    return builder.sign(key("rsa-3072"), hashes.SHA256())


def _signed_by_openssl(owner: Any, signing: tuple[str, ...]) -> x509.Certificate:
    with tempfile.TemporaryDirectory() as folder:
        public, authority, private = (Path(folder) / name for name in ("key.pub", "ca.pem", "ca.key"))
        public.write_bytes(owner.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        authority.write_bytes(_authority().public_bytes(Encoding.PEM))
        private.write_bytes(_pem(key("rsa-3072")))
        command = ["openssl", "x509", "-new", "-force_pubkey", public, "-subj", "/CN=server.example.test"]
        command += ["-CA", authority, "-CAkey", private, "-days", "3650", "-set_serial", "7", *signing]
        made = subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout
    return x509.load_pem_x509_certificate(made)


def _pem(private: Any) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
