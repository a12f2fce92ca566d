"""``tlswhy matrix``: the same server, judged for many clients side by side."""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.cli.clients import named_clients
from tlswhy.cli.explain import Options, read_and_diagnose
from tlswhy.cli.failure import NOTHING_READABLE, tell
from tlswhy.cli.output import canvas, check_format, destination, json_bytes, speak, write_text
from tlswhy.client.profiles import client_ids
from tlswhy.render.matrix import Table, matrix_json, matrix_lines, matrix_text, tables
from tlswhy.render.words import Words
from tlswhy.report import Report

FORMATS = ("text", "json", "jsonl")


def run(options: Options) -> int:
    """Judge for every known client, or those that are named; 0 when there was something to judge."""
    words = speak(options.language)
    check_format("matrix", options.format, FORMATS)
    look = canvas(options.color, options.output)
    clients = named_clients(dict.fromkeys(options.clients or client_ids()))
    reading, report = read_and_diagnose(options, clients, words, side_by_side=True)
    if not report.diagnoses:
        tell(reading.why_nothing(report, options.only), words)
        return NOTHING_READABLE
    found = tables(report, [client if isinstance(client, str) else client.id for client in clients], words)
    if options.format == "text":
        write_text(matrix_text(found, words, look.width, color=look.color, unicode=look.unicode), options.output)
        return 0
    with destination(options.output) as stream:
        for line in _json_lines(found, report, words, options.format):
            stream.write(line)
    return 0


def _json_lines(found: tuple[Table, ...], report: Report, words: Words, style: str) -> Iterator[bytes]:
    if style == "json":
        yield json_bytes(matrix_json(found, report, words), indent=2)
        return
    for row in matrix_lines(found):
        yield json_bytes(row)
