"""javax.net.debug: real logs of 11, 17 and 21 (samples/), and the grammar of 7 and 8 as its source prints it."""

from pathlib import Path

import pytest

from tlswhy.client.recognise import recognise
from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, DescribedCertificates, Role
from tlswhy.observe.words import meaning_of
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

SAMPLES = Path(__file__).parent / "samples"

CLASSIC = """\
adding as trusted cert:
  Subject: CN=Example Root CA, O=Example
  Issuer:  CN=Example Root CA, O=Example
  Algorithm: RSA; Serial number: 0x1
  Valid from Fri Nov 10 00:00:00 UTC 2006 until Mon Nov 10 00:00:00 UTC 2031

trigger seeding of SecureRandom
done seeding SecureRandom
Allow unsafe renegotiation: false
%% No cached client session
*** ClientHello, TLSv1.2
RandomCookie:  GMT: 1487604747 bytes = { 236, 32, 9 }
Session ID:  {}
Cipher Suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, SSL_RSA_WITH_3DES_EDE_CBC_SHA, TLS_EMPTY_RENEGOTIATION_INFO_SCSV]
Compression Methods:  { 0 }
Extension elliptic_curves, curve names: {secp256r1, secp384r1, secp521r1}
Extension ec_point_formats, formats: [uncompressed]
Extension signature_algorithms, signature_algorithms: SHA512withECDSA, SHA512withRSA, SHA256withRSA, SHA1withDSA
Extension server_name, server_name: [type=host_name (0), value=gadgets.example.test]
***
http-bio-8445-exec-3, WRITE: TLSv1.2 Handshake, length = 193
http-bio-8445-exec-3, READ: TLSv1.2 Handshake, length = 81
*** ServerHello, TLSv1.2
Cipher Suite: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
***
*** Certificate chain
chain [0] = [
[
  Version: V3
  Subject: CN=gadgets.example.test
  Signature Algorithm: RSASSA-PSS, OID = 1.2.840.113549.1.1.10

  Key:  Sun RSA public key, 2048 bits
  Issuer: CN=Example Issuing CA
]
***
http-bio-8445-exec-3, SEND TLSv1.2 ALERT:  fatal, description = certificate_unknown
http-bio-8445-exec-3, WRITE: TLSv1.2 Alert, length = 2
http-bio-8445-exec-3, called closeSocket()
http-bio-8445-exec-3, handling exception: javax.net.ssl.SSLHandshakeException: sun.security.\
validator.ValidatorException: PKIX path validation failed: java.security.cert.CertPathValidatorException: \
signature check failed
http-bio-8445-exec-3, called close()
"""


def read(text: bytes | str):
    return list(read_evidence(source_of_bytes("debug.log", text.encode() if isinstance(text, str) else text)))


def words_in(evidence) -> list[ClientWords]:
    return [item for item in evidence if isinstance(item, ClientWords)]


def sample(name: str):
    return read((SAMPLES / f"debug-{name}.txt").read_bytes())


@pytest.mark.parametrize(
    ("name", "cause", "alert", "host"),
    [
        ("11-name", "hostname-mismatch", (Side.CLIENT, 46), "other.example.test"),
        ("17-untrusted", "trust-anchor-missing", (Side.CLIENT, 46), "gadgets.example.test"),
        ("17-nosuite", "no-common-cipher", (Side.SERVER, 40), "gadgets.example.test"),
        ("21-empty", "trust-store-empty", (Side.CLIENT, 80), "gadgets.example.test"),
    ],
)
def test_real_logs(name: str, cause: str, alert: tuple[Side, int], host: str):
    found = words_in(sample(name))
    meanings = [meaning for words in found if (meaning := meaning_of(words))]
    assert {meaning.causes[0] for meaning in meanings} == {cause}
    assert alert in {(words.alert.sender, words.alert.description) for words in found if words.alert}
    assert {words.host for words in found} == {host}
    assert all(words.times for words in found[:1])


