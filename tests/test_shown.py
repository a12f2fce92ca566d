"""What users read, held against every name mismatch that was recorded through HttpsURLConnection."""

from dataclasses import replace

import pytest

from tests.oracle import recorded
from tests.oracle.test_other_client import evidence_of
from tlswhy import diagnose
from tlswhy.pki.stores import read_certificates
from tlswhy.shown import shown
from tlswhy.verdict import Accepted


def shows_of(row, client: str) -> str | None:
    trust = [entry.certificate.der for entry in read_certificates(recorded.trust(row))]
    (diagnosis,) = diagnose(evidence_of(row), clients=[client], host=row["host"], trust=trust).diagnoses
    return diagnosis.shows[0] if diagnosis.shows else None


def test_the_words_of_jsse_are_those_that_were_recorded():
    rows = [row for row in recorded.rows() if row["label"] in {"hostname-mismatch", "tcp-refused"}]
    assert len(rows) > 80
    wrong = []
    for row in rows:
        thrown = row["exception_chain"][0]
        expected = f"{thrown['class']}: {thrown['message']}"
        if (said := shows_of(row, recorded.client_id(row["client"]))) != expected:
            wrong.append(f"{row['client']} {row['case']}: {said}; recorded {expected}")
    assert wrong == []


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("", "No subject alternative DNS name matching gadgets.example.test found."),
        ("@java-net-http", "No subject alternative DNS name matching gadgets.example.test found."),
        ("@httpclient-4.1", "hostname in certificate didn't match: <gadgets.example.test> != <a.example.test> OR"),
        ("@httpclient-4.5", "doesn't match any of the subject alternative names: [b.example.test]"),
    ],
)
def test_each_layer_has_its_own_words_for_a_wrong_name(layer: str, words: str):
    assert words in str(shows_of(recorded.row("j17.0.9", "name-san-mismatch"), f"java/17.0.9{layer}"))
    assert shows_of(recorded.row("j17.0.9", "name-san-mismatch"), "java/17.0.9@raw") is None


def test_the_mask_hides_a_failed_handshake_and_nothing_shows_where_nothing_is_wrong():
    weak, sound = recorded.row("j8u212", "dhe-768-tls12-aes128cbc"), recorded.row("j8u212", "base-tls12")
    assert shows_of(weak, "java/8u212@httpclient-4.1") == (
        "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated"
    )
    assert shows_of(weak, "java/8u212") is None
    assert shows_of(sound, "java/8u212@httpclient-4.1") is None


def test_an_open_verdict_shows_nothing():
    row = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    (diagnosis,) = diagnose(evidence_of(row), clients=["java/8u212@httpclient-4.1"], host=row["host"]).diagnoses
    open_verdict = replace(diagnosis.verdict, accepted=Accepted.CANNOT_TELL)
    assert set(shown(diagnosis.situation, open_verdict)) == {None}
