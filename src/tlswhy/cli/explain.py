"""``tlswhy explain``: evidence in, the reason out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tlswhy.cli.clients import named_clients
from tlswhy.cli.evidence import EvidenceReading, read_password, read_trust_files
from tlswhy.cli.failure import NOTHING_READABLE, tell
from tlswhy.cli.only import parse_selection
from tlswhy.cli.output import canvas, check_format, destination, json_bytes, speak, write_text
from tlswhy.cli.progress import Progress
from tlswhy.client.profiles import ClientSet
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.evidence.types import Evidence
from tlswhy.frozen import frozen
from tlswhy.gather.targets import is_target
from tlswhy.render.words import Words
from tlswhy.report import Report
from tlswhy.verdict import Accepted

if TYPE_CHECKING:
    from tlswhy.cli.live import LiveTargets

FORMATS = ("text", "json", "jsonl", "markdown")
EXIT_CODES = {Accepted.NO: 1, Accepted.CANNOT_TELL: 3, Accepted.YES: 0}
WORST_FIRST = (Accepted.NO, Accepted.CANNOT_TELL, Accepted.YES)


@frozen
class Options:
    """The options as given, of every command that judges evidence."""

    evidence: list[str]
    clients: list[str] | None
    trust: list[str] | None
    host: str | None
    at: str | None
    foretell: bool
    keylog: str | None
    password: str | None
    java_security: list[str] | None
    only: str | None
    survey: bool
    sni: str | None
    starttls: str | None
    proxy: str | None
    save: str | None
    timeout: str | None
    format: str
    output: str | None
    language: str
    color: str
    platforms: list[str] | None = None


def run(options: Options) -> int:
    """Explain; the exit code is the worst verdict's."""
    words = speak(options.language)
    check_format("explain", options.format, FORMATS)
    look = canvas(options.color, options.output)
    reading, report = read_and_diagnose(options, named_clients(options.clients or ()), words)
    if not report.diagnoses:
        tell(reading.why_nothing(report, options.only), words)
        return NOTHING_READABLE
    if options.format == "text":
        from tlswhy.render.text import report_text

        write_text(report_text(report, words, look.width, color=look.color, unicode=look.unicode), options.output)
    elif options.format == "markdown":
        from tlswhy.render.markdown import report_markdown

        write_text(report_markdown(report, words), options.output)
    else:
        with destination(options.output) as stream:
            for line in _json_lines(report, words, options.format):
                stream.write(line)
    return exit_code(report)


def read_and_diagnose(
    options: Options, clients: Sequence[str | ClientSet], words: Words, *, side_by_side: bool = False
) -> tuple[EvidenceReading, Report]:
    """The evidence of the options, judged; whoever shows it tells what could not be read."""
    moment = parse_moment(options.at) if options.at else None
    selection = parse_selection(options.only) if options.only else None
    secret = read_password(options.password, options.evidence) if options.password is not None else None
    with Progress(words) as progress:
        live = _live(options, clients, progress)
        reading = EvidenceReading(
            options.evidence,
            options.keylog,
            words,
            progress=progress.of,
            properties=options.java_security or (),
            password=secret,
            live=live.ask if live is not None else None,
        )
        trust = read_trust_files(options.trust, secret, reading) if options.trust is not None else None
        evidence: Iterable[Evidence] = reading if live is None else list(reading)
        judge = partial(
            diagnose,
            clients=clients,
            host=options.host,
            moment=moment,
            now=datetime.now(UTC),  # noqa: TID251 - a shell
            trust=trust,
            trusted_at=reading.trusted_at,
            foretell=options.foretell,
            only=selection.matches if selection else None,
            side_by_side=side_by_side,
            plans=not side_by_side,
            platforms=options.platforms or (),
            effects=not side_by_side and (options.platforms is not None or options.format != "text"),
        )
        report = judge(evidence)
        if live is not None and not side_by_side and (pages := live.pages(report)):
            report = judge([*evidence, *pages])
    if live is not None and options.save is not None:
        live.save(options.save)
    return reading, report


def _live(options: Options, clients: Sequence[str | ClientSet], progress: Progress) -> LiveTargets | None:
    """None where no target is named: then nothing of it is even imported. Raises BadRequest for options in vain."""
    if not any(is_target(name) for name in options.evidence):
        given = next((name for name in LIVE_OPTIONS if getattr(options, name) not in (None, False)), None)
        if given is not None:
            raise BadRequest("live-option", option=f"--{given}")
        return None
    from tlswhy.cli.live import live_targets

    return live_targets(options, clients, progress.asking)


LIVE_OPTIONS = ("survey", "sni", "starttls", "proxy", "save", "timeout")


def exit_code(report: Report) -> int:
    """Several diagnoses: refused before cannot tell before accepted."""
    seen = {diagnosis.verdict.accepted for diagnosis in report.diagnoses}
    return next(EXIT_CODES[verdict] for verdict in WORST_FIRST if verdict in seen)


def parse_moment(text: str) -> datetime:
    """ISO 8601, UTC where it names no zone; raises BadRequest."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRequest("bad-time", text=text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json_lines(report: Report, words: Words, style: str) -> Iterator[bytes]:
    from tlswhy.render.json import diagnosis_json, report_json

    if style == "json":
        yield json_bytes(report_json(report, words), indent=2)
        return
    for diagnosis in report.diagnoses:
        yield json_bytes(diagnosis_json(diagnosis, words))


__all__ = ["BadEvidence", "Options", "exit_code", "parse_moment", "read_and_diagnose", "run"]
