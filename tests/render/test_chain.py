"""Certificates on a page."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.render import examples
from tlswhy.render.chain import draw_chain, key_text, signature_text
from tlswhy.render.ink import Page, painted
from tlswhy.render.words import load_words

WORDS = load_words("en")


def drawn(case, blamed=(), client="j8u212", color=False, width=100, part="", **changes):
    seen = examples.handshake(client, case)
    situation = examples.diagnosis(seen, trusts=examples.trusted(client, case)).situation
    page = Page(width)
    draw_chain(replace(situation, **changes), frozenset(blamed), WORDS, page, part)
    return painted(page.lines, color=color)


def test_pss_with_all_of_its_parameters():
    text = drawn("pss-sha384-int", {1})
    assert "RSA 2048 · RSASSA-PSS, SHA-384, MGF1 with SHA-384, salt 48 · 2026-09-02 to 2046-10-27" in text
    narrow = drawn("pss-sha384-int", {1}, width=80)
    assert "salt 48\n       2026-09-02 to 2046-10-27\n" in narrow
    assert "   1 ✘ CN=Oracle Issuing CA,O=tlswhy oracle" in text
    assert "   ◆   trusted: CN=Oracle Root CA,O=tlswhy oracle" in text


def test_the_part_at_fault_is_marked():
    text = drawn("pss-sha384-int", {1}, color=True, part="signature")
    assert "RSA 2048 · \x1b[1;31mRSASSA-PSS, SHA-384" in text
    assert text.count("\x1b[1;31m") == 3, "the cross, the subject, the signature"


def test_curves_names_and_addresses():
    assert "EC secp256r1 · SHA256withRSA" in drawn("ecdsa-p256")
    assert "for gadgets.example.test" in drawn("ecdsa-p256")


def test_a_validity_that_is_over_is_red():
    later = datetime(2060, 1, 1, tzinfo=UTC)
    assert "\x1b[1;31m2026-10-02 to 2046-10-27\x1b[0m" in drawn("pss-sha384-int", color=True, moment=later)
    assert "\x1b[1;31m2026" not in drawn("pss-sha384-int", color=True)


def test_a_long_chain_is_cut_and_counted():
    seen = examples.handshake("j8u212", "pss-sha384-int")
    situation = examples.diagnosis(seen).situation
    many = replace(situation.flight, chain=situation.flight.chain * 10)
    page = Page(80)
    draw_chain(replace(situation, flight=many), frozenset(), WORDS, page)
    text = painted(page.lines, color=False)
    assert "and 8 more certificates" in text


def test_keys_and_signatures_alone():
    chain = examples.diagnosis(examples.handshake("j8u212", "pss-sha384-int")).situation.flight.chain
    assert key_text(chain[0].public_key, WORDS) == "RSA 2048"
    assert key_text(replace(chain[0].public_key, bits=None, algorithm="1.2.3"), WORDS) == "1.2.3"
    assert signature_text(chain[0].signature, WORDS) == "SHA256withRSA"
