"""NIST's Public Key Interoperability Test Suite (PKITS, 2011 edition), as the package cryptography-vectors holds it.

Each test is a signed message that carries the certificates of its path, topmost first, and sometimes one more for its
CRLs. The suite's own verdicts are not used: many are about CRLs, which a Java client never asks for by default, or
about initial policies, which nobody can give it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import cryptography_vectors
from asn1crypto import cms

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
END = datetime(2030, 12, 30, tzinfo=UTC)
"""What is valid at all is so until then."""


@dataclass(frozen=True)
class PkitsTest:
    """``carried``: the certificates besides the leaf, as DER, in the message's own order."""

    name: str
    leaf: bytes
    carried: tuple[bytes, ...]


def pkits_tests() -> list[PkitsTest]:
    """The whole suite, by name."""
    return [_test(file) for file in sorted((FOLDER / "smime").iterdir())]


def pkits_anchor() -> bytes:
    """The one certificate that all paths start from, as DER."""
    return (FOLDER / "certs" / "TrustAnchorRootCertificate.crt").read_bytes()


def _test(file: Path) -> PkitsTest:
    parts = message_from_bytes(file.read_bytes()).walk()
    signature = next(part for part in parts if part.get_content_type() == "application/pkcs7-signature")
    signed = cms.ContentInfo.load(signature.get_payload(decode=True))["content"]
    signer = signed["signer_infos"][0]["sid"].chosen
    name = signer["issuer"].dump(), signer["serial_number"].native
    carried = [choice.chosen for choice in signed["certificates"]]
    (leaf,) = [c for c in carried if (c.issuer.dump(), c.serial_number) == name]
    others = tuple(c.dump() for c in carried if c is not leaf)
    return PkitsTest(file.stem.removeprefix("Signed"), leaf.dump(), others)
