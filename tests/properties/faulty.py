"""Chains with one to three faults at once, made at random from a seed: what plans are asked to heal.

Owns the certificates; knows no plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests.pki.minting import name, read
from tlswhy.pki.certificate import Certificate

NOW = datetime(2026, 11, 25, tzinfo=UTC)
HOST = "www.example.test"
BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
CURVES = {"P-256": ec.SECP256R1, "P-521": ec.SECP521R1, "K-256": ec.SECP256K1, "P-224": ec.SECP224R1}
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


@cache
def key(kind: str, whose: str) -> Any:
    """Each is made once: a test asks for hundreds of chains."""
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(CURVES[kind]()) if kind in CURVES else rsa.generate_private_key(65537, int(kind))


def usage(*bits: str) -> tuple[x509.ExtensionType, bool]:
    return x509.KeyUsage(**{bit: bit in bits for bit in BITS}), True


@dataclass
class Wanted:
    """One certificate that is still to be made, sound until a fault changes it."""

    subject: str | None
    role: str
    key: Any
    days: tuple[int, int] = (-100, 300)
    digest: Any = field(default_factory=hashes.SHA256)
    pss: Any = None
    broken: bool = False
    basic: tuple[x509.ExtensionType, bool] | None = None
    usage: tuple[x509.ExtensionType, bool] | None = None
    purposes: list[ObjectIdentifier] | None = None
    names: list[x509.GeneralName] = field(default_factory=list)
    identified: bool = True
    more: list[tuple[x509.ExtensionType, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ca = self.role != "leaf"
        self.basic = (x509.BasicConstraints(ca=ca, path_length=None), True)
        self.usage = usage("key_cert_sign", "crl_sign") if ca else usage("digital_signature", "key_encipherment")
        if not ca:
            self.purposes, self.names = [ExtendedKeyUsageOID.SERVER_AUTH], [x509.DNSName(HOST)]


def _set(**values: Any) -> Callable[[Wanted], None]:
    return lambda wanted: [setattr(wanted, field, value) for field, value in values.items()] and None


def _more(extension: x509.ExtensionType) -> Callable[[Wanted], None]:
    return lambda wanted: wanted.more.append((extension, True))


def _key(kind: str) -> Callable[[Wanted], None]:
    return lambda wanted: setattr(wanted, "key", key(kind, wanted.role))


UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\5\0")
EVERYWHERE = {
    "expired": _set(days=(-500, -3)),
    "future": _set(days=(3, 300)),
    "sha224": _set(digest=hashes.SHA224()),
    "pss": _set(pss=PSS),
    "broken": _set(broken=True),
    "rsa-1024": _key("1024"),
    "secp256k1": _key("K-256"),
    "secp224r1": _key("P-224"),
    "secp521r1": _key("P-521"),
    "ed25519": _key("Ed25519"),
    "no-identifiers": _set(identified=False),
    "no-usage": _set(usage=None),
    "wrong-usage": _set(usage=usage("crl_sign")),
    "wrong-purpose": _set(purposes=[ExtendedKeyUsageOID.CLIENT_AUTH]),
    "unknown-critical": _more(UNKNOWN),
}
OF_LEAF = {
    "other-name": _set(names=[x509.DNSName("other.example.test")]),
    "no-name": _set(names=[]),
    "many-names": _set(names=[x509.DNSName(f"a-rather-long-name-{n}.example.test") for n in range(1200)]),
    "signs": _set(usage=usage("digital_signature", "key_cert_sign")),
}
OF_CA = {
    "no-ca": _set(basic=(x509.BasicConstraints(ca=False, path_length=None), True)),
    "no-basic": _set(basic=None),
    "not-critical": _set(basic=(x509.BasicConstraints(ca=True, path_length=None), False)),
    "path-0": _set(basic=(x509.BasicConstraints(ca=True, path_length=0), True)),
    "names": _more(x509.NameConstraints([x509.DNSName("other.test")], None)),
    "policies": _more(x509.PolicyConstraints(0, None)),
}


@dataclass(frozen=True)
class Case:
    """``trust`` None: not seen."""

    told: str
    sent: tuple[Certificate, ...]
    trust: tuple[Certificate, ...] | None
    host: str


def case_of(random: Random) -> Case | None:
    """None where no such chain can be made."""
    kind = random.choice(["2048", "2048", "P-256"])
    middles = random.choice([1, 1, 2])
    wanted = [Wanted(HOST, "leaf", key(kind, "leaf"))]
    wanted += [Wanted(f"CA {n}", "ca", key(kind, f"ca{n}"), (-100, 3000)) for n in range(middles)]
    wanted.append(Wanted("Root", "root", key(kind, "root"), (-100, 3000)))
    told = []
    for _ in range(random.choice([1, 1, 1, 2, 2, 3])):
        one = random.choice(wanted)
        every = {**EVERYWHERE, **(OF_LEAF if one.role == "leaf" else OF_CA)}
        fault = random.choice(sorted(every))
        told.append(f"{one.subject}:{fault}")
        every[fault](one)
    alone = random.random() < 0.06
    try:
        made = tuple(_made(wanted[:1] if alone else wanted))
    except (ValueError, x509.InvalidVersion):
        return None
    sending = random.choices(sorted(_SENT), [1, 1, 2, 8, 1, 2])[0]
    trusting = random.choices(["root", "empty", "other", "namesake", "unseen", "leaf"], [8, 1, 1, 1, 2, 0.3])[0]
    sent = made if alone else tuple(_SENT[sending](made))
    trusts = {"root": made[-1:], "empty": (), "leaf": made[:1], "unseen": None}
    trust = trusts[trusting] if trusting in trusts else (_stranger("Root" if trusting == "namesake" else "Other"),)
    host = HOST if random.random() > 0.06 else random.choice(["wrong.example.test", "192.0.2.7"])
    return Case(f"{' '.join(told)} {sending} {trusting} {host}{' alone' if alone else ''}", sent, trust, host)


_SENT: dict[str, Callable[[tuple[Certificate, ...]], tuple[Certificate, ...]]] = {
    "extra": lambda made: (*made[:-1], _stranger("Other")),
    "leaf-only": lambda made: made[:1],
    "missing": lambda made: (made[0], *made[2:-1]),
    "ok": lambda made: made[:-1],
    "shuffled": lambda made: (made[0], *reversed(made[1:])),
    "with-root": lambda made: made,
}


@cache
def _stranger(subject: str) -> Certificate:
    (made,) = _made([Wanted(subject, "root", key("2048", f"stranger {subject}"), (-100, 3000))])
    return made


def _made(wanted: list[Wanted]) -> Iterator[Certificate]:
    for one, above in zip(wanted, [*wanted[1:], wanted[-1]], strict=True):
        yield _one(one, above)


def _one(wanted: Wanted, above: Wanted) -> Certificate:
    builder = x509.CertificateBuilder(issuer_name=name(above.subject), subject_name=name(wanted.subject))
    builder = builder.public_key(wanted.key.public_key()).serial_number(x509.random_serial_number())
    first, last = (NOW + timedelta(days=days) for days in wanted.days)
    builder = builder.not_valid_before(first).not_valid_after(last)
    extensions = [each for each in (wanted.basic, wanted.usage) if each is not None]
    if wanted.purposes:
        extensions.append((x509.ExtendedKeyUsage(wanted.purposes), False))
    if wanted.names:
        extensions.append((x509.SubjectAlternativeName(wanted.names), False))
    if wanted.identified:
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(wanted.key.public_key()), False))
        if above is not wanted:
            named = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
            extensions.append((named, False))
    for extension, critical in (*extensions, *wanted.more):
        builder = builder.add_extension(extension, critical)
    signer = above.key
    if isinstance(signer, ed25519.Ed25519PrivateKey):
        signed = builder.sign(signer, None)
    else:
        signed = builder.sign(
            signer, wanted.digest, rsa_padding=wanted.pss if isinstance(signer, rsa.RSAPrivateKey) else None
        )
    certificate = read(signed)
    return certificate if not wanted.broken else _broken(certificate)


def _broken(certificate: Certificate) -> Certificate:
    from tlswhy.pki.certificate import read_certificate

    return read_certificate(certificate.der[:-1] + bytes([certificate.der[-1] ^ 1]))
