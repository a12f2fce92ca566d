"""``tlswhy lab``: list the servers with a known fault, keep some running, ask and explain them, capture one."""

from __future__ import annotations

import shlex
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tlswhy.cli.output import Canvas, canvas, check_format, destination, json_bytes, speak, write_text
from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.lab.cases import Case, all_cases, find_cases
from tlswhy.render import lab as paper
from tlswhy.render.ink import Line, Page, Span, painted
from tlswhy.render.words import Words

if TYPE_CHECKING:
    from tlswhy.lab.java import MachineJava
    from tlswhy.lab.servers import Running

ACTIONS = ("list", "up", "run", "capture")
FORMATS = {"list": ("text", "json"), "up": ("text",), "run": ("text", "json", "jsonl"), "capture": ("text",)}
AT_ONCE = 16
"""Servers asked at the same time: most of the time of a run is waiting for those that say nothing."""
NOT_ALL_EXPLAINED = 1
PORTS = 65535


@frozen
class Options:
    """The options as given."""

    action: str
    cases: list[str]
    java: bool
    port: str | None
    format: str
    output: str | None
    language: str
    color: str


def run(options: Options) -> int:
    """Do what the action says; the exit code."""
    words = speak(options.language)
    if options.action not in ACTIONS:
        raise BadRequest("lab-action", action=options.action, known=list(ACTIONS))
    check_format(f"lab {options.action}", options.format, FORMATS[options.action])
    look = canvas(options.color, options.output)
    match options.action:
        case "list":
            return _list(options, words, look)
        case "up":
            return _up(options, words, look)
        case "run":
            return _run(options, words, look)
        case _:
            return _capture(options, words)


def _list(options: Options, words: Words, look: Canvas) -> int:
    chosen = find_cases(options.cases) if options.cases else tuple(case for case in all_cases() if not case.twin_of)
    rows = [_row(case) for case in chosen]
    if options.format == "json":
        with destination(options.output) as stream:
            stream.write(json_bytes([paper.case_json(row, words) for row in rows], indent=2))
        return 0
    page = Page(look.width, look.unicode)
    paper.list_cases(rows, words, page)
    write_text(painted(page.lines, color=look.color), options.output)
    return 0


def _up(options: Options, words: Words, look: Canvas) -> int:
    """Until Ctrl-C, which is how it is meant to end."""
    if not options.cases:
        raise BadRequest("lab-no-case", action="up")
    chosen = find_cases(options.cases)
    first_port = _port(options.port)
    from tlswhy.lab.servers import Lab

    now = datetime.now(UTC)  # noqa: TID251 - a shell
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="tlswhy-lab-") as folder, Lab(Path(folder), now) as lab:
        page = Page(look.width, look.unicode)
        for running in lab.start(chosen, first_port):
            paper.show_running(_row(running.case), _ways(running, words), words, page)
        page.blank()
        page.write(Span(words.say("lab.running", count=len(chosen)), "strong"))
        write_text(painted(page.lines, color=look.color), options.output)
        sys.stdout.flush()
        try:
            ended.wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")
    sys.stderr.write(words.say("lab.ended") + "\n")
    return 0


def _run(options: Options, words: Words, look: Canvas) -> int:
    """Ask them all; 0 only where each was explained with its own cause, and Java says the same."""
    from tlswhy.lab.java import find_java

    chosen = find_cases(options.cases)
    java = find_java() if options.java else None
    began = time.monotonic()
    rows: list[paper.OutcomeRow] = []
    heads = [case for case in chosen if case.twin_of not in {other.id for other in chosen}]
    columns = max(len(case.id) for case in heads), max(len(case.client) for case in heads)
    with destination(options.output) as stream:

        def show(lines: Sequence[Line]) -> None:
            text = painted(lines, color=look.color)
            stream.write(text.encode("utf-8" if look.unicode else "ascii", "backslashreplace"))
            stream.flush()

        for pair in _pairs(_outcomes(chosen, java)):
            rows.extend(pair)
            if options.format == "text":
                show(paper.outcome_lines(pair, words, Page(look.width, look.unicode), columns))
            elif options.format == "jsonl":
                for row in pair:
                    stream.write(json_bytes(paper.outcome_json(row)))
        if options.format == "json":
            stream.write(json_bytes([paper.outcome_json(row) for row in rows], indent=2))
        elif options.format == "text":
            page = Page(look.width, look.unicode)
            paper.summary(rows, time.monotonic() - began, java.client.id if java else None, words, page)
            show(page.lines)
    return 0 if all(row.right and row.java_agrees is not False for row in rows) else NOT_ALL_EXPLAINED


