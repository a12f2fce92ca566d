"""Where pieces of evidence about one server contradict each other: reported, never resolved in silence.

Owns four: a chain in a file that is not the one the connection shows, a configuration without what the server chose,
one by which it would have answered otherwise, and stores of which only some hold the anchor that makes the difference.
Decides nothing: the verdict stands on what it stood on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.evidence.types import ShownCertificates
from tlswhy.grounds import bare_refusal
from tlswhy.model.flight import Flight
from tlswhy.model.handshake import Handshake
from tlswhy.negotiate import offer_of_hello
from tlswhy.observe.connections import Observed
from tlswhy.observe.flight import flight_of
from tlswhy.pki.certificate import read_certificate
from tlswhy.situation import Situation
from tlswhy.unseen import UNSEEN, Unseen
from tlswhy.wire.numbers import group_name, suite_name, version_name

Contradiction = Mapping[str, object]
ABOUT_THE_HELLO: Final = frozenset({40, 70})
"""handshake_failure and protocol_version: a server does not serve such a hello; other alerts may be about anything."""


def between_pieces(situation: Situation, handshake: Handshake | None, observed: Observed) -> list[Contradiction]:
    """All of them about one story; a file is only compared where connections to one server alone are at hand."""
    found = list(_between_stores(situation, observed.trusted))
    files = observed.served or observed.configurations
    if not files or handshake is None:
        return found
    if len({each.server for each in observed.handshakes if each.server.address}) <= 1:
        found += _between_chains(situation, handshake, observed.served)
        lacking = list(_between_answer_and_configuration(situation))
        found += lacking or list(_between_answer_and_model(situation, handshake))
    return found


def _between_chains(
    situation: Situation, handshake: Handshake, served: Sequence[ShownCertificates]
) -> Iterator[Contradiction]:
    """A file that shows another leaf than the server sent: it is another server's, or the server has changed since."""
    chain = situation.flight.chain
    sent = situation.place("certificates")
    if not chain or isinstance(chain, Unseen) or not sent or sent[0].item != handshake.item:
        return
    for shown in served:
        if shown.ders and not any(der == chain[0].der for der in shown.ders):
            facts = {"item": shown.item, "place": shown.where[0].place, "sent": sent[0].place, "capture": sent[0].item}
            yield {"what": "chains-differ", **facts, "subject": _name_of(shown.ders[0]), "leaf": chain[0].subject.text}


def _between_answer_and_configuration(situation: Situation) -> Iterator[Contradiction]:
    """The server chose what its configuration does not have: another file is in force, or it was not reloaded."""
    told, flight = situation.configuration, situation.flight
    sent = situation.place("server_hello")
    if told is None or flight.assumed or not sent:
        return
    chosen = {
        "versions": (told.settings.versions, flight.version, version_name),
        "suites": (told.settings.suites, flight.suite, suite_name),
        "groups": (told.settings.groups, flight.group, group_name),
    }
    for setting, (listed, seen, name) in chosen.items():
        if isinstance(seen, int) and not isinstance(listed, Unseen) and seen not in listed and setting in told.where:
            at = told.where[setting]
            facts = {"item": at.item, "place": at.place, "sent": sent[0].place, "capture": sent[0].item}
            yield {"what": "configuration-differs", **facts, "chosen": name(seen)}


def _between_answer_and_model(situation: Situation, handshake: Handshake) -> Iterator[Contradiction]:
    """By its configuration, whatever that leaves open, the server would have answered this hello otherwise; whoever
    sent it."""
    told, flight, hello = situation.configuration, flight_of(handshake), handshake.hello
    if told is None or hello is None or flight.resumed or "suites" not in told.where:
        return
    refused = bare_refusal(replace(situation, handshake=handshake))
    if refused is not None and refused.message.description not in ABOUT_THE_HELLO:
        return
    if refused is None and (isinstance(flight.version, Unseen) or isinstance(flight.suite, Unseen)):
        return
    from tlswhy.server.configured import foretold

    answers = foretold(offer_of_hello(hello), told, UNSEEN if flight.chain is None else flight.chain)
    agreed = [
        bool(each.refused) if refused is not None else (each.version, each.suite) == (flight.version, flight.suite)
        for each in answers
    ]
    if any(agreed) or not answers:
        return
    at = told.where["suites"]
    sent = handshake.at(refused.frame) if refused is not None else flight.where["server_hello"][0]
    facts = {"item": at.item, "place": at.place, "sent": sent.place, "capture": sent.item}
    expected = next((each for each in answers if not each.refused), answers[0])
    if refused is not None:
        yield {"what": "configuration-would-serve", **facts, "expected": _choice(expected)}
    elif expected.refused:
        yield {"what": "configuration-would-refuse", **facts, "chosen": _choice(flight), "cause": expected.refused[0]}
    else:
        yield {"what": "configuration-unlike-answer", **facts, "chosen": _choice(flight), "expected": _choice(expected)}


def _choice(flight: Flight) -> str:
    version, suite = flight.version, flight.suite
    return (
        ""
        if isinstance(version, Unseen) or isinstance(suite, Unseen)
        else f"{version_name(version)} {suite_name(suite)}"
    )


def _between_stores(situation: Situation, trusted: Sequence[ShownCertificates]) -> Iterator[Contradiction]:
    """Several stores, and the anchor that the path ends in stands in some of them alone."""
    path = situation.path
    if isinstance(path, Unseen) or path.path is None or path.path.anchor is None or isinstance(situation.trust, Unseen):
        return
    anchor = situation.trust[path.path.anchor]
    holding = [shown.item for shown in trusted if anchor.der in shown.ders]
    lacking = [shown.item for shown in trusted if anchor.der not in shown.ders]
    if holding and lacking:
        yield {"what": "stores-differ", "anchor": anchor.subject.text, "item": holding[0], "other": lacking[0]}


def _name_of(der: bytes) -> str:
    try:
        return read_certificate(der).subject.text
    except BadEvidence:
        return ""
