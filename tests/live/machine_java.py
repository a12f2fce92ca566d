"""A Java runtime as a judge: its own TLS client's trust manager, asked about any chain.

Owns the questions, the Java program's answers and which fault each of the JDK's sentences stands for; which questions
are asked is for the tests.
"""

import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from tests.live.javas import classes, runtime
from tlswhy.errors import BadEvidence
from tlswhy.model.client import ClientPolicy
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.names import match_host
from tlswhy.pki.paths import judge_path

OK = "OK"
PROTOCOLS = {0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
STORIES = (  # the JDK's words, the faults they stand for; None: any
    ("^UNREADABLE.*(Unknown named curve|Only named ECParameters)", {"cert-curve-unsupported", "cert-unreadable"}),
    ("^UNREADABLE.*keys must be at least 512", {"cert-key-too-small"}),
    ("^UNREADABLE", {"cert-unreadable"}),
    (
        "trustAnchors parameter must be non-empty",
        {"trust-store-empty", "cert-unreadable", "cert-curve-unsupported", "cert-key-too-small"},
    ),
    ("unable to find valid", None),
    ("Path does not chain with any", {"trust-anchor-mismatch"}),
    ("validity check failed.*Expired", {"cert-expired"}),
    ("validity check failed.*NotYet", {"cert-not-yet-valid"}),
    ("Curve not supported", {"cert-curve-unsupported"}),
    ("signature check failed.*CertificateException: java.security.NoSuch", {"cert-signature-invalid"}),
    ("signature check failed.*NoSuchAlgorithm", {"cert-signature-unsupported"}),
    ("incorrect KeyUsage extension bits", {"cert-usage-not-allowed"}),
    ("signature check failed.*(Provider|SignatureUtil|RSASSA-PSS|EC parameters)", {"cert-signature-invalid"}),
    ("signature check failed", {"cert-signature-invalid", "trust-anchor-mismatch", "cert-curve-unsupported"}),
    ("basic constraints check|CA key usage check|TrustAnchor with subject", {"ca-constraint-violation"}),
    ("pathLenConstraint", {"ca-constraint-violation"}),
    ("name constraints check|BaseDistance in name|validation failed.*null partyName", {"name-constraints-violation"}),
    ("unrecognized critical|critical policy qualifiers", {"cert-critical-extension-unknown"}),
    ("non-null policy tree required|DomainPolicy of ANY_POLICY", {"ca-constraint-violation"}),
    ("KeyUsage does not|Extended key usage does|Netscape cert type does", {"cert-usage-not-allowed"}),
    ("selected protocol version .* is not accepted", {"no-common-version"}),
    ("Algorithm constraints check", {"cert-key-too-small", "cert-signature-disabled", "cert-key-disabled"}),
    (
        "No (name|subject alternative)|not a legal|Illegal given domain|^CertificateParsing",
        {"hostname-mismatch", "cert-usage-not-allowed"},
    ),
    ("name cannot be encoded", {"hostname-mismatch"}),
    ("^StringIndexOutOfBounds", {"name-constraints-violation"}),
    ("parameters missing|inheriting parameters", {"cert-key-disabled"}),
    ("Unknown named curve|key must be at least", {"cert-curve-unsupported", "cert-key-too-small"}),
)


@dataclass(frozen=True)
class Question:
    """``host`` empty: no endpoint identification. ``authentication``: Java's authType."""

    name: str
    chain: tuple[bytes, ...]
    trust: tuple[bytes, ...]
    host: str = ""
    version: int = 0x0303
    authentication: str = "ECDHE_RSA"


@dataclass(frozen=True)
class MachineJava:
    """``policy``: the profile that stands for this release."""

    program: str
    version: str
    policy: ClientPolicy

    def stories(self, questions: Sequence[Question]) -> list[str]:
        """For each question "OK" or the chain of exceptions."""
        lines = [b64encode(_server_identity()).decode(), *map(_line, questions)]
        ran = subprocess.run(
            [self.program, "-cp", classes(), "TrustManagerJudge"],
            input="\n".join(lines).encode(),
            capture_output=True,
            check=False,
            timeout=240,
        )
        assert ran.returncode == 0, ran.stderr.decode(errors="replace")[-2000:]
        stories = ran.stdout.decode().split("\n")[:-1]
        assert len(stories) == len(questions)
        return stories

    def ours(self, question: Question) -> str:
        """What we say of it: "OK" or the fault."""
        try:
            chain = tuple(map(read_certificate, question.chain))
        except BadEvidence:
            return "cert-unreadable"
        outcome = judge_path(
            chain,
            tuple(_readable(question.trust)),
            moment=datetime.now(UTC),  # noqa: TID251 - the JDK's clock can't be set
            rules=self.policy.path_rules,
            version=question.version,
            authentication=question.authentication,
        )
        if not outcome.accepted:
            return outcome.objections[0].fault
        if question.host and not match_host(question.host, chain[0], self.policy.name_dialect).matched:
            return "hostname-mismatch"
        return OK

    def differing(self, questions: Sequence[Question], stories: Sequence[str]) -> dict[str, str]:
        """The questions that we answer otherwise than this Java, with both answers."""
        found = {}
        for question, story in zip(questions, stories, strict=True):
            if not same(story, ours := self.ours(question)):
                found[question.name] = f"we: {ours}; Java: {story}"
        return found


def same(story: str, ours: str) -> bool:
    """Both accept, or the JDK's first words stand for the fault that we name first."""
    if OK in (story, ours):
        return story == ours
    faults: set[str] | None = next((faults for words, faults in STORIES if re.search(words, story)), set())
    return faults is None or ours in faults


def judge_of(program: str) -> MachineJava:
    """The runtime as a judge, beside the profile that stands for it."""
    found = runtime(program)
    return MachineJava(program, found.version, found.policy)


def _readable(ders: Sequence[bytes]) -> Iterator[Certificate]:
    for der in ders:
        try:
            yield read_certificate(der)
        except BadEvidence:
            continue


def _line(question: Question) -> str:
    chain, trust = ("".join("," + b64encode(der).decode() for der in side) for side in (question.chain, question.trust))
    return f"{PROTOCOLS[question.version]};{question.host};{question.authentication};{chain};{trust}"


def _server_identity() -> bytes:
    """Key and certificate of the server that the judge shakes hands with: nobody ever judges these."""
    key = rsa.generate_private_key(65537, 2048)  # a runtime without EC shakes hands with it, too
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    now = datetime.now(UTC)  # noqa: TID251 - valid today
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    # 3DES and SHA-1: 11.0.10 and earlier read no PBES2 (JDK-8076190 came with 11.0.12)
    locked = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(1000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(b"changeit")
    )
    return pkcs12.serialize_key_and_certificates(b"server", key, certificate, None, locked)
