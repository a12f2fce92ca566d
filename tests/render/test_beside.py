"""The sections beside a verdict: whole sentences in every language, and nothing where there is nothing."""

from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.model.where import Where
from tlswhy.observe.handshake import observe
from tlswhy.observe.legs import Legs
from tlswhy.observe.noticed import Noticed
from tlswhy.render.beside import legs_sentences, noticed_sentence, suspicion_advice, suspicion_grounds, write_beside
from tlswhy.render.ink import Page
from tlswhy.render.words import load_words
from tlswhy.source import source_of_bytes

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
CAPTURE = recorded.capture(recorded.row("j8u212", "base-tls12"))
EVIDENCE = list(read_evidence(source_of_bytes("a.pcap", CAPTURE)))
HANDSHAKE = next(observe(item) for item in EVIDENCE if isinstance(item, Transcript))
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-Hant"])


@LANGUAGES
def test_every_pair_of_legs_has_its_sentences(language):
    words = load_words(language)
    inspected = ("near", "far", None)
    for how, ends in (
        ("same-hello", ("near", "far", "proxy", None)),
        ("same-name", inspected),
        ("same-ends", inspected),
    ):
        told = [legs_sentences(Legs(HANDSHAKE, HANDSHAKE, how, failed), words) for failed in ends]
        assert len({which for _, which in told}) == len(ends)
        assert all("…" not in sentence for pair in told for sentence in pair)
        assert all(str(HANDSHAKE.server) in belongs for belongs, _ in told)


@LANGUAGES
def test_every_ground_has_its_sentence(language):
    words = load_words(language)
    suspicion = {
        "what": "inspecting-proxy",
        "grounds": ("known-issuer", "same-issuer", "same-key", "same-flight", "fresh"),
        "product": "Zscaler",
        "issuer": "CN=Zscaler Root CA",
        "hosts": ("a.test", "b.example"),
        "host": "c.test",
        "made": MOMENT,
    }
    told = suspicion_grounds(suspicion, words)
    assert len(set(told)) == 5
    assert "Zscaler" in told[0]
    assert "b.example" in told[1]
    assert "…" not in "".join(told) + suspicion_advice(suspicion, words)


@LANGUAGES
def test_facts_that_are_not_there_leave_no_gap_in_a_sentence(language):
    words = load_words(language)
    for variant in ("good", "revoked", "unknown", "empty", "unreadable"):
        facts = {"variant": variant, "made": MOMENT, "refusal": "tryLater"}
        for more in ({}, {"until": MOMENT, "revoked": MOMENT}):
            assert "…" not in noticed_sentence(
                Noticed("ocsp-staple", (Where("a", "frame 1"),), {**facts, **more}), words
            )


def test_nothing_beside_an_ordinary_connection():
    (diagnosis,) = diagnose(EVIDENCE).diagnoses
    page = Page(100, True)
    write_beside(diagnosis, load_words("en"), page)
    assert page.lines == []