@pytest.mark.parametrize(("name", "client"), [("11-name", "java/11.0.10"), ("21-empty", "java/21.0.8")])
def test_the_hello_in_a_log_is_recognised_like_one_on_the_wire(name: str, client: str):
    hello = words_in(sample(name))[0].hello
    assert hello is not None
    assert hello.server_name in {"other.example.test", "gadgets.example.test"}
    seen = recognise(hello)
    assert seen.exact
    assert client in {seen.id, *seen.also}


def test_certificates_are_described_with_their_lines():
    (shown,) = [item for item in sample("17-untrusted") if isinstance(item, DescribedCertificates)]
    leaf, *_, root = shown.certificates
    assert (shown.role, leaf.subject, leaf.signature) == (Role.SERVED, "CN=gadgets.example.test", "SHA256withRSA")
    assert (root.subject, root.issuer) == (root.issuer, "CN=Example Root CA, O=Example")
    lines = (SAMPLES / "debug-17-untrusted.txt").read_text().splitlines()
    assert [lines[int(c.where.place.split()[1]) - 1].strip() for c in shown.certificates] == ['"certificate" : {'] * 3


def test_the_grammar_of_7_and_8():
    evidence = read(CLASSIC)
    described = {item.role: item.certificates for item in evidence if isinstance(item, DescribedCertificates)}
    assert [c.subject for c in described[Role.TRUSTED]] == ["CN=Example Root CA, O=Example"]
    assert [(c.issuer, c.signature) for c in described[Role.SERVED]] == [("CN=Example Issuing CA", "RSASSA-PSS")]
    (words,) = words_in(evidence)
    assert words.alert is not None
    assert (words.alert.sender, words.alert.description, words.alert.level) == (Side.CLIENT, 46, 2)
    hello = words.hello
    assert hello is not None
    assert (hello.cipher_suites, hello.groups) == ((0xC013, 0x000A, 0x00FF), (23, 24, 25))
    assert (hello.signature_schemes, hello.extensions) == ((0x0603, 0x0601, 0x0401, 0x0202), (10, 11, 13, 0))
    assert (hello.server_name, words.host) == ("gadgets.example.test", "gadgets.example.test")


def test_an_alert_of_the_server_stands_for_itself_where_no_exception_follows():
    before, _, _ = CLASSIC.partition("*** ServerHello")
    (words,) = words_in(read(before + "main, RECV TLSv1.2 ALERT:  fatal, handshake_failure\n"))
    assert words.alert is not None
    assert (words.alert.sender, words.alert.description) == (Side.SERVER, 40)
    assert words.where[0].place == f"line {before.count(chr(10)) + 1}"


def test_a_log_cut_in_the_middle_gives_what_is_there():
    lines = (SAMPLES / "debug-17-untrusted.txt").read_bytes().splitlines(keepends=True)
    for end in range(1, len(lines), 7):
        try:
            found = words_in(read(b"".join(lines[:end])))
        except BadEvidence as bad:
            assert bad.code in {"log-without-tls", "log-cut-early"}  # noqa: PT017
            continue
        assert all(words.exceptions or words.alert for words in found)


def test_half_a_hello_is_none():
    broken = CLASSIC.replace("TLS_EMPTY_RENEGOTIATION_INFO_SCSV]", "TLS_EMPTY_RENEG")
    assert words_in(read(broken))[0].hello is None


def test_a_good_connection_says_nothing():
    good, _, _ = CLASSIC.partition("http-bio-8445-exec-3, SEND")
    assert words_in(read(good)) == []


def test_a_hello_with_a_name_in_the_log_rules_out_that_the_name_was_missing():
    for words in words_in(sample("17-nosuite")):
        meaning = meaning_of(words)
        assert meaning is not None
        assert "sni-required" not in meaning.causes
        assert "no-common-cipher" in meaning.causes


def test_a_log_that_is_cut_within_the_first_hello_says_so():
    data = (Path(__file__).parent / "samples" / "debug-17-untrusted.txt").read_bytes()
    with pytest.raises(BadEvidence) as raised:
        list(read_evidence(source_of_bytes("debug.log", data[:6000])))
    assert (raised.value.code, raised.value.place.startswith("line ")) == ("log-cut-early", True)
