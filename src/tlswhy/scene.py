"""What is asked of the evidence, and the scene on which a client appears: all of a situation but the client.

Owns what stands beside a connection: the name that was asked for, the moment, what is trusted, the server's own
configuration. Which connections are worth a story, and how a client fares, is for ``stories``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tlswhy.client.profiles import ClientSet
from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.evidence.types import Asked, Page, ServerConfiguration, ShownCertificates
from tlswhy.frozen import frozen
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.model.moments import moment_of_ns
from tlswhy.model.survey import Survey
from tlswhy.observe.connections import Observed, spoke_tls
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import cut_before_reaction
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.situation import Situation, shown_flight, situate
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.verdict import Verdict

if TYPE_CHECKING:
    from tlswhy.client.set_up import SetUp


@frozen
class Question:
    """What is asked of the evidence. ``clients`` empty: recognise them; ``trust`` UNSEEN: nobody told it."""

    clients: tuple[ClientSet, ...]
    host: str | None
    moment: datetime | None
    now: datetime | None
    trust: tuple[Certificate, ...] | UnseenType
    foretell: bool
    explicit: bool
    """Connections were selected by name, so that even those that never reached TLS are of interest."""
    shown: ShownCertificates | None = None
    """The server's chain as a file, for connections in which it can't be read."""
    overrides: tuple[SetUp, ...] = ()
    """java.security files at hand."""
    side_by_side: bool = False
    """Nobody says that these clients were there: a hello is only that of the clients that are known to send it."""


@frozen
class Scene:
    """All of a situation but the client: the same for whoever comes to this server. ``seen`` is the connection that
    stands for it, as much of it as counts, ``flight`` the answer there."""

    handshake: Handshake
    seen: Handshake
    flight: Flight
    name: str | None
    moment: datetime
    trust: tuple[Certificate, ...] | UnseenType
    foretelling: bool
    others: tuple[Handshake, ...]
    asked: Asked | None
    survey: Survey | None
    page: Page | None
    configuration: ServerConfiguration | None

    @property
    def server(self) -> str | None:
        """Its address, as far as the evidence shows it."""
        return str(self.handshake.server) or None

    def judge(self, client: ClientPolicy, flight: Flight, seen: Handshake | None) -> tuple[Situation, Verdict]:
        """The client before this answer, as its own connection (``seen``) shows it, or as it may be."""
        situation = situate(
            client,
            flight,
            handshake=seen,
            host=self.name or UNSEEN,
            moment=self.moment,
            trust=self.trust,
            foretelling=self.foretelling,
            others=self.others,
            asked=self.asked,
            survey=self.survey,
            page=self.page,
            configuration=self.configuration,
        )
        return situation, judge(situation)


def scene_of_own(question: Question, handshake: Handshake, name: str | None, observed: Observed) -> Scene:
    """For the client whose connection this is."""
    ours = handshake.item in observed.asked  # then nothing behind the server's flight is a client's reaction
    done = ours and handshake.outcome is Outcome.COMPLETED
    seen = cut_before_reaction(handshake) if question.foretell or done else handshake
    flight = flight_of(seen)
    if question.shown is not None:
        flight = shown_flight(flight, tuple(readable(question.shown.ders)), question.shown.where[:1])
    if flight.asks_client_certificate is True and (ours or not question.foretell):
        flight = replace(flight, client_certificate=observed.insistence(handshake))
    scene = _scene(question, handshake, name, observed)
    return replace(scene, seen=seen, flight=flight, others=observed.same_server(handshake))


def scene_of_others(question: Question, handshakes: Sequence[Handshake], name: str | None, observed: Observed) -> Scene:
    """For a client that has none: what the server answered to others stands for it."""
    return replace(_scene(question, handshakes[0], name, observed), foretelling=True)


def _scene(question: Question, handshake: Handshake, name: str | None, observed: Observed) -> Scene:
    return Scene(
        handshake=handshake,
        seen=handshake,
        flight=NO_FLIGHT,
        name=name,
        moment=moment_of(question, handshake.first_time_ns),
        trust=question.trust,
        foretelling=question.foretell,
        others=(),
        asked=observed.asked.get(handshake.item),
        survey=observed.surveys.get(handshake.item),
        page=observed.pages.get(handshake.item),
        configuration=configuration_of(observed, name, handshake.server.port if handshake.server.address else None),
    )


def trusted(given: Sequence[bytes] | None, observed: Observed) -> tuple[Certificate, ...] | UnseenType:
    """The certificates of ``--trust`` and of trusted entries in the evidence; what can't be read is left out."""
    if given is None and not observed.trusted:
        return UNSEEN
    ders = [*(given or ()), *(der for shown in observed.trusted for der in shown.ders)]
    return tuple(readable(ders))


def shown_beside(observed: Observed, host: str | None = None) -> ShownCertificates | None:
    """Certificates beside connections: the server's, where there are one chain alone, whole, and one server; of several
    chains the one that its configuration names."""
    spoken = [handshake for handshake in observed.handshakes if spoke_tls(handshake)]
    servers = {
        str(handshake.server) or (handshake.hello.server_name if handshake.hello else "") for handshake in spoken
    }
    if len(servers) != 1 or not observed.served:
        return None
    named = served_as_configured(observed, configuration_of(observed, host))
    return named[0] if len(named) == 1 and named[0].listed is None else None


def served_as_configured(
    observed: Observed, configuration: ServerConfiguration | None
) -> tuple[ShownCertificates, ...]:
    """The chains that the server's configuration names; where it names none that is at hand all of them."""
    everything = tuple(observed.served)
    if configuration is None or not configuration.files:
        return everything
    from tlswhy.evidence.named_files import served_by

    return served_by(configuration, everything) or everything


def name_of(question: Question, handshake: Handshake, asked: Asked | None) -> str | None:
    """The name that was asked for: said so, or that of the target, or what the hello names."""
    said = question.host or (asked.host if asked is not None else None)
    return said or (handshake.hello.server_name if handshake.hello else None) or None


def moment_of(question: Question, time_ns: int) -> datetime:
    """The moment to judge at: said so, else that of the evidence (0: it has none), else now."""
    if question.moment is not None:
        return question.moment
    if time_ns > 0:
        return moment_of_ns(time_ns)
    if question.now is None:
        raise BadRequest("moment-missing")
    return question.now


def configuration_of(observed: Observed, name: str | None, port: int | None = None) -> ServerConfiguration | None:
    """The configuration of the server of that name at that port, where the evidence has one."""
    if not observed.configurations:  # the rule, and the models of servers need not be imported
        return None
    from tlswhy.server import configured

    return configured.configuration_of(observed.configurations, name, alone=observed.one_server(), port=port)


def configurations_of(observed: Observed, name: str | None) -> tuple[ServerConfiguration, ...]:
    """The same where there is no connection; where it is not clear which of several is the server's all of them."""
    chosen = configuration_of(observed, name)
    return tuple(observed.configurations) if chosen is None else (chosen,)


def readable(ders: Iterable[bytes]) -> Iterator[Certificate]:
    """Those of them that can be read at all."""
    for der in ders:
        try:
            yield read_certificate(der)
        except BadEvidence:
            continue
