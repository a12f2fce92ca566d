from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from tests.oracle import recorded
from tlswhy.evidence import certificates
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Role, ShownCertificates
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes

ROW = recorded.row("j8u212", "base-tls12")
CHAIN = x509.load_pem_x509_certificates(recorded.chain(ROW))


def shown(content: bytes):
    return [
        item for item in certificates.read(source_of_bytes("a file", content)) if isinstance(item, ShownCertificates)
    ]


@pytest.fixture(scope="module")
def key_store() -> bytes:
    """A server's PKCS#12: its key with its certificate, and a root beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(CHAIN[-1].subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(CHAIN[0].not_valid_before_utc)
        .not_valid_after(CHAIN[0].not_valid_after_utc)
        .sign(key, SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"tomcat", key, leaf, [CHAIN[-1]], BestAvailableEncryption(b"changeit")
    )


def test_the_order_of_the_file_is_the_order_sent():
    (served,) = shown(recorded.chain(ROW))
    assert served.ders == tuple(certificate.public_bytes(Encoding.DER) for certificate in CHAIN)
    assert [where.item for where in served.where] == ["a file"] * 2
    assert len({where.place for where in served.where}) == 2


def test_a_store_with_a_key_is_what_the_server_sends(key_store: bytes):
    roles = {item.role for item in shown(key_store)}
    assert Role.SERVED in roles


def test_the_same_store_given_as_trust_is_trusted(key_store: bytes):
    trusted = list(certificates.read_trust(source_of_bytes("trust.p12", key_store), "changeit"))
    assert {item.role for item in trusted if isinstance(item, ShownCertificates)} == {Role.TRUSTED}


def test_a_wrong_password_is_an_oddity_of_that_file(key_store: bytes):
    """What the usual password opens is read all the same, as keytool's users expect."""
    found = list(certificates.read_trust(source_of_bytes("trust.p12", key_store), "wrong"))
    assert [(item.item, item.what) for item in found if isinstance(item, Oddity)] == [
        ("trust.p12", "store-password-wrong")
    ]


@pytest.mark.parametrize(
    "head", [b"-----BEGIN CERTIFICATE-----", b"text first\n-----BEGIN X", b"0\x82", b"\xfe\xed\xfe\xed"]
)
def test_what_may_hold_certificates(head: bytes):
    assert 0 < certificates.likelihood(head) < 1


def test_what_cannot():
    assert certificates.likelihood(b"GET / HTTP/1.0") == 0


def test_a_chain_of_which_a_part_was_lost_decides_nothing_by_it():
    from datetime import UTC, datetime

    from tlswhy.diagnose import diagnose
    from tlswhy.verdict import Accepted

    text = (Path(__file__).parent / "samples" / "s_client-showcerts.txt").read_text()
    leaf, issuing = (
        f"-----BEGIN{part.split('-----END')[0]}-----END CERTIFICATE-----\n" for part in text.split("-----BEGIN")[1:3]
    )
    asked = {"clients": ["java/17.0.9"], "now": datetime(2027, 1, 1, tzinfo=UTC), "host": "gadgets.example.test"}

    def verdict(pem: str, **more):
        return (
            diagnose(list(read_evidence(source_of_bytes("chain.pem", pem.encode()))), **asked, **more)
            .diagnoses[0]
            .verdict
        )

    whole = list(read_evidence(source_of_bytes("chain.pem", (leaf + issuing).encode())))
    anchor = [whole[0].ders[1]]
    assert verdict(leaf + issuing, trust=anchor).accepted is Accepted.YES
    behind = verdict(leaf + issuing[:500], trust=anchor)
    assert (behind.accepted, behind.gaps[0].needs) == (Accepted.CANNOT_TELL, "server-certificates")
    before = verdict(leaf[:500] + "\n" + issuing, trust=anchor)
    assert (before.accepted, before.refusals) == (Accepted.CANNOT_TELL, ())


def test_a_file_that_begins_with_the_ca_is_told_to_be_upside_down():
    """As people paste them; a server could not even start so."""
    chain = recorded.chain(recorded.row("j17.0.9", "base-tls12"))
    blocks = [block + b"-----END CERTIFICATE-----\n" for block in chain.split(b"-----END CERTIFICATE-----\n")[:-1]]
    turned = list(read_evidence(source_of_bytes("turned.pem", b"".join(reversed(blocks)))))
    told = [(each.what, each.facts) for each in turned if isinstance(each, Oddity)]
    assert told == [("chain-upside-down", {"certificate": len(blocks) - 1})]
    assert not [each for each in read_evidence(source_of_bytes("chain.pem", chain)) if isinstance(each, Oddity)]
    ca_alone = blocks[-1]
    assert not [each for each in read_evidence(source_of_bytes("ca.pem", ca_alone)) if isinstance(each, Oddity)]
