from dataclasses import replace

import pytest

from tlswhy.render.ink import Page, cells, painted
from tlswhy.render.lab import CaseRow, OutcomeRow, case_json, list_cases, outcome_json, outcome_lines, summary
from tlswhy.render.words import load_words

WORDS = load_words("en")
WEAK = CaseRow("dh-768", "negotiation", "dh-key-too-small", ("java/8u212",), ("java/8u51",), twin=True)
SOUND = CaseRow("healthy", "without-fault", None, (), ("java/8u212",), twin=False)
RIGHT = OutcomeRow("dh-768", None, "dh-key-too-small", "java/8u212", "refused", "dh-key-too-small", False, True, 0.1)
TWIN = OutcomeRow("dh-768-healthy", "dh-768", None, "java/8u212", "accepted", None, False, True, 0.1)


def text(lines):
    return painted(lines, color=False)


@pytest.mark.parametrize("width", [24, 60, 90, 110])
def test_the_list_keeps_to_its_width_and_loses_nothing(width):
    page = Page(width)
    list_cases([WEAK, SOUND], WORDS, page)
    assert max(map(cells, text(page.lines).splitlines())) <= width
    for said in ("dh-768", "dh-key-too-small", "java/8u212", "nothing", "1 servers with a fault"):
        assert said in " ".join(text(page.lines).split())


def test_a_case_for_programs():
    told = case_json(WEAK, WORDS)
    assert (told["id"], told["cause"], told["healthy"]) == ("dh-768", "dh-key-too-small", "dh-768-healthy")
    assert case_json(SOUND, WORDS)["healthy"] is None


def test_a_server_and_its_twin_stand_on_one_line():
    shown = text(outcome_lines([RIGHT, TWIN], WORDS, Page(100), (8, 12)))
    assert shown.split() == ["✔", "dh-768", "dh-key-too-small", "java/8u212", "fixed", "✔"]


def test_what_is_wrong_is_said_below():
    wrong = replace(RIGHT, found="cert-expired", right=False)
    shown = text(outcome_lines([wrong, replace(TWIN, right=False, verdict="cannot-tell")], WORDS, Page(100), (8, 12)))
    assert shown.startswith("✘ dh-768")
    assert "dh-768: should be dh-key-too-small, is cert-expired" in shown
    assert "dh-768-healthy: should be accepted, is cannot tell" in shown


def test_a_candidate_is_not_shown_as_found():
    bare = replace(RIGHT, found="server-alert", candidate=True)
    assert "server-alert (dh-key-too-small)" in text(outcome_lines([bare], WORDS, Page(100), (8, 12)))


def test_java_beside_us():
    agrees = replace(RIGHT, java_words="javax.net.ssl.SSLHandshakeException: x", java_agrees=True)
    assert text(outcome_lines([agrees], WORDS, Page(100), (8, 12))).rstrip().endswith("Java ✔")
    unsure = replace(RIGHT, java_words="", java_agrees=None)
    assert text(outcome_lines([unsure], WORDS, Page(100), (8, 12))).rstrip().endswith("Java ?")
    differs = replace(RIGHT, java_words="", java_agrees=False)
    shown = text(outcome_lines([differs], WORDS, Page(100), (8, 12)))
    assert "Java ✘" in shown
    assert "dh-768: Java gets in" in shown
    refuses = replace(TWIN, java_words="no \x1b[31mway", java_agrees=False)
    shown = text(outcome_lines([refuses], WORDS, Page(100), (14, 12)))
    assert "dh-768-healthy: Java does not get in: no" in shown
    assert "\x1b" not in shown


def test_the_end_of_a_run_counts():
    page = Page(100)
    silent = replace(RIGHT, id="x", right=False, verdict=None, found=None)
    summary([RIGHT, TWIN, silent], 1.24, "java/17", WORDS, page)
    shown = text(page.lines)
    assert "1 of 2 faults explained with their own cause" in shown
    assert "1 of 1 servers without a fault accepted" in shown
    assert "java/17: the same verdict on 0 of 0" in shown
    assert "1.2 s" in shown


def test_an_outcome_for_programs():
    told = outcome_json(replace(RIGHT, java_words="", java_agrees=False))
    assert (told["right"], told["java"]) == (True, {"accepted": True, "agrees": False})
    assert outcome_json(TWIN)["java"] is None
