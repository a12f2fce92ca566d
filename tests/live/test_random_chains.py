"""Random chains, judged by this machine's own Java and by us as that release."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

from tests.live.machine_java import OK, Question
from tests.pki.random_chains import HOST, random_cases
from tlswhy.pki import der

OVER = ((0x0303, "ECDHE_RSA"), (0x0304, "UNKNOWN"), (0x0303, "RSA"))
POLICIES = [x509.ObjectIdentifier(text) for text in ("2.5.29.32.0", "1.2.3.1", "1.2.3.2", "1.2.3.3")]


@pytest.mark.timeout(300)
def test_random_chains_are_judged_as_by_the_machine_s_java(machine_java):
    now = datetime.now(UTC)  # noqa: TID251 - the JDK's clock can't be set
    cases = [case for case in random_cases(7, 300, now) if not case.twins]
    questions = [
        Question(f"{number}", case.chain, case.trust, HOST, *OVER[number % 3]) for number, case in enumerate(cases)
    ]
    stories = machine_java.stories(questions)
    assert 30 < stories.count(OK) < 200
    assert machine_java.differing(questions, stories) == {}


def test_random_policies_are_judged_as_by_the_machine_s_java(machine_java):
    questions = list(_PolicyWorkshop(Random(11), datetime.now(UTC)).questions(400))  # noqa: TID251 - as above
    stories = machine_java.stories(questions)
    assert 80 < stories.count(OK) < 320
    assert {words for words in WORDS if any(words in story for story in stories)} == WORDS
    assert machine_java.differing(questions, stories) == {}


WORDS = {"policy tree is null", "issuerDomainPolicy of", "subjectDomainPolicy of", "critical policy qualifiers"}


@dataclass(frozen=True)
class _PolicyWorkshop:
    """Chains sound in all but their policies: few of them, so that they often meet."""

    dice: Random
    moment: datetime

    def questions(self, count: int) -> Iterator[Question]:
        key = ec.generate_private_key(ec.SECP256R1())
        root = self._certificate(key, "root", "root", ())
        for number in range(count):
            chain, above = [], "root"
            for depth in range(self.dice.randint(1, 4)):
                name = above if depth and self.dice.random() < 0.2 else f"ca {depth}"
                chain.insert(0, self._certificate(key, name, above, self._extensions(ca=True)))
                above = name
            chain.insert(0, self._certificate(key, "leaf", above, self._extensions(ca=False)))
            yield Question(f"policies {number}", tuple(chain), (root,))

    def _certificate(self, key, name, issuer, extensions) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(self.dice.getrandbits(64) + 1)
            .not_valid_before(self.moment - timedelta(days=1))
            .not_valid_after(self.moment + timedelta(days=1))
            .add_extension(x509.BasicConstraints(name != "leaf", None), critical=True)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _extensions(self, ca: bool):
        dice = self.dice
        if dice.random() < 0.9:
            stated = dice.sample(POLICIES, dice.choice([1, 1, 2, 3]))
            qualifiers = ["https://policy.test/"] if dice.random() < 0.1 else None
            yield (
                x509.CertificatePolicies([x509.PolicyInformation(policy, qualifiers) for policy in stated]),
                dice.random() < 0.3,
            )
        if dice.random() < 0.4:
            limits = [dice.choice([None, 0, 0, 1, 2]), dice.choice([None, 0, 1])]
            if limits != [None, None]:
                yield x509.PolicyConstraints(*limits), True
        if dice.random() < 0.2:
            yield x509.InhibitAnyPolicy(dice.choice([0, 1])), True
        if ca and dice.random() < 0.4:
            yield _mappings([_pair(dice) for _ in range(dice.randint(1, 4))]), False


def _pair(dice: Random) -> list[x509.ObjectIdentifier]:
    return [dice.choice(POLICIES if dice.random() < 0.1 else POLICIES[1:]) for _ in range(2)]


def _mappings(pairs: list[list[x509.ObjectIdentifier]]) -> x509.UnrecognizedExtension:
    encoded = b"".join(der.encode(der.SEQUENCE, b"".join(map(_encoded, pair))) for pair in pairs)
    return x509.UnrecognizedExtension(ExtensionOID.POLICY_MAPPINGS, der.encode(der.SEQUENCE, encoded))


def _encoded(policy: x509.ObjectIdentifier) -> bytes:
    first, second, *rest = map(int, policy.dotted_string.split("."))  # no arc here needs a second octet
    return der.encode(der.OBJECT_IDENTIFIER, bytes((40 * first + second, *rest)))
