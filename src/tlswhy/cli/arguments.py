"""The commands, their options, and their help. What a command does is in the module of its name, imported when it runs.

argparse and not Typer: importing Typer and, with its first parameter, pydantic costs 75 ms (argparse 6), which is half
of what a whole ``explain`` may take (contract.md §5: 20 times a bare Python). Measured with bench/cold.py.
"""

from __future__ import annotations

import argparse
from typing import NoReturn

from tlswhy.cli.output import spoken, write_text
from tlswhy.errors import BadRequest
from tlswhy.render.words import Words

COMMANDS = ("explain", "handshakes", "matrix", "learn", "prove", "clients", "causes", "platforms", "lab")
JUDGING = ("explain", "matrix")
READING = ("explain", "handshakes", "matrix", "learn")
_ASKING_AGAIN = (("starttls", "KIND"), ("proxy", "URL"), ("timeout", "S"))
_LIVE = (("sni", "NAME|none"), *_ASKING_AGAIN, ("save", "FILE.pcapng"))
_BEFORE_THE_COMMAND = ("--lang", "--version", "--help", "-h")
_TARGETS = {
    "explain": "EVIDENCE...",
    "matrix": "EVIDENCE...",
    "handshakes": "CAPTURE...",
    "learn": "CAPTURE...",
    "prove": "REPORT.json",
    "lab": "list|up|run|capture [CASE...]",
}


def call(arguments: list[str]) -> int:
    """Parse the arguments and run the command; the exit code."""
    words = spoken(arguments)
    plain = (at for at, word in enumerate(arguments) if not word.startswith("-"))
    at = next((at for at in plain if not _of_lang(arguments, at)), None)
    name = None if at is None else arguments[at]
    before = arguments[:at]
    if "--version" in before:
        return _print_version()
    if name is None:
        overview = _overview(words)
        _refuse_unknown(overview, arguments)
        return _print(_help(overview, words))
    if name not in COMMANDS:
        from difflib import get_close_matches

        near = get_close_matches(name, COMMANDS, 1)
        raise BadRequest("unknown-command", command=name, nearest=near[0] if near else None)
    # Options before the command's name are the command's own.
    rest = [*before, *arguments[len(before) + 1 :]]
    parser = _parser(name, words)
    if {"-h", "--help"} & set(rest):
        return _print(_help(parser, words))
    _refuse_unknown(parser, rest)
    return _run(name, parser.parse_intermixed_args(rest))


def _refuse_unknown(parser: argparse.ArgumentParser, arguments: list[str]) -> None:
    """argparse looks for what is missing first; a mistyped option is why it is missing."""
    known = {*parser._option_string_actions, *_BEFORE_THE_COMMAND}
    if any(word[:1] == "-" and word.partition("=")[0] not in known for word in arguments):
        from tlswhy.cli.complaints import unknown_option

        if fault := unknown_option(arguments, known, parser.prog):
            raise fault


