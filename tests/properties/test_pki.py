"""Properties of the pki room: whatever the bytes, nothing but TlswhyError comes out."""

import base64
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.oracle import recorded
from tests.pki.minting import handmade, mint, name, read, tlv
from tlswhy.errors import TlswhyError
from tlswhy.pki import der
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.distinguished import read_name
from tlswhy.pki.names import DIALECTS, match_host
from tlswhy.pki.signatures import is_signed_by
from tlswhy.pki.stores import read_certificates, read_store

KEPT = sorted(Path(__file__).parent.parent.joinpath("pki", "stores").iterdir())
CASES = ["nc-violation-int", "pss-all-sent", "ecdsa-root-brainpool256", "dsa-2048-root", "ed25519-root", "name-ip-san"]
CERTIFICATES = [
    stored.certificate
    for row in (recorded.row("j17.0.9", case) for case in CASES)
    for stored in read_certificates(recorded.chain(row) + b"\n" + recorded.trust(row))
]

edits = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255), st.integers(0, 3)), min_size=1, max_size=8)


def edited(data, changes):
    """``data`` with octets replaced, inserted, removed or everything behind them cut off."""
    data = bytearray(data)
    for where, octet, how in changes:
        place = where % (len(data) + 1)
        if how == 0:
            data[place : place + 1] = bytes((octet,))
        elif how == 1:
            data[place:place] = bytes((octet,))
        elif how == 2:
            del data[place : place + 1]
        elif octet < 16:
            del data[place:]
    return bytes(data)


def use(data):
    """Read ``data`` as a certificate and do everything with it that the program does."""
    try:
        certificate = read_certificate(data)
    except TlswhyError:
        return
    repr(certificate)
    is_signed_by(certificate, certificate.public_key)
    for dialect in DIALECTS:
        match_host("a.example.test", certificate, dialect)
        match_host("192.0.2.1", certificate, dialect)
    assert certificate.not_before.tzinfo is not None
    assert certificate.tbs in certificate.der


@given(st.binary(max_size=300))
@example(b"\x30\x80" * 200)
def test_any_bytes_as_a_certificate(data):
    use(data)


@settings(max_examples=400)
@given(st.sampled_from(CERTIFICATES), edits)
def test_a_real_certificate_with_some_octets_changed(certificate, changes):
    use(edited(certificate.der, changes))


@given(st.sampled_from(CERTIFICATES), st.integers(0, 1 << 16))
def test_a_real_certificate_cut_anywhere_is_no_certificate(certificate, size):
    cut = certificate.der[: size % len(certificate.der)]
    try:
        read_certificate(cut)
    except TlswhyError:
        return
    raise AssertionError(f"{len(cut)} of {len(certificate.der)} bytes were read as a certificate")


@given(st.binary(max_size=200), st.none() | st.text(max_size=8))
@example(b"-----BEGIN CERTIFICATE-----", None)
@example(b"\xfe\xed\xfe\xed" + bytes(30), None)
def test_any_bytes_as_a_store(data, password):
    try:
        read_store(data, password)
    except TlswhyError:
        return


@settings(max_examples=300)
@given(st.sampled_from(KEPT), edits, st.sampled_from([None, "changeit", "sesame"]))
def test_a_real_store_with_some_octets_changed(path, changes, password):
    try:
        store = read_store(edited(path.read_bytes(), changes), password)
    except TlswhyError:
        return
    for stored in store.certificates:
        use(stored.certificate.der)


@given(st.lists(st.sampled_from(CERTIFICATES), min_size=1, max_size=6), st.data())
def test_any_bundle_gives_its_certificates_back(certificates, data):
    separator = st.sampled_from([b"", b"\n", b"\r\n\r\n", b"some words\n", b"# comment\n", b"-----END NOTHING-----\n"])
    text = b""
    for certificate in certificates:
        digits = base64.encodebytes(certificate.der)
        text += data.draw(separator) + b"-----BEGIN CERTIFICATE-----\n" + digits + b"-----END CERTIFICATE-----\n"
    if data.draw(st.booleans()):
        text = text.replace(b"\r", b"").replace(b"\n", b"\r\n")
    store = read_store(text)
    assert [stored.certificate for stored in store.certificates] == certificates
    assert store.oddities == ()
    lines = text.split(b"\n")
    for stored in store.certificates:
        assert lines[int(stored.place.removeprefix("line ")) - 1].strip() == b"-----BEGIN CERTIFICATE-----"


LABEL = st.text("ab*-_1", max_size=5)


@settings(max_examples=300)
@given(st.lists(LABEL, min_size=1, max_size=4), st.lists(LABEL, min_size=1, max_size=4))
def test_name_rules_hold_together(host_labels, template_labels):
    host, template = ".".join(host_labels).replace("*", ""), ".".join(template_labels)
    certificate = read_certificate(alternative(template))
    found = {dialect: match_host(host, certificate, dialect) for dialect in DIALECTS}
    assert found["none"].matched
    if found["jsse-leftmost"].matched:
        assert found["jsse"].matched  # the newer rule only takes away
    if found["jsse"].matched:
        assert found["jsse-8"].matched
    if found["apache-4-strict"].matched:
        assert found["apache-4"].matched
    for match in found.values():
        assert (match.reason == "") is match.matched


def alternative(template):
    names = tlv(0x30, tlv(0x82, template.encode()))
    return handmade(extensions=tlv(0x30, bytes.fromhex("0603551d11"), tlv(0x04, names)))


@given(st.text("abzAZ019 '()+,-./:=?", max_size=20), st.sampled_from([0x0C, 0x13]), st.sampled_from([0x0C, 0x13]))
def test_a_name_equals_itself_in_capitals_and_with_wider_blanks(text, tag, other_tag):
    def made(value, tag):
        rdn = tlv(0x31, tlv(0x30, b"\x06\x03\x55\x04\x03", tlv(tag, value.encode())))
        return read_name(der.read_element(tlv(0x30, rdn)))

    assert made(text, tag) == made(text.upper().replace(" ", "   "), other_tag)


def test_many_names_are_tried_once_each():
    many = read(mint(name("x"), dns=[f"n{number}.example" for number in range(1000)]))
    found = match_host("n999.example", many, "jsse")
    assert found.matched
    assert len(found.tried) == 1000


def test_a_name_of_combining_marks_costs_no_more_than_its_size():
    """Unicode normalization is quadratic there: 200,000 marks would take minutes."""
    marks = "\u0301\u0316" * 100_000
    rdn = tlv(0x31, tlv(0x30, b"\x06\x03\x55\x04\x03", tlv(0x0C, marks.encode())))
    certificate = read_certificate(handmade(issuer=tlv(0x30, rdn)))
    assert not match_host("a.example", certificate, "jsse").matched


def test_a_serial_of_any_size_is_a_serial():
    certificate = read_certificate(handmade(serial=tlv(0x02, b"\xff" + bytes(50_000))))
    assert certificate.serial < -(1 << 300_000)
