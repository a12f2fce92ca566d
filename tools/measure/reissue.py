"""A recorded chain and its trust, made anew with keys that we hold: so that a server here can serve it.

Every certificate keeps all that it says, extensions and identifiers included; only its key, its dates (moved by whole
days, so that what was expired is expired still) and its signature are new. Which key signs is found by checking the
old signature; one that none of the keys at hand had made is made by a stranger's.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import SystemRandom

from asn1crypto import algos, core, keys, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.keys import SignatureAlgorithm
from tlswhy.pki.signatures import is_signed_by

LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC)
CURVES = {curve.name: curve for curve in vars(ec).values() if isinstance(curve, type) and hasattr(curve, "name")}
HASHES: dict[str, hashes.HashAlgorithm] = {
    "MD5": hashes.MD5(),
    "SHA-1": hashes.SHA1(),
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}


@dataclass(frozen=True)
class Key:
    """A private key, as it signs and as a server loads it."""

    private: object
    spki: bytes
    pkcs8: bytes

    def pem(self) -> str:
        """PKCS#8, for a server."""
        return f"-----BEGIN PRIVATE KEY-----\n{base64.encodebytes(self.pkcs8).decode()}-----END PRIVATE KEY-----\n"


@dataclass(frozen=True)
class Reissued:
    """``chain`` as a server sends it, leaf first; ``trust`` of the client; the leaf's key."""

    chain: tuple[bytes, ...]
    trust: tuple[bytes, ...]
    key: Key


@dataclass
class Reissuer:
    """Makes PKIs anew; the same certificate and the same key are the same in all of them."""

    days: int
    """By how many days dates are moved."""
    folder: Path
    """Where large keys are kept between runs, since they take seconds to make."""
    _keys: dict[bytes, Key] = field(default_factory=dict)
    _made: dict[bytes, bytes] = field(default_factory=dict)

    def reissue(self, chain: Sequence[bytes], trust: Sequence[bytes]) -> Reissued:
        """The same, with keys of ours."""
        known = [read_certificate(der) for der in dict.fromkeys((*chain, *trust))]
        remade = partial(self._certificate, known)
        leaf = self._key(read_certificate(chain[0]))
        return Reissued(tuple(map(remade, chain)), tuple(map(remade, trust)), leaf)

    def _certificate(self, known: Sequence[Certificate], der: bytes) -> bytes:
        if der not in self._made:
            old = read_certificate(der)
            made = x509.Certificate.load(der)
            tbs = made["tbs_certificate"]
            tbs["subject_public_key_info"] = keys.PublicKeyInfo.load(self._key(old).spki)
            for end in ("not_before", "not_after"):
                moment = tbs["validity"][end]
                if (moved := moment.native + timedelta(days=self.days)) < LAST_DAY:
                    moment.chosen.set(moved)
                    tbs["validity"][end] = moment
            signed = tbs.dump(force=True)
            made["tbs_certificate"] = tbs
            signer = next((issuer for issuer in known if is_signed_by(old, issuer.public_key).valid), None)
            key = self._stranger(old) if signer is None else self._key(signer)
            made["signature_value"] = core.OctetBitString(sign(key, old.signature, signed))
            self._made[der] = made.dump(force=True)
        return self._made[der]

    def _key(self, certificate: Certificate) -> Key:
        spki = certificate.public_key.spki
        if spki not in self._keys:
            self._keys[spki] = self._fresh_key(certificate)
        return self._keys[spki]

    def _stranger(self, certificate: Certificate) -> Key:
        """A key that nobody shows: of the kind that the signature needs."""
        name = b"stranger " + certificate.issuer.canonical.encode() + (certificate.signature.key or "RSA").encode()
        if name not in self._keys:
            private = rsa.generate_private_key(65537, 2048)
            made: object = ec.generate_private_key(ec.SECP256R1()) if certificate.signature.key == "EC" else private
            self._keys[name] = _key_of(made)
        return self._keys[name]

    def _fresh_key(self, certificate: Certificate) -> Key:
        public = certificate.public_key
        if public.algorithm == "Ed25519":
            return _key_of(ed25519.Ed25519PrivateKey.generate())
        if public.algorithm == "Ed448":
            return _key_of(ed448.Ed448PrivateKey.generate())
        if public.algorithm == "EC":
            return _key_of(ec.generate_private_key(CURVES[str(public.curve)]()))
        if public.algorithm == "DSA":
            old = load_der_public_key(public.spki)
            assert isinstance(old, dsa.DSAPublicKey)
            return _key_of(old.parameters().generate_private_key())
        return _with_algorithm_of(self._rsa(public.spki, public.bits or 2048), public.spki)

    def _rsa(self, spki: bytes, bits: int) -> tuple[int, bytes]:
        """OpenSSL's own program makes the small ones, which libraries refuse; DER of RSAPrivateKey."""
        stored = self.folder / f"rsa-{bits}-{hashlib.sha256(spki).hexdigest()[:12]}.der"
        if not stored.exists():
            command = ["openssl", "genrsa", "-traditional", str(bits)]
            pem = subprocess.run(command, capture_output=True, check=True, text=True).stdout
            lines = [line for line in pem.splitlines() if not line.startswith("-")]
            stored.write_bytes(base64.b64decode("".join(lines)))
        return bits, stored.read_bytes()


