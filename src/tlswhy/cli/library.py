"""``tlswhy clients``, ``causes`` and ``platforms``: what is known, with sources; with an ID, one of them."""

from __future__ import annotations

from tlswhy.cli.clients import named_clients
from tlswhy.cli.output import canvas, check_format, destination, json_bytes, speak, write_text
from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.render import library
from tlswhy.render.ink import Page, painted

FORMATS = ("text", "json")
MOST_NEAR = 3


@frozen
class Options:
    """The options as given."""

    id: str | None
    format: str
    output: str | None
    language: str
    color: str


def run_causes(options: Options) -> int:
    """List the causes, or explain one."""
    from tlswhy.causes import cause_ids

    words = speak(options.language)
    check_format("causes", options.format, FORMATS)
    known = cause_ids()
    if options.id is not None and options.id not in known:
        raise BadRequest("unknown-cause", id=options.id, nearest=near(options.id, known))
    chosen = known if options.id is None else (options.id,)
    if options.format == "json":
        values = [library.cause_json(cause, words) for cause in chosen]
        return _write_json(values if options.id is None else values[0], options)
    look = canvas(options.color, options.output)
    page = Page(look.width, look.unicode)
    if options.id is None:
        library.list_causes(chosen, words, page)
    else:
        library.show_cause(options.id, words, page)
    write_text(painted(page.lines, color=look.color), options.output)
    return 0


def run_clients(options: Options) -> int:
    """List the clients, or show one."""
    from tlswhy.client.profiles import client_ids, load_client

    words = speak(options.language)
    check_format("clients", options.format, FORMATS)
    named = named_clients(client_ids() if options.id is None else (options.id,))
    sets = [load_client(client) if isinstance(client, str) else client for client in named]
    if options.format == "json":
        values = [library.client_json(found.id, found.members, found.sources) for found in sets]
        return _write_json(values if options.id is None else values[0], options)
    look = canvas(options.color, options.output)
    page = Page(look.width, look.unicode)
    if options.id is None:
        library.list_clients([(found.id, found.members) for found in sets], words, page)
    elif len(sets[0].members) > 1:
        library.show_set(sets[0].id, sets[0].title, sets[0].members, words, page)
    else:
        library.show_client(sets[0].members[0], words, page)
    write_text(painted(page.lines, color=look.color), options.output)
    return 0


def run_platforms(options: Options) -> int:
    """List the platforms, or show what can be changed on one."""
    from tlswhy.remedy.platforms import load_platform, platform_ids

    words = speak(options.language)
    check_format("platforms", options.format, FORMATS)
    known = platform_ids()
    if options.id is not None and options.id not in known:
        raise BadRequest("unknown-platform", id=options.id, nearest=near(options.id, known))
    chosen = [load_platform(name) for name in (known if options.id is None else (options.id,))]
    if options.format == "json":
        values = [library.platform_json(platform) for platform in chosen]
        return _write_json(values if options.id is None else values[0], options)
    look = canvas(options.color, options.output)
    page = Page(look.width, look.unicode)
    if options.id is None:
        library.list_platforms(chosen, words, page)
    else:
        library.show_platform(chosen[0], words, page)
    write_text(painted(page.lines, color=look.color), options.output)
    return 0


def near(wanted: str, known: tuple[str, ...]) -> list[str] | None:
    """The IDs most like the one that does not exist."""
    from difflib import get_close_matches

    return get_close_matches(wanted, known, MOST_NEAR, 0.4) or None


def _write_json(value: object, options: Options) -> int:
    with destination(options.output) as stream:
        stream.write(json_bytes(value, indent=2))
    return 0
