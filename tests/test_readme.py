"""The README shows what the program prints, and links to what exists."""

import re
from pathlib import Path

import pytest

from tools.readme_screen import with_screen


def test_the_screen_is_what_the_program_prints(repository: Path):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    assert with_screen(readme) == readme, "python -m tools.readme_screen makes it anew"


@pytest.mark.parametrize(
    "page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "examples/README.md", "bench/README.md"]
)
def test_links_and_commands_lead_somewhere(repository: Path, page: str):
    text = (repository / page).read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    named = re.findall(r"(?<![\w/])(?:bin|bench|examples|tools)/[\w./-]*\w", text)
    gone = [name for name in linked if not (repository / page).parent.joinpath(name).exists()]
    gone += [name for name in named if not (repository / name).exists()]
    assert gone == []
