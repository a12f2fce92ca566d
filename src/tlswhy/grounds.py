"""How causes phrase what they found: Refusals made from the situation, with places and the client's own sources.

Shared by all causes so that each file holds only its own rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tlswhy.model.client import Source
from tlswhy.model.handshake import Outcome, Told
from tlswhy.model.server import ANSWERS_TO_A_CLIENT_CERTIFICATE, ANSWERS_TO_NONE
from tlswhy.model.survey import STOPPED_ANSWERING
from tlswhy.model.where import Where
from tlswhy.negotiate import lacking, offer_of_hello
from tlswhy.observe.server import certificates_sent, server_of
from tlswhy.pki.paths import PathObjection, PathOutcome
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.unseen import NotSeen, Unseen, seen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.messages import Alert
from tlswhy.wire.numbers import is_tls13

FATAL = 2
CLOSE_NOTIFY = 0

SERVER_ALERTS_THAT_NAME = {
    CLOSE_NOTIFY: "connection-closed",
    70: "no-common-version",
    112: "sni-unrecognized",
    116: "client-cert-required",
}
"""Alerts of a server that have one meaning (RFC 8446, 6.2; RFC 6066, 3): description → cause."""


def chain_refusals(situation: Situation, fault: str, stage: Stage = Stage.CHAIN) -> Sequence[Refusal]:
    """The client's objections of this kind against the chain; NotSeen where chain or trust would be needed.

    Objections to a path that trust could still heal (a self-signed leaf that is itself trusted) are none yet.
    """
    path = situation.path
    if isinstance(path, Unseen):
        if situation.flight.chain is None:
            return ()
        raise NotSeen(why_no_chain(situation))
    if path.undecided is not None:
        raise NotSeen(path.undecided)
    if path.accepted is None:
        likely = tuple(_unless_trusted_below(situation, path, fault))
        if not likely:
            seen(situation.trust, "trust")
        return [_objection(situation, objection, order, stage) for order, objection in enumerate(likely)]
    if not path.objections:
        return ()
    return [
        _objection(situation, objection, order, stage)
        for order, objection in enumerate(path.objections)
        if objection.fault == fault
    ]


def rule_sources(situation: Situation) -> tuple[Source, ...]:
    """What a rule of this client rests on: the profile's own first source, and the first of each other kind."""
    by_kind: dict[str, Source] = {}
    for source in situation.client.sources:
        by_kind.setdefault(source.kind, source)
    return tuple(by_kind.values())


def server_alert(situation: Situation) -> Told[Alert] | None:
    """The server's first alert that ends the connection, as far as it could be read; what it says to a client that has
    already left ends nothing."""
    handshake = situation.handshake
    if handshake is None:
        return None
    left = handshake.ending.frame if handshake.ending and handshake.ending.by is Side.CLIENT else None
    return next(
        (
            alert
            for alert in handshake.alerts
            if alert.message.span.sender is Side.SERVER
            and (alert.message.level == FATAL or alert.message.description == CLOSE_NOTIFY)
            and (left is None or alert.frame < left)
        ),
        None,
    )


def about_client_certificate(situation: Situation, description: int) -> bool:
    """Whether an alert of the server so described is about the certificate that it asked the client for."""
    if situation.flight.asks_client_certificate is not True:
        return False
    none = situation.handshake is not None and certificates_sent(situation.handshake) == 0
    return description in (ANSWERS_TO_NONE if none else ANSWERS_TO_A_CLIENT_CERTIFICATE)


def client_alert(situation: Situation) -> Told[Alert] | None:
    """The client's first fatal alert, as far as it could be read."""
    if situation.handshake is None:
        return None
    return next(
        (
            alert
            for alert in situation.handshake.alerts
            if alert.message.span.sender is Side.CLIENT and alert.message.level == FATAL
        ),
        None,
    )


def bare_refusal(situation: Situation) -> Told[Alert] | None:
    """The server's fatal alert where it is all that the server answered to the hello."""
    alert = server_alert(situation)
    if alert is None or situation.handshake is None or situation.handshake.server_hello is not None:
        return None
    return alert if alert.message.level == FATAL else None


def alert_order(situation: Situation, alert: Told[Alert]) -> int:
    """Which alert of the connection it is, from 1 on: two may share a frame, and the first counts."""
    handshake = situation.handshake
    return 0 if handshake is None else 1 + next(at for at, each in enumerate(handshake.alerts) if each is alert)


def alert_place(situation: Situation, alert: Told[Alert]) -> tuple[Where, ...]:
    """Where an alert stands, in all evidence of this connection."""
    handshake = situation.handshake
    if handshake is None:
        return ()
    sender, description = alert.message.span.sender, alert.message.description
    again = (
        twin.at(told.frame)
        for twin in handshake.twins
        for told in twin.alerts
        if (told.message.span.sender, told.message.description) == (sender, description)
    )
    return (handshake.at(alert.frame), *again)


def server_named(situation: Situation) -> str | None:
    """The server's address, where the evidence names none the host that was asked for."""
    address = "" if situation.handshake is None else str(situation.handshake.server)
    return address or (None if isinstance(situation.host, Unseen) else situation.host)


