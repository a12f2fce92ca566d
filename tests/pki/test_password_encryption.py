import pytest

from tests.pki.minting import tlv
from tlswhy.pki import der
from tlswhy.pki.password_encryption import Budget, NotDecryptable, decrypt, derive


def algorithm(oid, *parameters):
    return der.read_element(tlv(0x30, tlv(0x06, bytes.fromhex(oid)), tlv(0x30, *parameters)))


THREE_DES = "2a864886f70d010c0103"
PBES2 = "2a864886f70d01050d"


def test_derivation_against_a_known_value():
    # The widely used test values of PKCS#12 key derivation: "smeg", one round, a 3DES key
    key = derive("sha1", 1, "smeg", bytes.fromhex("0a58cf64530d823f"), 1, 24, Budget())
    assert key.hex() == "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
    iv = derive("sha1", 2, "smeg", bytes.fromhex("0a58cf64530d823f"), 1, 8, Budget())
    assert iv.hex() == "79993dfe048d3b76"


def test_the_budget_is_for_the_whole_file():
    budget = Budget(100)
    budget.spend(60)
    with pytest.raises(NotDecryptable):
        budget.spend(60)
    with pytest.raises(NotDecryptable):
        budget.spend(-1)


def test_absurd_rounds_are_refused_before_they_start():
    wanted = algorithm(THREE_DES, tlv(0x04, bytes(8)), tlv(0x02, b"\x7f\xff\xff\xff"))
    with pytest.raises(NotDecryptable):
        decrypt(wanted, bytes(8), "x", Budget())


@pytest.mark.parametrize("oid", ["2a0304", PBES2])
def test_unknown_schemes_are_said_so(oid):
    inner = tlv(0x30, tlv(0x06, bytes.fromhex("2a0304")), tlv(0x30))
    with pytest.raises(NotDecryptable):
        decrypt(algorithm(oid, inner, inner), bytes(8), "x", Budget())


def test_a_wrong_size_is_a_wrong_password():
    wanted = algorithm(THREE_DES, tlv(0x04, bytes(8)), tlv(0x02, b"\x01"))
    assert decrypt(wanted, b"seven b", "x", Budget()) is None
    assert decrypt(wanted, b"", "x", Budget()) is None
