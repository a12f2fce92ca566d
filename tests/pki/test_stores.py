import base64
from pathlib import Path

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.pki.entries import EntryKind
from tlswhy.pki.stores import read_certificates, read_store


@pytest.fixture(scope="module")
def der(kept):
    return (kept / "root.der").read_bytes()


def pem(data, label="CERTIFICATE", width=64, end="\n"):
    digits = base64.b64encode(data).decode()
    lines = [digits[i : i + width] for i in range(0, len(digits), width)]
    return end.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def found(data, password=None):
    store = read_store(data, password)
    return [(s.certificate.der, s.place) for s in store.certificates], [(o.what, o.place) for o in store.oddities]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# no certificates\n\n  # at all\r\n", b"\xef\xbb\xbf"])
def test_nothing_is_an_empty_store(data):
    assert read_store(data).form == "empty"
    assert read_certificates(data) == ()


@pytest.mark.parametrize(
    "data",
    [b"garbage", b"\0\1\2\3", b"0", b"\x30\x03\x02\x01", b"<html>", b"AAAA", b"\x30\x80" * 1000, b"MIIBIjANBgkq"],
)
def test_garbage_is_refused(data):
    with pytest.raises(BadEvidence):
        read_store(data)


def test_a_bundle_keeps_its_order_and_lines(der):
    text = b"subject=/CN=x\n" + pem(der) + b"some words\n\n" + pem(der)
    certificates, oddities = found(text)
    lines = text.split(b"\n")
    assert [place for _, place in certificates] == ["line 2", f"line {lines.index(b'some words') + 3}"]
    assert oddities == []


@pytest.mark.parametrize(
    "shape",
    [
        lambda der: pem(der, end="\r\n"),
        lambda der: pem(der, end="\r"),
        lambda der: pem(der).rstrip(),
        lambda der: pem(der, width=10_000),
        lambda der: b"   " + pem(der).replace(b"\n", b"\n   "),
        lambda der: b"\xef\xbb\xbf" + pem(der),
        lambda der: ("\ufeff" + pem(der).decode()).encode("utf-16-le"),
        lambda der: b'{"cert": "' + pem(der).replace(b"\n", b"\\n") + b'"}',
        lambda der: pem(der, "X509 CERTIFICATE"),
        lambda der: pem(der + b"\x30\x03\x0c\x01x", "TRUSTED CERTIFICATE"),
        lambda der: pem(b"no key", "RSA PRIVATE KEY").replace(b"\n", b"\nProc-Type: 4,ENCRYPTED\n\n", 1) + pem(der),
        lambda der: b"Bag Attributes\n    friendlyName: root\n" + pem(der),
        lambda der: base64.encodebytes(der),
        lambda der: der,
        lambda der: der + b"\n",
    ],
    ids=["CRLF", "CR", "no final newline", "one long line", "indented", "BOM", "UTF-16", "JSON", "X509", "TRUSTED",
         "key before", "bag attributes", "bare base64", "DER", "DER and newline"],
)  # fmt: skip
def test_one_certificate_in_many_shapes(der, shape):
    certificates, oddities = found(shape(der))
    assert [data for data, _ in certificates] == [der]
    assert oddities == []


def test_several_der_certificates_one_after_the_other(der):
    certificates, oddities = found(der + der + b"rest")
    assert [place for _, place in certificates] == ["certificate 0", "certificate 1"]
    assert oddities == [("trailing-bytes", f"byte {2 * len(der)}")]


def test_a_broken_block_does_not_take_the_rest_with_it(der):
    certificates, oddities = found(pem(b"\x30\x03\x02\x01\x01") + pem(b"") + pem(der))
    assert [data for data, _ in certificates] == [der]
    assert oddities == [("certificate-unreadable", "line 1"), ("pem-block-broken", "line 4")]


def test_a_block_that_is_not_closed(der):
    certificates, oddities = found(pem(der).rpartition(b"-----END")[0] + pem(der))
    assert [data for data, _ in certificates] == [der, der]
    assert oddities == [("pem-block-not-closed", "line 1")]


def test_a_file_with_only_a_key_says_what_it_holds():
    with pytest.raises(BadEvidence) as caught:
        read_store(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert caught.value.code == "no-certificate-inside"
    assert caught.value.facts["labels"] == "PRIVATE KEY"


@pytest.mark.parametrize("shape", [lambda p7: p7, lambda p7: pem(p7, "PKCS7"), lambda p7: pem(p7)])
def test_pkcs7(kept, der, shape):
    certificates, oddities = found(shape((kept / "root.p7b").read_bytes()))
    assert [data for data, _ in certificates] == [der]
    assert oddities == []


def test_pkcs7_of_a_whole_chain_in_ber(openssl, der, tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(pem(der) * 3)
    made = openssl("crl2pkcs7", "-nocrl", "-certfile", str(bundle), "-outform", "DER")
    assert [place for _, place in found(made)[0]] == ["certificate 0", "certificate 1", "certificate 2"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("trusted.jks", "jks"),
        ("trusted.jceks", "jceks"),
        ("trusted-aes.p12", "pkcs12"),
        ("trusted-rc2-40.p12", "pkcs12"),
    ],
)
def test_stores_of_java(kept, der, name, form):
    store = read_store((kept / name).read_bytes(), "changeit")
    (stored,) = store.certificates
    assert (store.form, stored.place, stored.alias, stored.kind) == (form, "alias root", "root", EntryKind.TRUSTED)
    assert stored.certificate.der == der
    assert store.oddities == ()


def test_pem_says_nothing_of_trust(der):
    (stored,) = read_certificates(pem(der))
    assert (stored.kind, stored.alias, stored.position) == (EntryKind.LOOSE, None, 0)


def test_the_systems_own_bundle_reads_without_a_word():
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if not bundle.is_file():
        pytest.skip("no CA bundle on this system")
    store = read_store(bundle.read_bytes())
    assert len(store.certificates) == bundle.read_bytes().count(b"-----BEGIN CERTIFICATE-----") > 50
    assert store.oddities == ()


@pytest.mark.parametrize("mark", [b"\xff\xfe", b""])
def test_utf_16_with_and_without_its_mark(der, mark):
    wide = mark + pem(der).decode().encode("utf-16-le")
    assert [entry.certificate.der for entry in read_certificates(wide)] == [der]


def test_half_a_certificate_is_no_empty_store(der):
    with pytest.raises(BadEvidence) as caught:
        read_store(pem(der)[:300])
    assert (caught.value.code, caught.value.place) == ("no-certificate-readable", "line 1")
