"""``tlswhy learn``: a client's profile out of a capture, for ``--client FILE``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tlswhy.cli.evidence import EvidenceReading
from tlswhy.cli.failure import NOTHING_READABLE, tell, tell_lines
from tlswhy.cli.only import parse_selection
from tlswhy.cli.output import speak, write_text
from tlswhy.cli.progress import Progress
from tlswhy.client.learn import Sighting, by_client, profile_text
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake
from tlswhy.observe.flight import flight_of
from tlswhy.pki.certificate import Certificate
from tlswhy.render.layout import frames
from tlswhy.report import Report
from tlswhy.side import Side
from tlswhy.unseen import Unseen
from tlswhy.verdict import Certainty, Verdict
from tlswhy.wire.numbers import alert_name, group_name, scheme_name, suite_name, version_name

FATAL = 2
MOST_NAMES = 3
"""Captures that are named in the title of what was learnt."""


@frozen
class Options:
    """The options as given."""

    captures: list[str]
    keylog: str | None
    only: str | None
    output: str | None
    language: str
    color: str


def run(options: Options) -> int:
    """Write the profile of the client that is seen most."""
    words = speak(options.language)
    selection = parse_selection(options.only) if options.only else None
    with Progress(words) as progress:
        reading = EvidenceReading(options.captures, options.keylog, words, progress=progress.of)
        wanted = selection.matches if selection else None
        report = diagnose(reading, now=datetime.now(UTC), only=wanted, plans=False)  # noqa: TID251 - a shell
    for failure in reading.failures:
        tell(failure, words)
    seen = list(sightings(report))
    if not seen:
        if reading.read:
            item = ", ".join(options.captures)
            nothing = reading.why_nothing(report, options.only) if not report.diagnoses else None
            tell(nothing or BadEvidence(item, "", "no-client-hello"), words)
        return NOTHING_READABLE
    (client, *others) = by_client([sighting for sighting, _ in seen])
    if others:
        left_out = {id(sighting) for group in others for sighting in group}
        places = frames([handshake for sighting, handshake in seen if id(sighting) in left_out], words)
        tell_lines(words.say("learn.others", count=len(others), frames=places), words.say("learn.others-hint"))
    kept = {id(sighting) for sighting in client}
    names = [Path(handshake.item).name for sighting, handshake in seen if id(sighting) in kept]
    write_text(profile_text(client, _some_of(list(dict.fromkeys(names)))), options.output)
    return 0


def _some_of(names: list[str]) -> str:
    """For the title of a profile, which is a file for every language."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def sightings(report: Report) -> Iterator[tuple[Sighting, Handshake]]:
    """Every connection with a ClientHello, as it was judged, in the order of frames."""
    found: dict[int, tuple[Sighting, Handshake]] = {}
    for diagnosis in report.diagnoses:
        stories = [(diagnosis.verdict, diagnosis.handshakes), *((o.verdict, o.handshakes) for o in diagnosis.others)]
        for verdict, handshakes in stories:
            for handshake in handshakes:
                if handshake.client_hello is not None:
                    found.setdefault(id(handshake), (_sighting(handshake, verdict), handshake))
    yield from sorted(found.values(), key=lambda pair: (pair[1].item, pair[1].first_frame))


def _sighting(handshake: Handshake, verdict: Verdict) -> Sighting:
    assert handshake.client_hello is not None
    alert = next(
        (
            told.message.description
            for told in handshake.alerts
            if told.message.span.sender is Side.CLIENT and told.message.level == FATAL
        ),
        None,
    )
    head = verdict.refusals[0] if verdict.refusals else None
    facts: dict[str, object] = {"verdict": verdict.accepted.value, **_of_server(handshake)}
    if head is not None:
        facts |= {"cause": head.cause, "by": head.by, "certainty": head.certainty.value}
    if alert is not None:
        facts["alert"] = alert_name(alert)
    sure = head is not None and head.by == "client" and not head.candidates and head.certainty is not Certainty.FORETOLD
    cause = head.cause if head is not None and sure and not head.cause.startswith("client-") else None
    place = f"frame {handshake.client_hello.frame} of {Path(handshake.item).name}"
    return Sighting(handshake.client_hello.message, place, facts, cause, alert)


def _of_server(handshake: Handshake) -> dict[str, object]:
    """What the client was shown, without who showed it."""
    flight = flight_of(handshake)
    facts: dict[str, object] = {
        "version": _named(flight.version, version_name),
        "suite": _named(flight.suite, suite_name),
        "group": _named(flight.group, group_name),
        "scheme": _named(flight.scheme, scheme_name),
    }
    if flight.dh is not None and not isinstance(flight.dh, Unseen):
        facts["dh_bits"] = flight.dh.prime_bits
    if flight.chain and not isinstance(flight.chain, Unseen):
        facts["chain"] = [_certificate(certificate) for certificate in flight.chain]
    return {name: value for name, value in facts.items() if value is not None}


def _named(number: object, name_of: Callable[[int], str]) -> str | None:
    return name_of(number) if isinstance(number, int) else None


def _certificate(certificate: Certificate) -> str:
    key = certificate.public_key
    kind = f"{key.algorithm} {key.curve or key.bits or ''}".strip()
    return f"{kind}, {certificate.signature.name}"
