"""Before and after, side by side, at any width."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.remedy.test_plan import diagnosed
from tlswhy.render.ink import cells
from tlswhy.render.json import diagnosis_json
from tlswhy.render.prove import Proof, proofs_json, proofs_markdown, proofs_text
from tlswhy.render.words import languages, load_words
from tlswhy.verdict import Accepted

WORDS = load_words()


@pytest.fixture(scope="module")
def refused():
    return diagnosed("j8u212", "dhe-768-tls12-aes256cbc")


@pytest.fixture(scope="module")
def accepted():
    return diagnosed("j8u212", "base-tls12")


def test_outcomes(refused, accepted):
    before, good = diagnosis_json(refused, WORDS), diagnosis_json(accepted, WORDS)
    other = diagnosed("j8u212", "missing-int")
    unsure = replace(accepted, verdict=replace(accepted.verdict, accepted=Accepted.CANNOT_TELL))
    assert Proof(before, accepted).outcome == "cured"
    assert Proof(good, accepted).outcome == "accepted-as-before"
    assert Proof(before, refused).outcome == "still-refused"
    assert Proof(before, other).outcome == "refused-otherwise"
    assert Proof(good, refused).outcome == "refused-now"
    assert Proof(before, unsure).outcome == "open"
    told = proofs_json([Proof(before, accepted)], WORDS)
    assert told["proofs"][0]["message"] == "Cured"


@pytest.mark.parametrize("width", [40, 80, 110])
def test_both_sides_stand_beside_each_other(refused, accepted, width):
    text = proofs_text([Proof(diagnosis_json(refused, WORDS), accepted)], WORDS, width, color=False, unicode=True)
    lines = text.splitlines()
    assert max(map(cells, lines)) <= width
    assert lines[0].startswith("✔ Cured")
    assert [line for line in lines if "✘ refused" in line and "✔ accepted" in line]


def kept(diagnosis) -> dict:
    """As a report has it: read from its file."""
    return json.loads(json.dumps(diagnosis_json(diagnosis, WORDS)))


def test_what_stands_out_between_then_and_now(refused, accepted):
    before = kept(refused)
    assert Proof(before, refused).notes == ("as-before",)
    assert Proof(before, accepted).notes == ("other-leaf",)
    line = before["handshakes"][0]
    for sent, note in ((["00"], "other-leaf"), (line["certificates"][:1], "other-chain")):
        assert Proof({**before, "handshakes": [{**line, "certificates": sent}]}, refused).notes == (note,)
    told = {**line, "alerts": [{"frame": 9, "from": "server", "level": 2, "description": 40}]}
    assert Proof({**before, "handshakes": [told]}, refused).notes == ()
    gone = replace(refused.verdict.refusals[0], cause="tcp-refused")
    assert Proof(before, replace(refused, verdict=replace(refused.verdict, refusals=(gone,)))).notes == ("not-there",)
    for hostile in ({}, {"handshakes": 7}, {"handshakes": [7]}, {"handshakes": [{"certificates": [7]}]}):
        assert set(Proof(hostile, refused).notes) <= {"other-leaf"}


@pytest.mark.parametrize("language", languages())
def test_a_ticket(refused, accepted, language):
    words = load_words(language)
    text = proofs_markdown([Proof(kept(refused), accepted), Proof(kept(refused), refused)], words)
    cured, still = text.split("\n# ✘")
    assert cured.startswith("# ✔")
    assert "##" not in cured
    assert "|---|---|" in cured
    assert "`dh-key-too-small`" in still
    assert f"### {words.say('plan.side-server')}" in still
    assert "\n\n\n" not in text


def test_notes_are_told_in_every_format(refused):
    proof = Proof(kept(refused), refused)
    told = WORDS.say("prove.as-before")
    assert told in " ".join(proofs_text([proof], WORDS, 80, color=False, unicode=True).split())
    assert told in proofs_markdown([proof], WORDS)
    assert proofs_json([proof], WORDS)["proofs"][0]["notes"] == [{"what": "as-before", "message": told}]