def would_be_refused(situation: Situation, cause: str) -> Iterator[Refusal]:
    """The server's foretold refusal, where this cause alone can stand behind it."""
    if situation.flight.refused == (cause,):
        facts = offered_facts(situation, cause)
        configured = configured_place(situation, cause) if situation.configuration is not None else ()
        where = configured or situation.flight.where.get("refused", ())
        yield Refusal(cause, Stage.SERVER_ANSWER, facts, where, rule_sources(situation), by="server")


def offered_facts(situation: Situation, cause: str) -> dict[str, object]:
    """What the client offered of that in which the server found nothing to its liking."""
    offered = situation.client.offer
    return {"offered": offered.versions if cause == "no-common-version" else offered.suites, "by_alert": False}


def surveyed_reason(situation: Situation) -> str | None:
    """Why the server refuses this hello, by what it answered when it was asked for all that it can do."""
    survey = situation.survey
    if survey is None:
        return None
    hello = situation.handshake.hello if situation.handshake is not None else None
    if hello is not None and hello.server_name is None and survey.server_name and survey.without_name is False:
        return "sni-required"
    return lacking(situation.client.offer, survey)


def reason_by_others(situation: Situation) -> str | None:
    """Why the server refuses this hello, by what it answered to others and what its software then is set up for."""
    alert = bare_refusal(situation)
    hello = situation.handshake.hello if situation.handshake is not None else None
    if alert is None or hello is None or not any(other.server_hello for other in situation.others):
        return None
    from tlswhy.server.reasons import why_refused

    known, survey = server_of(situation.others), situation.survey
    versions = (
        frozenset(survey.versions) if survey is not None and STOPPED_ANSWERING not in survey.intolerances else None
    )
    return why_refused(offer_of_hello(hello), alert.message.description, known.observations, versions or None)


def reason_by_configuration(situation: Situation) -> str | None:
    """Why the server refuses this hello, by its own configuration, whatever that leaves open."""
    handshake = situation.handshake
    hello = handshake.hello if handshake is not None else None
    if handshake is None or hello is None or handshake.server_hello is not None or situation.configuration is None:
        return None
    told = server_alert(situation)
    alert = told.message.description if told is not None and told.message.level == FATAL else None
    if told is not None and alert is None:
        return None
    from tlswhy.server.configured import why_configured_refuses

    return why_configured_refuses(offer_of_hello(hello), alert, situation.configuration, situation.flight.chain)


def configured_place(situation: Situation, cause: str) -> tuple[Where, ...]:
    """Where the configuration says what decides this cause."""
    from tlswhy.server.configured import DECIDING

    places = situation.configuration.where if situation.configuration is not None else {}
    setting = DECIDING.get(cause, "")
    return (places[setting],) if setting in places else ()


def hello_place(situation: Situation) -> tuple[Where, ...]:
    """Where the ClientHello stands, in all evidence of this connection."""
    handshake = situation.handshake
    if handshake is None:
        return ()
    shown = (handshake, *handshake.twins)
    return tuple(each.at(each.client_hello.frame) for each in shown if each.client_hello is not None)


def client_broke_off(situation: Situation) -> bool:
    """The client ended the handshake itself, in answer to the server's flight."""
    handshake = situation.handshake
    return (
        handshake is not None
        and not situation.foretelling
        and handshake.outcome is Outcome.BROKEN
        and handshake.reaction_frame is not None
        and handshake.server_hello is not None
    )


def why_no_chain(situation: Situation) -> str:
    """Which evidence is missing where no certificate was seen."""
    version = situation.flight.version
    if isinstance(version, Unseen) or is_tls13(version):
        return situation.flight.missing
    return "server-certificates"


def _unless_trusted_below(situation: Situation, path: PathOutcome, fault: str) -> Iterator[PathObjection]:
    """Where the client broke off and its trust is not known: what it minds in the chain, unless it trusts one below.

    A self-issued certificate is left out: it may be the anchor, whose own signature nobody verifies.
    """
    chain = situation.flight.chain
    if not chain or isinstance(chain, Unseen) or not client_broke_off(situation):
        return
    for attempt in path.tried:
        found = attempt.objection
        if found is None or found.fault != fault or found.certificate is None or chain[found.certificate].self_issued:
            continue
        yield replace(found, facts={**found.facts, "unless": "trusted-below"})


def _objection(situation: Situation, objection: PathObjection, order: int, stage: Stage) -> Refusal:
    facts = dict(objection.facts)
    facts.setdefault("rule", objection.rule)
    chain = situation.flight.chain
    if objection.certificate is not None and chain and not isinstance(chain, Unseen):
        subject = chain[objection.certificate].subject
        facts.setdefault("certificate", objection.certificate)
        facts.setdefault("subject", subject.text)
    if objection.anchor is not None and not isinstance(situation.trust, Unseen):
        facts.setdefault("anchor", objection.anchor)
        facts.setdefault("anchor_subject", situation.trust[objection.anchor].subject.text)
    path = situation.path
    tried = () if isinstance(path, Unseen) else path.tried
    return Refusal(
        cause=objection.fault,
        stage=stage,
        facts=facts,
        where=situation.certificate_place(objection.certificate),
        sources=rule_sources(situation),
        order=order,
        near_misses=tuple(
            {
                "certificates": attempt.certificates,
                "anchor": attempt.anchor,
                "fault": attempt.objection.fault if attempt.objection else None,
            }
            for attempt in tried
        ),
    )