def _run(name: str, options: argparse.Namespace) -> int:
    given = {key: value for key, value in vars(options).items() if key != "debug"}
    match name:
        case "explain":
            from tlswhy.cli import explain

            return explain.run(explain.Options(**given))
        case "handshakes":
            from tlswhy.cli import handshakes

            return handshakes.run(handshakes.Options(**given))
        case "matrix":
            from tlswhy.cli import explain, matrix

            return matrix.run(explain.Options(**given))
        case "learn":
            from tlswhy.cli import learn

            return learn.run(learn.Options(**given))
        case "prove":
            from tlswhy.cli import prove

            return prove.run(prove.Options(**given))
        case "clients":
            from tlswhy.cli import library

            return library.run_clients(library.Options(**given))
        case "lab":
            from tlswhy.cli import lab

            return lab.run(lab.Options(**given))
        case "causes":
            from tlswhy.cli import library

            return library.run_causes(library.Options(**given))
        case _:
            from tlswhy.cli import library

            return library.run_platforms(library.Options(**given))


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ours: one line and a hint."""

    def error(self, message: str) -> NoReturn:
        from tlswhy.cli.complaints import complaint

        raise complaint(message, self.prog)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Option names in a column of their own, examples as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _lines(text, width)


def _overview(words: Words) -> _Parser:
    lines = "\n".join(f"  {name:<12} {words.say(f'help.{name}')}" for name in COMMANDS)
    say = words.say
    return _Parser(
        prog="tlswhy",
        usage="tlswhy COMMAND [OPTION...] [EVIDENCE...]",
        description=f"{_folded(say('help.tlswhy'))}\n\n{say('help.title-commands')}:\n{lines}",
        epilog=f"{say('help.tlswhy-more')}\n\n{say('help.title-examples')}:\n{_indented(say('help.tlswhy-examples'))}",
        formatter_class=_Formatter,
        add_help=False,
    )


def _parser(name: str, words: Words) -> _Parser:
    say = words.say
    target = _TARGETS.get(name, "[ID]")
    parser = _Parser(
        prog=f"tlswhy {name}",
        usage=f"tlswhy {name} [OPTION...] {target}",
        description=say(f"help.{name}"),
        epilog=f"{say('help.title-examples')}:\n{_indented(say(f'help.{name}-examples'))}",
        formatter_class=_Formatter,
        add_help=False,
        allow_abbrev=False,
    )
    what = parser.add_argument_group(say("help.title-arguments"))
    options = parser.add_argument_group(say("help.title-options"))
    if name in JUDGING:
        what.add_argument("evidence", metavar="EVIDENCE", nargs="+", help=say("help.evidence"))
        for option, variable, metavar, repeatable in (
            ("--client", "clients", "ID|FILE", True),
            ("--trust", "trust", "FILE|DIR", True),
            ("--host", "host", "NAME", False),
            ("--at", "at", "ISO-8601", False),
        ):
            action = "append" if repeatable else "store"
            help_text = say("help.client-matrix" if (name, option) == ("matrix", "--client") else f"help.{option[2:]}")
            options.add_argument(option, dest=variable, metavar=metavar, action=action, help=help_text)
        options.add_argument("--foretell", action="store_true", help=say("help.foretell"))
        options.add_argument("--password", metavar="FILE|-", help=say("help.password"))
        options.add_argument("--java-security", metavar="FILE", action="append", help=say("help.java-security"))
        if name == "explain":
            options.add_argument(
                "--platform", dest="platforms", metavar="ID", action="append", help=say("help.platform")
            )
    elif name in ("handshakes", "learn"):
        what.add_argument("captures", metavar="CAPTURE", nargs="+", help=say("help.captures"))
    elif name == "prove":
        what.add_argument("report", metavar="REPORT.json", help=say("help.report"))
        options.add_argument("--java-security", metavar="FILE", action="append", help=say("help.java-security"))
        _add_live(parser.add_argument_group(say("help.title-live")), words, _ASKING_AGAIN)
    elif name == "lab":
        what.add_argument("action", metavar="list|up|run|capture", help=say("help.lab-action"))
        what.add_argument("cases", metavar="CASE", nargs="*", help=say("help.lab-cases"))
        options.add_argument("--java", action="store_true", help=say("help.lab-java"))
        options.add_argument("--port", metavar="N", help=say("help.lab-port"))
    else:
        what.add_argument("id", metavar="ID", nargs="?", help=say("help.id"))
    if name in READING:
        options.add_argument("--keylog", metavar="FILE", help=say("help.keylog"))
        options.add_argument("--only", metavar="EXPR", help=say("help.only"))
    if name in JUDGING:
        live = parser.add_argument_group(say("help.title-live"))
        live.add_argument("--survey", action="store_true", help=say("help.survey"))
        _add_live(live, words, _LIVE)
    if name != "learn":
        formats = "text|json|jsonl" if name in READING else "text|json"
        formats += "|markdown" if name in ("explain", "prove") else ""
        options.add_argument("--format", default="text", metavar=formats, help=say("help.format"))
    options.add_argument("--output", metavar="FILE", help=say("help.output"))
    options.add_argument("--lang", dest="language", default="en", metavar="LANG", help=say("help.lang"))
    options.add_argument("--color", default="auto", metavar="auto|always|never", help=say("help.color"))
    options.add_argument("--debug", action="store_true", help=say("help.debug"))
    options.add_argument("-h", "--help", action="help", help=say("help.help"))
    return parser


def _add_live(group: argparse._ArgumentGroup, words: Words, wanted: tuple[tuple[str, str], ...]) -> None:
    """Options for live targets."""
    for option, metavar in wanted:
        group.add_argument(f"--{option}", metavar=metavar, help=words.say(f"help.{option}"))


def _of_lang(arguments: list[str], at: int) -> bool:
    """Whether a word is the language of ``--lang LANG``: that option alone may stand before there is a command."""
    return at > 0 and arguments[at - 1] == "--lang"


def _folded(text: str) -> str:
    import shutil

    return "\n".join(_lines(text, max(20, shutil.get_terminal_size().columns - 2)))


def _help(parser: argparse.ArgumentParser, words: Words) -> str:
    """argparse's page; what it says by itself is English and has half-width colons."""
    text = parser.format_help().replace("usage: ", words.say("help.usage"), 1)
    colon = words.colon.rstrip()
    if colon != ":":
        for title in ("commands", "arguments", "options", "live", "examples"):
            heading = words.say(f"help.title-{title}")
            text = text.replace(f"{heading}:\n", f"{heading}{colon}\n")
    return text


def _lines(text: str, width: int) -> list[str]:
    """Wrapped by columns, where argparse would count characters: an ideograph takes two."""
    import textwrap

    if text.isascii():
        return textwrap.wrap(text, width)
    from tlswhy.render.ink import Span, wrap

    return ["".join(span.text for span in line) for line in wrap([Span(text)], width, width)]


def _indented(lines: str) -> str:
    return "\n".join(f"  {line}" for line in lines.strip().splitlines())


def _print(text: str) -> int:
    write_text(text, None)
    return 0


def _print_version() -> int:
    from importlib.metadata import version

    return _print(f"tlswhy {version('tlswhy')}\n")
