import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.pki.minting import tlv
from tlswhy.pki import der
from tlswhy.pki.distinguished import read_name

CN, OU, SERIAL = "550403", "55040b", "550405"


def attribute(oid, tag, text):
    encoding = {0x1E: "utf-16-be", 0x0C: "utf-8"}.get(tag, "latin-1")
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)), tlv(tag, text.encode(encoding)))


def name(*rdns):
    return read_name(der.read_element(tlv(0x30, *(tlv(0x31, *rdn) for rdn in rdns))))


def cn(text, tag=0x0C):
    return name([attribute(CN, tag, text)])


CN_A, OU_B = attribute(CN, 0x0C, "a"), attribute(OU, 0x0C, "b")


@pytest.mark.parametrize(
    "attributes",
    [
        [(NameOID.COUNTRY_NAME, "CH"), (NameOID.ORGANIZATION_NAME, "A, B + C"), (NameOID.COMMON_NAME, "x.example")],
        [(NameOID.COMMON_NAME, ' leading and trailing "quotes" ')],
        [(NameOID.COMMON_NAME, "#hash"), (NameOID.DOMAIN_COMPONENT, "test"), (NameOID.USER_ID, "u")],
        [(NameOID.COMMON_NAME, "Zürich 台北")],
    ],
)
def test_text_is_rfc_4514_as_cryptography_writes_it(attributes):
    made = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    assert read_name(der.read_element(made.public_bytes())).text == made.rfc4514_string()


def test_control_characters_never_reach_the_text():
    assert cn("a\x1b[31m\nb\u202e").text == "CN=a\\1B[31m\\0Ab\\E2\\80\\AE"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cn("Root CA"), cn("root ca", 0x13)),
        (cn("Root  CA "), cn("Root CA")),
        (cn("STRASSE"), cn("straße")),
        (name([CN_A, OU_B]), name([OU_B, CN_A])),
    ],
    ids=["case and string type", "white space", "sharp s", "order inside an RDN"],
)
def test_names_that_java_holds_to_be_equal(one, other):
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cn("Root", 0x16), cn("Root")),
        (cn("Root", 0x1E), cn("Root")),
        (cn("a,CN=b"), name([attribute(CN, 0x0C, "b")], [attribute(CN, 0x0C, "a")])),
        (name([attribute(SERIAL, 0x13, "AB")]), name([attribute(SERIAL, 0x13, "ab")])),
        (name([CN_A], [OU_B]), name([OU_B], [CN_A])),
        (cn("a"), cn("b")),
    ],
    ids=["IA5String", "BMPString", "separator inside a value", "attribute without keyword", "order of RDNs", "value"],
)
def test_names_that_java_holds_to_be_different(one, other):
    assert one != other


def test_the_most_specific_common_name_is_the_last():
    made = name([attribute(CN, 0x0C, "first")], [attribute(OU, 0x0C, "x")], [attribute(CN, 0x0C, "last")])
    assert made.common_names == ("first", "last")
    assert made.most_specific_common_name == "last"
    assert name([attribute(OU, 0x0C, "x")]).most_specific_common_name is None
    assert name().empty
