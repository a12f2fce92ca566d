"""The commands and their options. What a command does is in the module of its name, imported when it runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer._click.exceptions import ClickException

from tlswhy.render.words import languages, load_words

_SPOKEN = next(
    (value for option, value in zip(sys.argv, sys.argv[1:], strict=False) if option == "--lang"),
    "en",
)
_WORDS = load_words(_SPOKEN if _SPOKEN in languages() else "en")
_HELP = _WORDS.table("help")


def _help(name: str) -> str:
    return str(_HELP[name])


app = typer.Typer(
    name="tlswhy",
    help=_help("tlswhy"),
    epilog=_help("tlswhy-examples"),
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Evidence = Annotated[list[str], typer.Argument(metavar="EVIDENCE...", help=_help("evidence"), show_default=False)]
Captures = Annotated[list[str], typer.Argument(metavar="CAPTURE...", help=_help("captures"), show_default=False)]
Clients = Annotated[list[str] | None, typer.Option("--client", metavar="ID", help=_help("client"))]
Trust = Annotated[list[str] | None, typer.Option("--trust", metavar="FILE|DIR", help=_help("trust"))]
Host = Annotated[str | None, typer.Option("--host", metavar="NAME", help=_help("host"))]
At = Annotated[str | None, typer.Option("--at", metavar="ISO-8601", help=_help("at"))]
Foretell = Annotated[bool, typer.Option("--foretell", help=_help("foretell"))]
Keylog = Annotated[str | None, typer.Option("--keylog", metavar="FILE", help=_help("keylog"))]
Password = Annotated[str | None, typer.Option("--password", metavar="FILE|-", help=_help("password"))]
Only = Annotated[str | None, typer.Option("--only", metavar="EXPR", help=_help("only"))]
Format = Annotated[str, typer.Option("--format", metavar="text|json|jsonl", help=_help("format"))]
ListFormat = Annotated[str, typer.Option("--format", metavar="text|json", help=_help("format"))]
Output = Annotated[str | None, typer.Option("--output", metavar="FILE", help=_help("output"))]
Lang = Annotated[str, typer.Option("--lang", metavar="LANG", help=_help("lang"))]
Color = Annotated[str, typer.Option("--color", metavar="auto|always|never", help=_help("color"))]
Debug = Annotated[bool, typer.Option("--debug", help=_help("debug"))]
Identifier = Annotated[str | None, typer.Argument(metavar="[ID]", help=_help("id"), show_default=False)]


def call(arguments: list[str]) -> int:
    """Parse the arguments and run the command; the exit code."""
    try:
        result = app(arguments, prog_name="tlswhy", standalone_mode=False)
    except typer.Exit as left:
        return left.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except ClickException as error:
        from tlswhy.cli.failure import WRONG_USAGE, tell_lines

        command = getattr(getattr(error, "ctx", None), "info_name", None)
        named = f"{command} " if command and command != "tlswhy" else ""
        message = error.format_message().strip()
        tell_lines(message[:1].lower() + message[1:].rstrip("."), _WORDS.say("error.bad-option-hint", command=named))
        return WRONG_USAGE
    return result if isinstance(result, int) else 0


@app.callback(invoke_without_command=True)
def _tlswhy(
    version: Annotated[bool, typer.Option("--version", help=_help("version"))] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"tlswhy {installed('tlswhy')}")
        raise typer.Exit


@app.command(help=_help("explain"), epilog=_help("explain-examples"))
def explain(
    evidence: Evidence,
    client: Clients = None,
    trust: Trust = None,
    host: Host = None,
    at: At = None,
    foretell: Foretell = False,
    keylog: Keylog = None,
    password: Password = None,
    only: Only = None,
    format: Format = "text",  # noqa: A002 - the option's name
    output: Output = None,
    lang: Lang = "en",
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    from tlswhy.cli.explain import Options, run

    return run(
        Options(
            evidence=evidence,
            clients=client or [],
            trust=trust,
            host=host,
            at=at,
            foretell=foretell,
            keylog=keylog,
            password=password,
            only=only,
            format=format,
            output=output,
            language=lang,
            color=color,
        )
    )


@app.command(help=_help("handshakes"), epilog=_help("handshakes-examples"))
def handshakes(
    captures: Captures,
    keylog: Keylog = None,
    only: Only = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
    lang: Lang = "en",
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    from tlswhy.cli.handshakes import run

    return run(captures, keylog=keylog, only=only, format=format, output=output, language=lang, color=color)


@app.command(help=_help("clients"), epilog=_help("clients-examples"))
def clients(
    id: Identifier = None,  # noqa: A002
    format: ListFormat = "text",  # noqa: A002
    output: Output = None,
    lang: Lang = "en",
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    from tlswhy.cli.library import run_clients

    return run_clients(id, format=format, output=output, language=lang, color=color)


@app.command(help=_help("causes"), epilog=_help("causes-examples"))
def causes(
    id: Identifier = None,  # noqa: A002
    format: ListFormat = "text",  # noqa: A002
    output: Output = None,
    lang: Lang = "en",
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    from tlswhy.cli.library import run_causes

    return run_causes(id, format=format, output=output, language=lang, color=color)
