"""Writes docs/causes, docs/clients, docs/limits.md and docs/cli.md from what the program itself knows.

    python -m tools.docs [--check]

tests/tools/test_docs.py holds the files against `pages`, so that they never say what the program no longer knows.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tlswhy.causes import cause_ids
from tlswhy.cli.arguments import COMMANDS
from tlswhy.client.profiles import ClientSet, client_ids, load_client
from tlswhy.render import library
from tlswhy.render.words import Words, load_words
from tlswhy.tables import load_table

REPOSITORY = Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"
MADE = "<!-- made by python -m tools.docs -->"
FOLDERS = ("causes", "clients")
_SPECIAL = re.compile(r"([\\`*\[\]<>|]|(?<=\s)_|^[#+-](?=\s))")


def pages() -> dict[str, str]:
    """Every page by its path below docs/."""
    words = load_words()
    causes = {f"causes/{cause}.md": cause_page(cause, words) for cause in cause_ids()}
    clients = {f"clients/{_file(name)}.md": client_page(load_client(name), words) for name in client_ids()}
    return {
        **causes,
        **clients,
        "causes/README.md": _index("Causes", ((c, c, words.say(f"cause.{c}.title")) for c in cause_ids())),
        "clients/README.md": _index("Clients", ((name, _file(name), _title(name)) for name in client_ids())),
        "cli.md": cli_page(),
        "limits.md": limits_page(),
    }


def cause_page(cause: str, words: Words) -> str:
    """One cause: the page of its own file, then what the catalogue and the profiles know."""
    first, _, rest = library.own_page(cause).partition("\n")
    parts = [MADE, f"# {cause}: {_plain(words.say(f'cause.{cause}.title'))}", _plain(first)]
    parts += _sections(rest)
    if alerts := library.alerts_of(cause, words):
        rows = [f"- {_plain(told)}: {_plain(', '.join(runs))}" for told, runs in alerts.items()]
        parts += [f"## {words.say('page.alerts')}", "\n".join(rows)]
    return _joined([*parts, f"`tlswhy causes {cause}` shows it in the terminal. [All causes](README.md)"])


def client_page(client: ClientSet, words: Words) -> str:
    """One client with all its sources; of a set of runtimes the product and its members."""
    parts = [MADE, f"# {client.id}: {_plain(client.title)}"]
    if len(client.members) > 1:
        members = "\n".join(f"- [{m.runtime}]({_file(m.runtime)}.md)" for m in client.members)
        documented = [f"- {name}: {_plain(', '.join(entries))}" for name, entries in client.documented.items()]
        sources = [f"- {words.say(f'source.{s.kind}')}: {_plain(s.text)}" for s in client.sources]
        parts += [_plain(words.say("page.stands-for", count=len(client.members))), members]
        parts += ["\n".join(documented), f"## {words.say('page.sources')}", "\n".join(sources)]
    else:
        (policy,) = client.members
        if not policy.measured:
            parts.append(_plain(words.say("says.client-not-measured")))
        for title, lines in library.client_facts(policy, words):
            told = [line for line in lines if line]
            if told:
                verbatim = title.startswith("jdk.")
                parts += [f"## {_plain(title)}", f"`{told[0]}`" if verbatim else _listed(told)]
    return _joined([*parts, f"`tlswhy clients {client.id}` shows it in the terminal. [All clients](README.md)"])


def limits_page() -> str:
    """What cannot be told, with the reason: data/limits.toml."""
    limits = load_table("limits.toml")["limit"]
    intro = "What tlswhy knows that it cannot tell. Each entry is held by a test, and the list only shrinks."
    parts = [MADE, "# Limits", intro]
    for limit in limits:
        told = f"Because: {_plain(limit['because'])}\n\nInstead: {_plain(limit['instead'])}"
        parts += [f"## {limit['id']}", _plain(limit["what"]), told]
    return _joined(parts)


def cli_page() -> str:
    """The help of every command, as it is printed."""
    parts = [MADE, "# Commands"]
    for arguments in ((), *((command,) for command in COMMANDS)):
        name = " ".join(("tlswhy", *arguments))
        parts += [f"## {name}", f"```\n{_help(arguments)}```"]
    return _joined(parts)


def stale() -> list[str]:
    """Pages below docs/ that are missing, old, or of something that is no more."""
    made = pages()
    found = {f"{folder}/{path.name}" for folder in FOLDERS for path in (DOCS / folder).glob("*.md")}
    wrong = {name for name, text in made.items() if not _is(DOCS / name, text)}
    return sorted(wrong | (found - set(made)))


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def _file(name: str) -> str:
    return name.replace("/", "-")


def _title(name: str) -> str:
    return load_client(name).title


def _index(title: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"- [{name}]({file}.md): {_plain(text)}" for name, file, text in rows]
    return _joined([MADE, f"# {title}", "\n".join(lines)])


def _sections(text: str) -> list[str]:
    """Lines at the margin are headings; those below are indented: their paragraphs."""
    parts: list[str] = []
    paragraph: list[str] = []
    for line in [*text.splitlines(), "."]:
        if line.startswith("    ") and line.strip():
            paragraph.append(line.strip())
            continue
        if paragraph:
            parts.append(_plain(" ".join(paragraph)))
            paragraph = []
        if line.strip(" ."):
            parts.append(f"## {_plain(line.strip())}")
    return parts


def _listed(lines: Sequence[str]) -> str:
    return _plain(lines[0]) if len(lines) == 1 else "\n".join(f"- {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is; what stands between two backticks is code."""
    pieces = text.split("``")
    return "".join(f"`{piece}`" if odd % 2 else _SPECIAL.sub(r"\\\1", piece) for odd, piece in enumerate(pieces))


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _help(arguments: Sequence[str]) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", "tlswhy", *arguments, "--help"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=True)
    return ran.stdout


def main() -> None:
    made = pages()
    for folder in FOLDERS:
        (DOCS / folder).mkdir(parents=True, exist_ok=True)
    for name in stale():
        if name in made:
            (DOCS / name).write_text(made[name], encoding="utf-8")
        else:
            (DOCS / name).unlink()


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(stale()) or 0)
    main()
