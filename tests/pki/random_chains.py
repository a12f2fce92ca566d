"""Chains and stores at random, mostly sound, each part now and then wrong: for comparing judges and hunting crashes.

The same seed makes the same faults; keys and serial numbers differ from run to run.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "gadgets.example.test"
_CONSTRAINTS = (
    x509.DNSName("example.test"),
    x509.DNSName(".example.test"),
    x509.DNSName("other.test"),
    x509.IPAddress(ip_network("192.0.2.0/24")),
    x509.IPAddress(ip_network("10.0.0.0/8")),
    x509.RFC822Name("mail.example.test"),
    x509.RFC822Name(".example.test"),
    x509.UniformResourceIdentifier(".example.test"),
    x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "org")])),
    x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "nope")])),
)
_USES = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "step-up": x509.ObjectIdentifier("2.16.840.1.113730.4.1"),
}


@dataclass(frozen=True)
class Made:
    name: x509.Name
    key: object
    certificate: x509.Certificate
    der: bytes


@dataclass(frozen=True)
class Case:
    chain: tuple[bytes, ...]
    trust: tuple[bytes, ...]
    twins: bool
    """Two trusted certificates of one name: Java asks them in no fixed order."""


def random_cases(seed: int, count: int, moment: datetime) -> Iterator[Case]:
    """So many chains with what is trusted, as DER; most are valid at ``moment``."""
    for number in range(count):
        yield _Workshop(Random(seed * 100_003 + number), moment).case()


@functools.cache
def _keys() -> dict[str, list[object]]:
    return {
        "rsa": [rsa.generate_private_key(65537, 2048) for _ in range(8)],
        "short": [rsa.generate_private_key(65537, 1024) for _ in range(2)],
        "p256": [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)],
        "p192": [ec.generate_private_key(ec.SECP192R1())],
        "k256": [ec.generate_private_key(ec.SECP256K1())],
        "brainpool": [ec.generate_private_key(ec.BrainpoolP256R1())],
        "ed25519": [ed25519.Ed25519PrivateKey.generate()],
    }


class _Workshop:
    def __init__(self, dice: Random, moment: datetime) -> None:
        self._dice = dice
        self._moment = moment.replace(microsecond=0)

    def case(self) -> Case:
        dice = self._dice
        root, other, twin = (self._make(_name(cn), None, "root") for cn in ("Root", "Other", "Root"))
        renewed = self._make(_name("Root"), None, "root", key=root.key)
        crossed = self._make(_name("Root"), other, "root", key=root.key)
        intermediates = []
        issuer = root
        for depth in range(self._pick({0: 10, 1: 50, 2: 25, 3: 10, 7: 3})):
            name = issuer.name if dice.random() < 0.03 else _name(f"Int{depth}")
            issuer = self._make(name, issuer, "ca")
            intermediates.append(issuer)
        leaf = self._make(_name(dice.choice([HOST, "Some Name", "192.0.2.9"])), issuer, "leaf")
        if dice.random() < 0.05:
            leaf = self._make(_name("self.example.test"), None, "leaf")
        tops = self._pick({(): 60, (root,): 25, (crossed,): 8, (crossed, other): 4})
        chain = [leaf, *reversed(intermediates), *tops]
        if intermediates and dice.random() < 0.06:
            chain.remove(dice.choice(intermediates))
        if dice.random() < 0.12:
            extra = dice.choice([other, twin, renewed, crossed, leaf, *intermediates])
            chain.insert(dice.randint(1, len(chain)), extra)
        if dice.random() < 0.12:
            rest = chain[1:]
            dice.shuffle(rest)
            chain = [leaf, *rest]
        trust = self._pick(
            {(root,): 60, (other,): 5, (twin,): 4, (twin, root): 4, (renewed,): 4, (root, other): 6, (leaf,): 2, (): 1}
            | {tuple(intermediates[-1:]): 4, (crossed,): 3}
        )
        names = [trusted.name for trusted in trust]
        return Case(
            tuple(made.der for made in chain), tuple(made.der for made in trust), len(set(map(str, names))) < len(names)
        )

    def _pick(self, weights):
        return self._dice.choices(list(weights), list(weights.values()))[0]

    def _sometimes(self, chance: float) -> bool:
        return self._dice.random() < chance

    def _make(self, name: x509.Name, issuer: Made | None, role: str, key: object = None) -> Made:
        kind = self._pick({"rsa": 84, "short": 3, "p256": 6, "p192": 2, "k256": 2, "brainpool": 1, "ed25519": 2})
        key = key or self._dice.choice(_keys()[kind])
        signer = issuer.key if issuer else key
        start, end = self._pick({(-30, 300): 92, (-30, -2): 4, (2, 300): 4})
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer.name if issuer else name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._moment + timedelta(days=start))
            .not_valid_after(self._moment + timedelta(days=end))
        )
        for extension, critical in self._extensions(role, key, signer, issuer):
            builder = builder.add_extension(extension, critical)
        if self._sometimes(0.02):
            signer = self._dice.choice(_keys()["rsa"])
        certificate = self._sign(builder, signer)
        der = certificate.public_bytes(serialization.Encoding.DER)
        if self._sometimes(0.015):
            der = der[:-3] + bytes([der[-3] ^ 1]) + der[-2:]
        return Made(name, key, certificate, der)

    def _sign(self, builder: x509.CertificateBuilder, signer: object) -> x509.Certificate:
        digest = hashes.SHA256() if self._sometimes(0.9) else self._dice.choice([hashes.SHA224(), hashes.SHA512()])
        if isinstance(signer, ed25519.Ed25519PrivateKey):
            return builder.sign(signer, None)
        if not isinstance(signer, rsa.RSAPrivateKey):
            return builder.sign(signer, digest)
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        wanted = self._sometimes(0.06)
        fits = signer.key_size // 8 >= 2 * digest.digest_size + 2
        return builder.sign(signer, digest, rsa_padding=pss if wanted and fits else padding.PKCS1v15())

    def _extensions(self, role, key, signer, issuer):
        dice, is_ca = self._dice, role != "leaf"
        basic = self._pick({"usual": 88, "none": 4, "other": 4, 0: 6 * is_ca, 1: 6 * is_ca})
        if basic == "usual" and (is_ca or self._sometimes(0.3)):
            yield x509.BasicConstraints(is_ca, None), True
        elif basic == "other":
            yield x509.BasicConstraints(not is_ca, None), True
        elif isinstance(basic, int):
            yield x509.BasicConstraints(True, basic), True
        usual = {"key_cert_sign", "crl_sign"} if is_ca else {"digital_signature", "key_encipherment"}
        odd = dice.choice([{"key_encipherment"}, {"crl_sign"}, {"digital_signature"}])
        if usage := self._pick({tuple(usual): 60, (): 30, tuple(odd): 6}):
            yield _key_usage(*usage), self._sometimes(0.7)
        if use := self._pick(
            {"": 70 if is_ca else 20, "server": 20 if is_ca else 70, "client": 5, "any": 4, "step-up": 1}
        ):
            yield x509.ExtendedKeyUsage([_USES[use]]), self._sometimes(0.2)
        if self._sometimes(0.04):
            unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
            yield unknown, self._sometimes(0.6)
        if self._sometimes(0.05):
            qualifiers = ["http://policy.test/"] if self._sometimes(0.5) else None
            policy = x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.9"), qualifiers)
            yield x509.CertificatePolicies([policy]), self._sometimes(0.5)
        if self._sometimes(0.75):
            yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
        yield from self._authority(signer, issuer)
        if not is_ca and self._sometimes(0.9):
            yield x509.SubjectAlternativeName(self._names()), self._sometimes(0.1)
        if is_ca and self._sometimes(0.1):
            permitted = dice.sample(_CONSTRAINTS, dice.randint(1, 3)) if self._sometimes(0.7) else None
            excluded = dice.sample(_CONSTRAINTS, 1) if permitted is None or self._sometimes(0.2) else None
            yield x509.NameConstraints(permitted, excluded), self._sometimes(0.8)

    def _authority(self, signer, issuer):
        kind = self._pick({"key": 72, "none": 20, "serial": 4, "other-serial": 2, "other-key": 2})
        if kind == "key":
            yield x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        elif kind == "other-key":
            yield x509.AuthorityKeyIdentifier(b"12345678", None, None), False
        elif kind != "none" and issuer is not None:
            serial = issuer.certificate.serial_number if kind == "serial" else 4711
            names = [x509.DirectoryName(issuer.certificate.issuer)]
            yield x509.AuthorityKeyIdentifier(None, names, serial), False

    def _names(self) -> list[x509.GeneralName]:
        names: list[x509.GeneralName] = [x509.DNSName(self._dice.choice([HOST, "www.other.test", "*.example.test"]))]
        if self._sometimes(0.3):
            names.append(x509.IPAddress(ip_address("192.0.2.7")))
        if self._sometimes(0.2):
            names.append(x509.RFC822Name("joe@mail.example.test"))
        if self._sometimes(0.2):
            names.append(x509.UniformResourceIdentifier("https://host.example.test/x"))
        return names


def _name(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "org")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*bits: str) -> x509.KeyUsage:
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    return x509.KeyUsage(
        **{bit: bit in bits for bit in (*every, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")}
    )
