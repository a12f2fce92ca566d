import base64
import ssl

from tests.oracle import recorded
from tlswhy.pki.pem import pem_of


def test_certificates_read_back_as_they_were_and_as_openssl_writes_them():
    pem = recorded.chain(recorded.row("j8u51", "base-tls12")).decode()
    first = pem[: pem.index("-----END")].partition("-----BEGIN CERTIFICATE-----\n")[2]
    der = base64.b64decode(first)
    assert pem_of(der) == ssl.DER_cert_to_PEM_cert(der)


def test_lines_have_64_characters_and_the_label_is_the_one_given():
    lines = pem_of(bytes(100), "DH PARAMETERS").splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN DH PARAMETERS-----", "-----END DH PARAMETERS-----")
    assert [len(line) for line in lines[1:-1]] == [64, 64, 8]
