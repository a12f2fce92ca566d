import pytest

from tlswhy.errors import BadEvidence
from tlswhy.pki.entries import EntryKind
from tlswhy.pki.java_keystore import read_entries

JKS, JCEKS = "trusted.jks", "trusted.jceks"


def entries(data, password=None):
    oddities = []
    return list(read_entries(data, password, oddities)), [oddity.what for oddity in oddities]


@pytest.mark.parametrize("store", [JKS, JCEKS])
def test_a_trusted_entry(kept, store):
    ((entry,), oddities) = entries((kept / store).read_bytes())
    assert (entry.alias, entry.kind, entry.position) == ("root", EntryKind.TRUSTED, 0)
    assert entry.der == (kept / "root.der").read_bytes()
    assert oddities == []


@pytest.mark.parametrize("store", [JKS, JCEKS])
def test_the_password_is_only_checked(kept, store):
    data = (kept / store).read_bytes()
    assert entries(data, "changeit")[1] == []
    found, oddities = entries(data, "not it")
    assert len(found) == 1
    assert oddities == ["store-password-wrong"]


def test_a_changed_byte_breaks_the_digest(kept):
    data = bytearray((kept / JKS).read_bytes())
    data[100] ^= 1
    assert entries(bytes(data), "changeit")[1] == ["store-password-wrong"]


@pytest.mark.parametrize("size", [12, 20, 100, -20, -1])
def test_a_cut_store_says_so(kept, size):
    found, oddities = entries((kept / JKS).read_bytes()[:size])
    assert oddities == ["key-store-cut"]
    assert len(found) == (1 if size < 0 else 0)


def test_an_entry_of_unknown_kind_ends_the_reading(kept):
    data = bytearray((kept / JKS).read_bytes())
    data[15] = 3
    assert entries(bytes(data)) == ([], ["key-store-entry-unknown"])


@pytest.mark.parametrize("data", [b"\xfe\xed\xfe\xed", b"\xfe\xed\xfe\xed\0\0\0\x09\0\0\0\0"])
def test_what_is_no_key_store(data):
    with pytest.raises(BadEvidence):
        entries(data)


def test_a_count_of_billions_costs_nothing():
    assert entries(b"\xfe\xed\xfe\xed\0\0\0\x02\xff\xff\xff\xff") == ([], ["key-store-cut"])


@pytest.mark.parametrize("form", ["JKS", "JCEKS"])
def test_a_key_entry_with_its_chain(keytool, tmp_path, form):
    path = str(tmp_path / "store")
    common = ("-keystore", path, "-storetype", form, "-storepass", "changeit", "-keypass", "changeit")
    keytool("-genkeypair", "-alias", "tomcat", "-keyalg", "EC", "-dname", "CN=tomcat", *common)
    ((entry,), oddities) = entries((tmp_path / "store").read_bytes(), "changeit")
    assert (entry.alias, entry.kind, entry.position) == ("tomcat", EntryKind.KEY, 0)
    assert oddities == []
