"""Values as text: what a fact's name makes of a bare number."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tlswhy.render.figures import alert, date, figure, moment, version
from tlswhy.render.words import load_words
from tlswhy.unseen import UNSEEN

GRAMMAR = load_words("en").grammar


@pytest.mark.parametrize(
    ("name", "value", "kind", "text"),
    [
        ("suite", 0x0033, None, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        ("chosen", 0x0033, "suite", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        ("offered", (0x0304, 0x0303), "version", "TLS 1.3 and TLS 1.2"),
        ("record_version", 0x0301, None, "TLS 1.0"),
        ("version", 3, None, "3"),
        ("group", 23, None, "secp256r1"),
        ("scheme", 0x0804, None, "rsa_pss_rsae_sha256"),
        ("alert", 40, None, "handshake_failure(40)"),
        ("bits", 2048, None, "2048"),
        ("size", 39536, "count", "39,536"),
        ("position", 3, "ordinal", "3rd"),
        ("offered", tuple(range(40)), "number", "40"),
        ("has", ("1.3.6.1.5.5.7.3.2",), None, "clientAuth (1.3.6.1.5.5.7.3.2)"),
        ("host", "1.3.6.1", None, "1.3.6.1"),
        ("names", [f"n{i}" for i in range(14)], None, ", ".join(f"n{i}" for i in range(12)) + ", … (+2)"),
        ("flag", True, None, "yes"),
        ("waited_s", 4.0, None, "4"),
        ("key", b"\x01\xff", None, "01ff"),
        ("what", UNSEEN, None, "…"),
        ("not_after", "2026-10-22T09:00:00+00:00", "date", "2026-10-22"),
        ("miss", {"fault": "cert-expired", "alert": 45}, None, "fault=cert-expired, alert=certificate_expired(45)"),
    ],
)
def test_figures(name, value, kind, text):
    assert figure(name, value, kind, GRAMMAR) == text


def test_versions_and_alerts():
    assert [version(number) for number in (0x0002, 0x0300, 0x0304, 0x7F1C, 0x0999)] == [
        "SSL 2.0",
        "SSL 3.0",
        "TLS 1.3",
        "TLS 1.3 draft 28",
        "0x0999",
    ]
    assert alert(99) == "alert 99"


def test_moments_are_utc():
    there = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=8)))
    assert moment(there) == "2025-12-31 17:30:00 UTC"
    assert date(there) == "2025-12-31"
    assert moment(datetime.max.replace(tzinfo=UTC)) == "?"
