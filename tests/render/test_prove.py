"""Before and after, side by side, at any width."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.remedy.test_plan import diagnosed
from tlswhy.render.ink import cells
from tlswhy.render.json import diagnosis_json
from tlswhy.render.prove import Proof, proofs_json, proofs_text
from tlswhy.render.words import load_words
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
