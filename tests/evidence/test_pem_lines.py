"""PEM inside text: lines, broken and unclosed blocks, other labels."""

import base64

from tlswhy.evidence.pem_lines import PemReader

BODY = base64.b64encode(b"0" * 90).decode()


def read(text: str) -> PemReader:
    reader = PemReader()
    for number, line in enumerate(text.splitlines(), 1):
        reader.feed(number, line)
    reader.close()
    return reader


def block(label: str, body: str = BODY) -> str:
    return f"-----BEGIN {label}-----\n{body[:64]}\n{body[64:]}\n-----END {label}-----\n"


def test_certificates_with_the_line_at_which_they_begin():
    reader = read("text\n" + block("CERTIFICATE") + "  more\n" + block("TRUSTED CERTIFICATE"))
    assert reader.blocks == [(2, b"0" * 90), (7, b"0" * 90)]
    assert reader.oddities == []


def test_keys_and_requests_are_passed_over():
    assert read(block("PRIVATE KEY") + block("CERTIFICATE REQUEST")).blocks == []


def test_what_is_broken_or_has_no_end_is_odd_and_the_rest_is_read():
    whole = block("CERTIFICATE")
    reader = read(block("CERTIFICATE", "!" * 80) + whole + "\n".join(whole.splitlines()[:2]))
    assert [number for number, _ in reader.blocks] == [5]
    assert [(oddity.what, oddity.place) for oddity in reader.oddities] == [
        ("pem-block-broken", "line 1"),
        ("pem-block-not-closed", "line 9"),
    ]