def _key_of(private: object) -> Key:
    assert isinstance(
        private,
        ed25519.Ed25519PrivateKey
        | ed448.Ed448PrivateKey
        | ec.EllipticCurvePrivateKey
        | dsa.DSAPrivateKey
        | rsa.RSAPrivateKey,
    )
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(private, spki, private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _with_algorithm_of(made: tuple[int, bytes], spki: bytes) -> Key:
    """An RSA key under the old one's AlgorithmIdentifier: rsaEncryption, or id-RSASSA-PSS with its parameters."""
    private = keys.RSAPrivateKey.load(made[1])
    algorithm = keys.PublicKeyInfo.load(spki)["algorithm"]
    public = keys.RSAPublicKey({name: private[name].native for name in ("modulus", "public_exponent")})
    info = keys.PublicKeyInfo({"algorithm": algorithm, "public_key": public})
    held = keys.PrivateKeyInfo({"version": 0, "private_key_algorithm": algorithm.native, "private_key": private})
    return Key(private, info.dump(), held.dump())


def sign(key: Key, algorithm: SignatureAlgorithm, data: bytes) -> bytes:
    """The signature of that algorithm, however weak."""
    digest = HASHES.get(algorithm.digest or "")
    private = key.private
    if isinstance(private, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return private.sign(data)
    assert digest is not None, algorithm
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, ec.ECDSA(digest))
    if isinstance(private, dsa.DSAPrivateKey):
        return private.sign(data, digest)
    if isinstance(private, rsa.RSAPrivateKey):
        private = keys.RSAPrivateKey.load(
            private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
    assert isinstance(private, keys.RSAPrivateKey)
    return _sign_rsa(private, algorithm, digest, data)


def _sign_rsa(
    private: keys.RSAPrivateKey, algorithm: SignatureAlgorithm, digest: hashes.HashAlgorithm, data: bytes
) -> bytes:
    """RFC 8017, 8.1 and 8.2, for any size of key."""
    modulus, exponent = private["modulus"].native, private["private_exponent"].native
    size = (modulus.bit_length() + 7) // 8
    hashed = hashlib.new(digest.name, data).digest()
    if algorithm.pss is None:
        name = digest.name.replace("-", "")
        info = algos.DigestInfo({"digest_algorithm": {"algorithm": name, "parameters": core.Null()}, "digest": hashed})
        block = info.dump()
        padded = b"\x00\x01" + b"\xff" * (size - len(block) - 3) + b"\x00" + block
    else:
        padded = _pss(algorithm, hashed, modulus.bit_length() - 1)
    return int(pow(int.from_bytes(padded, "big"), exponent, modulus)).to_bytes(size, "big")


def _pss(algorithm: SignatureAlgorithm, hashed: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE."""
    assert algorithm.pss is not None
    name, mask_name = (HASHES[text].name for text in (algorithm.pss.hash, algorithm.pss.mgf_hash))
    salt = SystemRandom().randbytes(algorithm.pss.salt_length)
    size = (bits + 7) // 8
    digest = hashlib.new(name, bytes(8) + hashed + salt).digest()
    block = bytes(size - len(salt) - len(digest) - 2) + b"\x01" + salt
    mask = b"".join(
        hashlib.new(mask_name, digest + count.to_bytes(4, "big")).digest()
        for count in range(len(block) // len(digest) + 1)
    )
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + digest + b"\xbc"