def _pairs(rows: Iterator[paper.OutcomeRow]) -> Iterator[list[paper.OutcomeRow]]:
    """Each server with its twin, where that was asked too."""
    pair: list[paper.OutcomeRow] = []
    for row in rows:
        if pair and row.twin_of != pair[0].id:
            yield pair
            pair = []
        pair.append(row)
    if pair:
        yield pair


def _outcomes(chosen: Sequence[Case], java: MachineJava | None) -> Iterator[paper.OutcomeRow]:
    """In the order of the cases, each as soon as it is known; what Java says is asked once for all."""
    from tlswhy.lab.asking import Explained, explain_case
    from tlswhy.lab.servers import Lab

    now = datetime.now(UTC)  # noqa: TID251 - a shell
    with (
        tempfile.TemporaryDirectory(prefix="tlswhy-lab-") as folder,
        Lab(Path(folder), now) as lab,
        ThreadPoolExecutor(AT_ONCE) as workers,
    ):
        servers = lab.start(chosen)
        said = workers.submit(java.connect, servers) if java else None
        waiting: list[tuple[Future[Explained], Future[Explained] | None]] = [
            (
                workers.submit(explain_case, running, now),
                workers.submit(explain_case, running, now, java.client) if java else None,
            )
            for running in servers
        ]
        for own, machine in waiting:
            found = own.result()
            words = said.result().get(found.case.id, _SILENT) if said else None
            foretold = machine.result().accepted if machine else None
            yield paper.OutcomeRow(
                id=found.case.id,
                twin_of=found.case.twin_of,
                cause=found.case.cause,
                client=found.client,
                verdict=found.diagnosis.verdict.accepted.value if found.diagnosis else None,
                found=found.found,
                candidate=found.candidate,
                right=found.right,
                seconds=found.seconds,
                java_words=words,
                java_agrees=None if words is None or foretold is None else foretold == (not words),
            )


_SILENT = "nothing was said"


def _capture(options: Options, words: Words) -> int:
    """The case's client before its server, as a capture with the secrets that open it."""
    if len(options.cases) != 1:
        raise BadRequest("lab-no-case", action="capture")
    if options.output is None:
        raise BadRequest("lab-no-output")
    (case,) = find_cases(options.cases)
    from tlswhy.client.profiles import load_client
    from tlswhy.lab.asking import ask_case
    from tlswhy.lab.servers import Lab
    from tlswhy.lab.visit import visit

    now = datetime.now(UTC)  # noqa: TID251 - a shell
    with tempfile.TemporaryDirectory(prefix="tlswhy-lab-") as folder, Lab(Path(folder), now) as lab:
        (running,) = lab.start([case])
        if case.finishes:
            recording = visit(running)
        else:
            recording = ask_case(running, load_client(case.client).members[:1]).recording
        trust = Path(options.output).with_suffix(".trust.pem")
        with destination(options.output) as stream:
            stream.write(recording.pcapng())
        with destination(str(trust)) as stream:
            stream.write(running.trust.read_bytes())
    told = words.say("lab.captured", case=case.id, packets=len(recording.frames), file=options.output, trust=str(trust))
    sys.stderr.write(f"{told}\n")
    return 0


def _row(case: Case) -> paper.CaseRow:
    return paper.CaseRow(case.id, case.group, case.cause, case.refuses, case.accepts, case.has_twin)


def _ways(running: Running, words: Words) -> list[tuple[str, str]]:
    """What to type to see it: (whose way, the command)."""
    from tlswhy.lab.java import CONNECT

    case, trust = running.case, shlex.quote(str(running.trust))
    literal = case.host.replace(".", "").isdigit()
    at = case.host if literal else "localhost"
    url, address = f"https://{at}:{running.port}", f"{at}:{running.port}"
    explain = f"tlswhy explain {url} --client {case.client} --trust {trust}"
    explain += " --survey" if case.surveyed else ""
    check = f"-verify_ip {case.host}" if literal else f"-verify_hostname {case.host}"
    openssl = f"openssl s_client -connect {address} -CAfile {trust} -verify_return_error {check}"
    curl = f"curl --cacert {trust} {url}"
    if case.host != at:  # a name that leads nowhere: it is said, but not asked of DNS
        explain += f" --host {case.host} --sni {case.host}"
        openssl += f" -servername {case.host}"
        curl = f"curl --cacert {trust} --connect-to ::{address} https://{case.host}:{running.port}"
    java = f"java {shlex.quote(str(CONNECT))} {case.host} {running.port} {trust}"
    return [
        (words.say("lab.url"), url),
        (words.say("lab.trust"), str(running.trust)),
        (words.say("lab.try-tlswhy"), explain),
        (words.say("lab.try-openssl"), openssl),
        (words.say("lab.try-curl"), curl),
        (words.say("lab.try-java"), java),
    ]


def _port(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isdecimal() or not 0 < int(text) <= PORTS:
        raise BadRequest("lab-port", text=text)
    return int(text)
