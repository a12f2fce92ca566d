import gzip
import io
import tarfile
import zipfile

import pytest
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs7, pkcs12

from tests.oracle import recorded
from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import CaptureFacts, Role, Secrets, ShownCertificates, Transcript
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes

ROW = recorded.row("j17.0.9", "base-tls12-13")
CHAIN = x509.load_pem_x509_certificates(recorded.chain(ROW))
DERS = tuple(certificate.public_bytes(Encoding.DER) for certificate in CHAIN)


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("chain.pem", content)
    return packed.getvalue()


def tarred(content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("chain.pem")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def read(content: bytes, name: str = "unhelpful.name"):
    return list(read_evidence(source_of_bytes(name, content)))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_a_capture_is_told_by_its_content(pack):
    found = read(pack(recorded.capture(ROW)), "chain.pem")
    assert [type(item) for item in found] == [Transcript, CaptureFacts]


def test_a_key_log_is_told_by_its_content():
    keys = recorded.keylog(ROW)
    assert keys is not None
    assert read(keys) == [Secrets("unhelpful.name", keys.decode())]
    assert read(b"# made by a client\n" + keys)[0] == Secrets("unhelpful.name", "# made by a client\n" + keys.decode())


@pytest.mark.parametrize(
    "content",
    [
        recorded.chain(ROW),
        pkcs7.serialize_certificates(CHAIN, Encoding.DER),
        pkcs7.serialize_certificates(CHAIN, Encoding.PEM),
    ],
    ids=["pem", "pkcs7-der", "pkcs7-pem"],
)
def test_certificate_files_are_what_a_server_sends(content: bytes):
    (shown,) = read(content)
    assert isinstance(shown, ShownCertificates)
    assert (shown.role, shown.ders) == (Role.SERVED, tuple(DERS))


def test_one_der_certificate():
    (shown,) = read(DERS[0])
    assert isinstance(shown, ShownCertificates)
    assert shown.ders == DERS[:1]


def test_trust_is_trusted_whatever_holds_it():
    store = pkcs12.serialize_key_and_certificates(None, None, None, CHAIN, NoEncryption())
    for content in (recorded.trust(ROW), store):
        (shown,) = read_trust(source_of_bytes("trust", content))
        assert isinstance(shown, ShownCertificates)
        assert shown.role is Role.TRUSTED
        assert shown.ders


def test_an_empty_file_is_no_evidence_but_an_empty_store():
    with pytest.raises(BadEvidence) as bad:
        read(b"")
    assert (bad.value.item, bad.value.code) == ("unhelpful.name", "evidence-empty")
    (shown,) = read_trust(source_of_bytes("trust", b""))
    assert isinstance(shown, ShownCertificates)
    assert (shown.role, shown.ders) == (Role.TRUSTED, ())


LISTED = b"""Alias name: corp-root
Entry type: trustedCertEntry

Owner: CN=Root
Issuer: CN=Root
Valid from: Wed Nov 25 21:39:00 UTC 2026 until: Sat Nov 22 21:39:00 UTC 2036
Certificate fingerprints:
\t SHA256: 00:01
Signature algorithm name: SHA256withRSA
"""


def test_a_listing_that_only_describes_is_no_trust_and_is_told_so():
    with pytest.raises(BadEvidence) as bad:
        list(read_trust(source_of_bytes("keytool.txt", LISTED)))
    assert (bad.value.item, bad.value.code) == ("keytool.txt", "only-described")
    with pytest.raises(BadEvidence) as bad:
        list(read_trust(source_of_bytes("letter.txt", b"dear colleagues,\n")))
    assert bad.value.code == "not-a-certificate-store"


@pytest.mark.parametrize("pack_up", [zipped, tarred, gzip.compress])
def test_an_archive_is_named_and_not_opened(pack_up):
    with pytest.raises(BadEvidence) as bad:
        read(pack_up(recorded.chain(ROW)))
    assert bad.value.code == "evidence-archive"


@pytest.mark.parametrize("content", [b"dear colleagues,\n", b"\x00" * 4096, bytes(range(256)), b"\xff"])
def test_what_nobody_knows_is_said_so(content: bytes):
    with pytest.raises(BadEvidence) as bad:
        read(content)
    assert (bad.value.item, bad.value.code) == ("unhelpful.name", "evidence-unknown")


def test_what_begins_like_der_and_is_none_is_bad_evidence():
    with pytest.raises(BadEvidence) as bad:
        read(b"0\x82\x10\x00")
    assert bad.value.item == "unhelpful.name"


def test_a_certificate_that_cannot_be_read_is_an_oddity_with_its_place():
    shown, oddity = read(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + recorded.chain(ROW))
    assert isinstance(oddity, Oddity)
    assert (oddity.what, oddity.item, oddity.place) == ("certificate-unreadable", "unhelpful.name", "line 1")
    assert isinstance(shown, ShownCertificates)
    assert shown.ders == DERS
