"""The survey's section of a report."""

from tlswhy.model.survey import ServedChain, Survey
from tlswhy.render.ink import Page, painted
from tlswhy.render.survey import write_survey
from tlswhy.render.words import load_words

FOUND = Survey(
    item="https://a.example",
    port=443,
    versions={0x0304: (0x1301,), 0x0303: (0xC02F, 0x009E)},
    server_order=True,
    dh_bits=1024,
    groups=(0x1D, 0x17),
    schemes=(0x0804,),
    chains=(ServedChain("RSA", "a.example", ("ab" * 32, "cd" * 32)), ServedChain("EC", None, ("ef" * 32,))),
    server_name="a.example",
    without_name=False,
    other_name=True,
    intolerances=("long-hello",),
    connections=31,
)


def text(survey: Survey, width=100) -> str:
    page = Page(width, True)
    write_survey(survey, load_words("en"), page)
    return painted(page.lines, color=False)


def test_everything_that_was_found_is_said():
    said = text(FOUND)
    for words in (
        "31 questions",
        "TLS1.3",
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        "server's order",
        "x25519, secp256r1",
        "1024 bits",
        "for a.example",
        "without a server name",
        "refuses a hello without a server name",
        "with a dozen",
    ):
        assert words in said


def test_a_server_without_anything_in_common():
    from dataclasses import replace

    said = text(replace(FOUND, versions={}, server_order=None, groups=(), schemes=(), chains=(), dh_bits=None))
    assert "none of TLS 1.3 to SSL 3" in said


def test_no_line_is_too_wide():
    assert max(map(len, text(FOUND, 40).splitlines())) <= 40
