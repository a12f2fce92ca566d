import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, pkcs12

from tests.pki.minting import ec_key, mint, name, rsa_key
from tlswhy.errors import BadEvidence
from tlswhy.pki import der
from tlswhy.pki.entries import EntryKind
from tlswhy.pki.pkcs12 import read_entries


def entries(data, password=None):
    oddities = []
    return list(read_entries(der.read_element(data), password, oddities)), [oddity.what for oddity in oddities]


@pytest.mark.parametrize("store", ["trusted-aes.p12", "trusted-rc2-40.p12", "trusted-open.p12"])
def test_what_keytool_enters_as_trusted_is_trusted(kept, store):
    ((entry,), oddities) = entries((kept / store).read_bytes())
    assert (entry.alias, entry.kind) == ("root", EntryKind.TRUSTED)
    assert entry.der == (kept / "root.der").read_bytes()
    assert oddities == []


@pytest.mark.parametrize("scheme", ["3DES", "2DES", "RC2-128", "RC4-128", "RC4-40"])
def test_what_openssl_exports_is_not_trusted(kept, scheme):
    data = (kept / f"openssl-PBE-SHA1-{scheme}.p12").read_bytes()
    ((entry,), oddities) = entries(data, "sesame")
    assert (entry.alias, entry.kind) == (None, EntryKind.LOOSE)
    assert entry.der == (kept / "root.der").read_bytes()
    assert oddities == []


def test_the_empty_password_is_tried(kept):
    ((entry,), _) = entries((kept / "openssl-empty-password.p12").read_bytes())
    assert entry.der == (kept / "root.der").read_bytes()


@pytest.mark.parametrize(("password", "code"), [(None, "store-password-needed"), ("no", "store-password-wrong")])
def test_a_password_that_does_not_open(kept, password, code):
    with pytest.raises(BadEvidence) as caught:
        entries((kept / "openssl-PBE-SHA1-3DES.p12").read_bytes(), password)
    assert caught.value.code == code


def test_the_usual_password_opens_what_another_was_given_for(kept):
    found, oddities = entries((kept / "trusted-aes.p12").read_bytes(), "no")
    assert len(found) == 1
    assert oddities == ["store-password-wrong"]


def test_a_changed_byte_breaks_the_integrity(kept):
    data = (kept / "trusted-aes.p12").read_bytes()
    salt = data[-24:-4]  # then the number of rounds, the last field of the file
    _, oddities = entries(data.replace(salt, bytes(20)), "changeit")
    assert oddities == ["store-password-wrong"]


@pytest.mark.parametrize(
    ("protection", "password"), [(NoEncryption(), ""), (BestAvailableEncryption(b"secret"), "secret")]
)
def test_a_key_entry_with_its_chain_in_order(protection, password):
    root = mint(name("root"), key=rsa_key(1024))
    between = mint(name("between"), issuer=name("root"), signer=rsa_key(1024))
    leaf = mint(name("leaf"), issuer=name("between"))
    stray = mint(name("stray"))
    data = pkcs12.serialize_key_and_certificates(b"tomcat", ec_key(), leaf, [stray, root, between], protection)
    found, oddities = entries(data, password)
    assert [(entry.der, entry.kind, entry.alias, entry.position) for entry in found] == [
        (leaf.public_bytes(Encoding.DER), EntryKind.KEY, "tomcat", 0),
        (between.public_bytes(Encoding.DER), EntryKind.KEY, "tomcat", 1),
        (root.public_bytes(Encoding.DER), EntryKind.KEY, "tomcat", 2),
        (stray.public_bytes(Encoding.DER), EntryKind.LOOSE, None, 0),
    ]
    assert oddities == []


def test_issuers_in_a_circle_end():
    one = mint(name("one"), issuer=name("two"))
    two = mint(name("two"), issuer=name("one"))
    data = pkcs12.serialize_key_and_certificates(b"k", ec_key(), one, [two], NoEncryption())
    assert [entry.position for entry in entries(data, "")[0]] == [0, 1]


def test_two_keys_and_a_trusted_entry_by_keytool(keytool, kept, tmp_path):
    path = str(tmp_path / "store.p12")
    common = ("-keystore", path, "-storetype", "PKCS12", "-storepass", "changeit")
    for alias in ("first", "second"):
        keytool("-genkeypair", "-alias", alias, "-keyalg", "EC", "-dname", f"CN={alias}", *common)
    keytool("-importcert", "-noprompt", "-alias", "root", "-file", str(kept / "root.der"), *common)
    found, oddities = entries((tmp_path / "store.p12").read_bytes(), "changeit")
    assert [(entry.alias, entry.kind) for entry in found] == [
        ("first", EntryKind.KEY),
        ("second", EntryKind.KEY),
        ("root", EntryKind.TRUSTED),
    ]
    assert oddities == []
