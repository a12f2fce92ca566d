"""``tlswhy prove``: the same hello to the same server again, after somebody changed something; before and after.

Reads what ``explain --format json`` wrote, asks each of its servers once more and judges the answer as ever. Owns
which question of the report is asked again; the words are ``render.prove``'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tlswhy.cli.evidence import read_java_security, read_named
from tlswhy.cli.live import NO_NAME, hellos_for, manner_of
from tlswhy.cli.output import canvas, check_format, destination, json_bytes, speak, write_text
from tlswhy.cli.progress import Progress
from tlswhy.client.brought import client_of_text
from tlswhy.client.hello import form_of_hello
from tlswhy.client.profiles import ClientSet, load_client
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.evidence.types import Asked, Evidence, SecurityProperties, SystemProperties
from tlswhy.frozen import frozen
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.probe import Hello
from tlswhy.gather.starttls import DIALOGUES
from tlswhy.gather.targets import Target, target_of
from tlswhy.model.where import Where
from tlswhy.negotiate import offer_of_hello
from tlswhy.pki.stores import read_certificates
from tlswhy.remedy.platforms import platform_ids
from tlswhy.render.prove import Proof, proofs_json, proofs_markdown, proofs_text
from tlswhy.report import SCHEMA
from tlswhy.side import Side
from tlswhy.verdict import Accepted
from tlswhy.wire.hello import read_client_hello
from tlswhy.wire.messages import Span

FORMATS = ("text", "json", "markdown")
USUAL_RECORD_VERSION = 0x0301
LARGEST_REPORT = 64 << 20
EXIT_CODES = {Accepted.NO: 1, Accepted.CANNOT_TELL: 3, Accepted.YES: 0}


@frozen
class Options:
    """The options as given."""

    report: str
    java_security: list[str] | None
    starttls: str | None
    proxy: str | None
    timeout: str | None
    format: str
    output: str | None
    language: str
    color: str


def run(options: Options) -> int:
    """Ask again; 0 where every server is now accepted."""
    words = speak(options.language)
    check_format("prove", options.format, FORMATS)
    look = canvas(options.color, options.output)
    asked = list(_questions(options.report))
    properties = [found for name in options.java_security or () for found in read_java_security(name)]
    with Progress(words) as progress:
        proofs = [_again(question, properties, question.manner(options), progress) for question in asked]
    if options.format == "json":
        with destination(options.output) as stream:
            stream.write(json_bytes(proofs_json(proofs, words), indent=2))
    elif options.format == "markdown":
        write_text(proofs_markdown(proofs, words), options.output)
    else:
        text = proofs_text(proofs, words, look.width, color=look.color, unicode=look.unicode)
        write_text(text, options.output)
    verdicts = {proof.after.verdict.accepted for proof in proofs}
    return next(EXIT_CODES[verdict] for verdict in EXIT_CODES if verdict in verdicts)


@frozen
class _Question:
    """One diagnosis of the report, as far as it can be asked again. ``hello``: the handshake message, where seen."""

    before: Mapping[str, Any]
    target: Target
    address: str | None
    """Where it is; None: where its name says."""
    starttls: str | None
    proxy: str | None
    host: str | None
    client: ClientSet | None
    """None: one without a profile; of it the hello is all that is known."""
    hello: bytes | None
    record_version: int
    trust: list[bytes] | None
    set_up: tuple[Evidence, ...]
    platforms: tuple[str, ...]

    def manner(self, options: Options) -> Manner:
        """On the way that was taken then, unless an option names another, or none at all."""
        starttls, proxy = options.starttls or self.starttls, options.proxy or self.proxy
        if starttls == self.starttls and starttls is not None and starttls not in DIALOGUES:
            raise BadRequest("opening-not-spoken", protocol=starttls, known=", ".join(DIALOGUES))
        given = (None if each == NO_NAME else each for each in (proxy, starttls))
        return replace(manner_of(options.timeout, *given), address=self.address)


def _questions(name: str) -> Iterator[_Question]:
    """Those of the report that name a server; raises BadRequest where there are none, or it is no report."""
    try:
        report = json.loads(read_named(None, name, LARGEST_REPORT))
    except (ValueError, RecursionError):
        raise BadRequest("not-a-report", item=name) from None
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise BadRequest("not-a-report", item=name)
    questions = []
    try:
        for before in report["diagnoses"]:
            replay = before["replay"]
            if replay["server"] or replay.get("target"):
                questions.append(_question(before, replay))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadRequest("report-incomplete", item=name) from None
    if not questions:
        raise BadRequest("report-without-server", item=name)
    yield from questions


def _question(before: Mapping[str, Any], replay: Mapping[str, Any]) -> _Question:
    trust = replay["trust_pem"]
    ders = None if trust is None else [entry.certificate.der for entry in read_certificates(trust.encode())]
    hello = bytes.fromhex(replay["hello_hex"]) if replay["hello_hex"] else None
    version = int(replay.get("record_version") or USUAL_RECORD_VERSION)
    # the address that answered then; where a proxy stood between, or nobody was reached, whom we wanted
    named = replay.get("target") if replay.get("proxy") or not replay["server"] else None
    target = target_of(str(named or replay["server"]))
    return _Question(
        before=before,
        target=target if named or not replay["host"] else replace(target, host=str(replay["host"])),
        address=None if named else target.host,
        starttls=replay.get("starttls"),
        proxy=replay.get("proxy"),
        host=replay["host"],
        client=_client(replay),
        hello=hello,
        record_version=version,
        trust=ders,
        set_up=tuple(map(_set_up, replay.get("set_up") or ())),
        platforms=tuple(name for name in replay.get("platforms") or () if name in platform_ids()),
    )


def _client(replay: Mapping[str, Any]) -> ClientSet | None:
    """The client of the report: a profile that somebody brought came along with it."""
    name = str(replay["client"])
    if replay.get("profile"):
        base, _, layer = name.partition("@")
        return client_of_text(str(replay["profile"]), base.partition("/")[2], layer)
    try:
        client = load_client(name)
    except BadRequest:
        return None
    runtimes = tuple(map(str, replay.get("runtimes") or ()))
    narrowed = client.with_runtimes(runtimes) if runtimes and len(client.members) > 1 else client.members
    return replace(client, members=narrowed)


def _set_up(given: Mapping[str, Any]) -> Evidence:
    item, values, places = str(given["item"]), given["values"], given["places"]
    where = {name: Where(item, str(places[name])) for name in values}
    kind = SecurityProperties if given["kind"] == "java.security" else SystemProperties
    return kind(item, {name: str(value) for name, value in values.items()}, where)


def _again(question: _Question, properties: Sequence[Evidence], manner: Manner, progress: Progress) -> Proof:
    clients = () if question.client is None else (question.client,)
    if question.hello is not None:
        seen, _ = read_client_hello(question.hello, Span(Side.CLIENT, 0, len(question.hello)), question.record_version)
        hellos = [Hello(offer_of_hello(seen), form_of_hello(seen), seen.server_name)]
        heard = ask(question.target, hellos, manner, progress.asking).evidence
        evidence = [replace(each, own_hello=True) if isinstance(each, Asked) else each for each in heard]
    else:
        sent = hellos_for(clients, question.target, None if question.host else NO_NAME)
        if not sent:
            raise BadRequest("report-incomplete", item=question.target.text)
        evidence = list(ask(question.target, sent, manner, progress.asking).evidence)
    report = diagnose(
        [*(properties or question.set_up), *evidence],
        clients=clients,
        host=question.host,
        now=datetime.now(UTC),  # noqa: TID251 - a shell
        trust=question.trust,
        platforms=question.platforms,
    )
    if not report.diagnoses:
        raise BadEvidence(question.target.text, "", "nothing-to-judge")
    return Proof(question.before, report.diagnoses[0])
