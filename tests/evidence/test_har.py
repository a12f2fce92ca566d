"""HTTP archives of Chrome, Firefox and Playwright."""

import json

import pytest

from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence import har
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, ToldConnection
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted


def entry(url: str = "https://gadgets.example.test:8443/g.xml", status: int = 0, **more) -> dict:
    response = {"status": status, "statusText": "", "headers": [], "content": {"size": 0}, **more.pop("response", {})}
    return {"startedDateTime": "2026-11-25T10:00:00.123Z", "request": {"url": url}, "response": response, **more}


def archive(*entries: dict, creator: str = "WebInspector") -> str:
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "entries": list(entries)}}
    )


def read(text: str):
    return list(read_evidence(source_of_bytes("page.har", text.encode())))


GOOD = {"protocol": "TLS 1.3", "keyExchange": "", "keyExchangeGroup": "X25519", "cipher": "AES_128_GCM", "issuer": "x"}


def test_a_request_that_failed():
    failed = entry(serverIPAddress="192.0.2.7", response={"_error": "net::ERR_CERT_DATE_INVALID"})
    (said,) = read(archive(failed, entry("http://plain.example/"), failed))
    assert isinstance(said, ClientWords)
    assert (said.host, said.address, said.port, said.speaker) == ("gadgets.example.test", "192.0.2.7", 8443, "chromium")
    assert (said.times_told, len(said.times)) == (2, 2)
    (diagnosis,) = diagnose([said]).diagnoses
    assert diagnosis.verdict.refusals[0].candidates == ("cert-expired", "cert-not-yet-valid")
    assert diagnosis.verdict.refusals[0].where[0].place == "entry 0"


@pytest.mark.parametrize(
    ("creator", "response", "cause"),
    [
        ("Firefox", {"statusText": "SEC_ERROR_UNKNOWN_ISSUER"}, "client-gave-up"),
        ("Firefox", {"comment": "SSL_ERROR_UNSUPPORTED_VERSION"}, "no-common-version"),
        ("Playwright", {"_failureText": "net::ERR_CERT_COMMON_NAME_INVALID"}, "hostname-mismatch"),
        ("WebInspector", {"_error": "net::ERR_CONNECTION_REFUSED"}, "tcp-refused"),
    ],
)
def test_the_browsers_codes(creator: str, response: dict, cause: str):
    (said,) = read(archive(entry(response=response), creator=creator))
    (diagnosis,) = diagnose([said]).diagnoses
    assert diagnosis.verdict.refusals[0].cause == cause


def test_what_says_nothing_of_the_connection():
    with pytest.raises(BadEvidence):
        read(archive(entry(response={"_error": "net::ERR_ABORTED"})))


def test_a_request_that_got_through():
    told, *_ = read(archive(entry(status=200, serverIPAddress="[2001:db8::7]", _securityDetails=GOOD)))
    assert isinstance(told, ToldConnection)
    assert (told.version, told.suite, told.group, told.address) == (0x0304, 0x1301, 0x1D, "2001:db8::7")
    old = {"protocol": "TLS 1.2", "keyExchange": "ECDHE_RSA", "keyExchangeGroup": "P-256", "cipher": "AES_256_GCM"}
    older, *_ = read(archive(entry(status=200, _securityDetails=old)))
    assert (older.suite, older.group) == (0xC030, 0x17)
    (diagnosis,) = diagnose([told]).diagnoses
    assert (diagnosis.verdict.accepted, diagnosis.host) == (Accepted.YES, "gadgets.example.test")


def test_beside_a_failure_what_got_through_is_not_told():
    found = read(archive(entry(status=200, _securityDetails=GOOD), entry(response={"_error": "net::ERR_CERT_INVALID"})))
    assert [type(item).__name__ for item in found] == ["ClientWords"]


def test_an_archive_that_is_cut_gives_what_stands_before():
    text = archive(entry(response={"_error": "net::ERR_CERT_DATE_INVALID"}), entry())
    said, odd = read(text[:-60])
    assert isinstance(said, ClientWords)
    assert isinstance(odd, Oddity)
    assert (odd.what, odd.place) == ("har-cut", "entry 1")
    assert har.likelihood(b'{"log": {"x": 1}}') == 0.0
