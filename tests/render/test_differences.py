"""A good and a bad connection side by side."""

from tests.render import examples
from tlswhy.compare import compare
from tlswhy.render.differences import draw_comparison
from tlswhy.render.ink import Page, painted
from tlswhy.render.words import load_words
from tlswhy.report import Comparison


def drawn(comparison):
    page = Page(100)
    draw_comparison(comparison, load_words("en"), page)
    return painted(page.lines, color=False)


def test_only_what_differs():
    bad = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    good = examples.handshake("j25.0.2", "base-tls12-13")
    text = drawn(compare(good, bad))
    assert "  cipher suite chosen\n    ✘ TLS_DHE_RSA_WITH_AES_128_CBC_SHA\n    ✔ TLS_AES_256_GCM_SHA384\n" in text
    assert "  version chosen\n    ✘ TLS 1.0\n    ✔ TLS 1.3\n" in text
    assert "  Diffie-Hellman bits\n    ✘ 512\n    ✔ none\n" in text
    assert "server name" not in text


def test_long_lists_are_told_by_what_only_one_has():
    seen = examples.handshake("j8u51", "base-tls12")
    suites = tuple(range(0xC000, 0xC020))
    text = drawn(Comparison(seen, seen, (("offered-suites", suites, (*suites[1:], 0x1301)),)))
    assert "✘ 32 entries; only here: 0xc000" in text
    assert "✔ 32 entries; only here: TLS_AES_128_GCM_SHA256" in text
    text = drawn(Comparison(seen, seen, (("offered-suites", suites, tuple(reversed(suites))),)))
    assert text.count("the same ones in another order") == 2


def test_no_difference_is_said():
    seen = examples.handshake("j8u51", "base-tls12")
    assert "do not differ" in drawn(Comparison(seen, seen, ()))
