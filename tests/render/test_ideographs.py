"""Breaking and joining text with ideographs."""

import pytest

from tlswhy.render.ideographs import SEAM, joined, may_break, pieces


def test_a_line_may_end_beside_any_ideograph():
    assert pieces("憑證鏈TLS") == ["憑", "證", "鏈", "TLS"]
    assert pieces("handshake_failure(40)") == ["handshake_failure(40)"]


@pytest.mark.parametrize("closing", "、，。：；？！」』）》")
def test_never_before_what_closes(closing):
    assert pieces(f"鏈{closing}證") == [f"鏈{closing}", "證"]
    assert pieces(f"TLS{closing}證") == [f"TLS{closing}", "證"]
    assert not may_break("鏈", closing)


@pytest.mark.parametrize("opening", "「『（《")
def test_never_after_what_opens(opening):
    assert pieces(f"證{opening}鏈") == ["證", f"{opening}鏈"]
    assert pieces(f"證{opening}TLS") == ["證", f"{opening}TLS"]
    assert not may_break(opening, "鏈")


def test_other_scripts_are_broken_at_blanks_alone():
    assert pieces("Zürich→Köln") == ["Zürich→Köln"]


def test_a_blank_at_a_seam_stands_only_beside_latin():
    assert joined(f"{SEAM}用戶端{SEAM} 拒絕 {SEAM}server{SEAM}") == "用戶端拒絕 server"
    assert joined(f"拒絕 {SEAM}伺服器{SEAM}") == "拒絕伺服器"
    assert joined(f"{SEAM}甲{SEAM} {SEAM}乙{SEAM}") == "甲乙"


def test_a_value_keeps_its_own_blanks():
    assert joined(f"{SEAM}臺灣 大學{SEAM}") == "臺灣 大學"
