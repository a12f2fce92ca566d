"""The sections around the reason."""

from dataclasses import replace

from tests.render import examples
from tlswhy.render import reasons
from tlswhy.render.ink import Page, painted
from tlswhy.render.words import load_words
from tlswhy.report import OtherStory
from tlswhy.verdict import Certainty, Gap, Refusal, Stage

WORDS = load_words("en")


def diagnosis(case="dhe-512-tls10-aes128cbc"):
    return examples.diagnosis(examples.handshake("j8u51", case))


def written(write, found, width=80):
    page = Page(width)
    write(found, WORDS, page)
    return painted(page.lines, color=False)


def test_gaps_of_one_kind_are_one_entry():
    gaps = (Gap("a-cause", "trust"), Gap("b-cause", "trust"), Gap(None, "keys"))
    found = diagnosis()
    text = written(reasons.write_gaps, replace(found, verdict=replace(found.verdict, gaps=gaps)))
    assert text.count("not seen: what the client trusts") == 1
    assert "leaves open: a-cause, b-cause" in text
    assert "not seen: the keys of this TLS 1.3 connection" in text


def test_many_open_causes_are_counted():
    gaps = tuple(Gap(f"cause-{number}", "trust") for number in range(9))
    found = diagnosis()
    text = written(reasons.write_gaps, replace(found, verdict=replace(found.verdict, gaps=gaps)))
    assert "cause-5 and 3 more" in " ".join(text.split())
    assert "cause-6" not in text


def test_the_policy_entry_and_the_code_that_checks_it():
    facts = {"bits": 512, "algorithm": "RSA", "entry": "RSA keySize < 1024", "rule": "certpath.AlgorithmChecker"}
    refusal = Refusal("cert-key-too-small", Stage.CHAIN, facts, (), certainty=Certainty.AGREES)
    found = diagnosis()
    text = written(reasons.write_why, replace(found, verdict=replace(found.verdict, refusals=(refusal,))))
    assert "Entry      RSA keySize < 1024" in text
    assert "Code       certpath.AlgorithmChecker" in text
    assert "Certainty  agrees: the handshake ended where this would end it" in text


def test_what_would_hit_next_is_numbered_after_the_first():
    found = diagnosis()
    second = Refusal("cert-expired", Stage.CHAIN, {}, ())
    refusals = (*found.verdict.refusals, second)
    text = written(reasons.write_next, replace(found, verdict=replace(found.verdict, refusals=refusals)))
    assert "  2. cert-expired: a certificate of the chain has expired (foretold)" in text
    assert written(reasons.write_next, found) == ""


def test_contradictions():
    found = diagnosis()
    contradictions = ({"what": "alert-unlike-model", "cause": "cert-expired", "alert": 40},)
    text = written(
        reasons.write_contradictions, replace(found, verdict=replace(found.verdict, contradictions=contradictions))
    )
    assert "The model expects cert-expired, for which this client does not send" in text


def test_other_endings():
    good = diagnosis("base-tls12")
    found = replace(
        diagnosis(), others=(OtherStory(good.verdict, (*good.handshakes, replace(good.handshakes[0], first_frame=9))),)
    )
    assert "✔ accepted: 2 connections, frames 1 and 9" in written(reasons.write_others, found)


def test_ruled_out_is_a_list():
    assert "cert-chain-too-long, cert-revoked, client-cert-required" in written(reasons.write_ruled_out, diagnosis())
