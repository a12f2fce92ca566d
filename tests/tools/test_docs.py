"""The pages in docs/ are those that the program's own knowledge makes."""

import re

import pytest

from tlswhy.causes import cause_ids
from tlswhy.client.profiles import client_ids
from tools import docs

MADE = docs.pages()


def test_the_pages_are_current():
    assert docs.stale() == [], "python -m tools.docs writes them anew"


def test_every_cause_and_every_client_has_a_page():
    assert {f"causes/{cause}.md" for cause in cause_ids()} <= set(MADE)
    assert {f"clients/{name.replace('/', '-')}.md" for name in client_ids()} <= set(MADE)


@pytest.mark.parametrize("cause", cause_ids())
def test_a_cause_has_its_sections(cause):
    titles = re.findall(r"^## (.+)$", MADE[f"causes/{cause}.md"], re.MULTILINE)
    assert titles[:5] == ["Why the client refuses", "What you see", "How to fix", "How to check", "References"]


def test_a_client_has_its_constraints_verbatim_and_its_sources():
    page = MADE["clients/java-8u51.md"]
    assert "\n`SSLv3, DH keySize < 768`\n" in page
    assert re.search(r"^## Sources\n\n- measured: ", page, re.MULTILINE)
    assert "[java/8u51](java-8u51.md)" in MADE["clients/finesse-11.md"]


def test_links_lead_somewhere():
    for name, text in MADE.items():
        folder = name.rpartition("/")[0]
        for link in re.findall(r"\]\(([^)]+\.md)\)", text):
            assert f"{folder}/{link}" in MADE, (name, link)


def test_what_markdown_would_eat_is_escaped():
    assert docs._plain("a <b> *c* [d] ``tls.x_y`` e_f") == "a \\<b\\> \\*c\\* \\[d\\] `tls.x_y` e_f"


def test_help_stands_as_it_is_printed():
    assert "## tlswhy matrix\n\n```\nusage: tlswhy matrix " in MADE["cli.md"]
