"""Servers that were named, asked themselves: every address, one connection at a time, and not too many a second.

Owns names and addresses, the order and the number of connections. What comes back is a capture of what was said
(``recording``), read like any other, so that nothing further on knows a live server from a recorded one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tlswhy.evidence.capture import asked_note
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Asked, Evidence
from tlswhy.frozen import frozen
from tlswhy.gather.connection import Address, Patience, Unreachable, addresses_of, reason_of
from tlswhy.gather.flight import ServerFlight
from tlswhy.gather.probe import Hello, Way, probe, proxy_failed
from tlswhy.gather.recording import Recording
from tlswhy.gather.targets import Target
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes

if TYPE_CHECKING:
    from tlswhy.gather.proxy import Proxy

MOST_CONNECTIONS: Final = 3
"""For one client and one target (contract.md §1)."""
A_SECOND: Final = 50
"""Connections to one host within any second."""


@frozen
class Manner:
    """How to ask, whatever the hello."""

    patience: Patience = field(default_factory=Patience)
    proxy: Proxy | None = None
    starttls: str | None = None
    survey: bool = False
    address: str | None = None
    """Where the target is, whatever its name resolves to."""


@dataclass(slots=True)
class Answers:
    """What one target said: evidence, and the recording to save."""

    evidence: list[Evidence]
    recording: Recording


Listener = Callable[[str, int], None]
"""Called with the target's text before each connection, and how many there were."""


def ask(target: Target, hellos: Sequence[Hello], manner: Manner, listener: Listener | None = None) -> Answers:
    """Send every hello to the target, each to as many addresses as the limit allows; return what was seen.

    Raises BadEvidence where a proxy or STARTTLS does not go along.
    """
    recording = Recording()
    item = target.text
    try:
        addresses = way_in(target, manner)
    except OSError as error:
        if manner.proxy is not None:
            raise proxy_failed(Way(target, manner.proxy), reason_of(error)) from None
        return Answers([_asked(target, manner, "dns", reason_of(error))], recording)
    line = Line(target, manner, recording, listener)
    greeted = _greeted(line, hellos, addresses)
    for hello, address, version in greeted.undecided():
        line.finish(hello, address, version)
    found: list[Evidence] = []
    if manner.survey and greeted.reached:
        from tlswhy.gather.survey import Surveyor

        surveyor = Surveyor(line, greeted.reached[0], hellos[0].server_name, target.host)
        found.append(surveyor.run(item, target.port, greeted.unanswered))
        if target.path is not None and manner.starttls is None:
            from tlswhy.gather.page import banner_of

            found += filter(None, (banner_of(target, manner),))
    answers = line.answers(addresses, greeted.tried)
    answers.evidence += found
    return answers


@dataclass(slots=True)
class _Greeted:
    """``tried``: how many addresses; ``reached``: where TLS was; ``unanswered``: hellos for which nothing was chosen
    there, with the length of their message; ``asked``: those after which the server wants a certificate."""

    tried: int = 0
    reached: list[Address] = field(default_factory=list)
    unanswered: list[tuple[Hello, int]] = field(default_factory=list)
    asked: list[tuple[Hello, Address, ServerFlight]] = field(default_factory=list)

    def took(self, hello: Hello, address: Address, flight: ServerFlight) -> None:
        """What came of one hello."""
        if not flight.answered and (not self.reached or address == self.reached[0]):
            self.unanswered.append((hello, flight.hello_length))
        if flight.asks_certificate:
            self.asked.append((hello, address, flight))
        if address not in self.reached:
            self.reached.append(address)

    def undecided(self) -> Iterator[tuple[Hello, Address, int]]:
        """Where it is to be found out whether the server insists on a certificate, and in which version: once for each
        name in the hellos and each address; addresses that show the same chain are those of one server."""
        known: set[tuple[str | None, object]] = set()
        for hello, address, flight in self.asked:
            topics = {(hello.server_name, address), (hello.server_name, flight.chain)}
            if not topics & known and flight.server_hello is not None:
                yield hello, address, flight.server_hello.version
            known |= topics


def _greeted(line: Line, hellos: Sequence[Hello], addresses: Sequence[Address]) -> _Greeted:
    """One hello goes to every address, of several the others to the first that answers."""
    greeted = _Greeted()
    for address in addresses[:MOST_CONNECTIONS]:
        greeted.tried += 1
        flight = line.ask(hellos[0], address)
        if flight is None:
            continue
        greeted.took(hellos[0], address, flight)
        if len(hellos) > 1:
            break
    for hello in hellos[1:]:
        if len(hellos) > MOST_CONNECTIONS or line.connections < MOST_CONNECTIONS:
            address = (greeted.reached or addresses)[0]
            flight = line.ask(hello, address)
            if flight is not None:
                greeted.took(hello, address, flight)
    return greeted


class Line:
    """The connections to one target: never two at once, and only so many a second."""

    def __init__(self, target: Target, manner: Manner, recording: Recording, listener: Listener | None = None) -> None:
        self._target, self._manner, self._listener = target, manner, listener
        self.recording = recording
        recording.note = asked_note(_asked(target, manner))
        self.connections = 0
        self._begun: list[float] = []
        self._unreachable: dict[Address, str] = {}

    def ask(self, hello: Hello, address: Address) -> ServerFlight | None:
        """One connection; None where TLS was not reached."""
        if address in self._unreachable:
            return None
        way = self._begin()
        try:
            return probe(hello, address, way, self._manner.patience, self.recording)
        except Unreachable as why:
            if way.proxy is not None:
                raise proxy_failed(way, str(why)) from None
            self._unreachable[address] = str(why)
            return None

    def finish(self, hello: Hello, address: Address, version: int) -> None:
        """One connection that goes on where the server asked for a certificate, without having one."""
        from tlswhy.gather.without_certificate import finish_without_certificate  # few servers ask for one

        way = self._begin()
        finish_without_certificate(hello.server_name, version, address, way, self._manner.patience, self.recording)

    def _begin(self) -> Way:
        self._wait_for_turn()
        self.connections += 1
        if self._listener is not None:
            self._listener(self._target.text, self.connections)
        return Way(self._target, self._manner.proxy, self._manner.starttls)

    def answers(self, addresses: Sequence[Address], asked: int) -> Answers:
        """The evidence of all of it."""
        target = self._target
        tried = [address for address in addresses if address not in self._unreachable]
        if not tried:
            reason = next(iter(self._unreachable.values()), "")
            return Answers([_asked(target, self._manner, "unreachable", reason)], self.recording)
        evidence: list[Evidence] = list(read_evidence(source_of_bytes(target.text, self.recording.pcapng())))
        evidence += _unasked(target, len(addresses) - asked, self._unreachable)
        return Answers(evidence, self.recording)

    def _wait_for_turn(self) -> None:
        if len(self._begun) >= A_SECOND:
            wait = self._begun[-A_SECOND] + 1 - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            del self._begun[:-A_SECOND]
        self._begun.append(time.monotonic())


def way_in(target: Target, manner: Manner) -> list[Address]:
    """Where to connect to: the target's addresses, or the proxy's. Raises OSError."""
    host, port = manner.address or target.host, target.port
    if manner.proxy is not None:
        host, port = manner.proxy.host, manner.proxy.port
    return addresses_of(host, port, manner.patience.name)


def _asked(target: Target, manner: Manner, fault: str | None = None, reason: str = "") -> Asked:
    """Whom, and on which way: a proxy's password is no part of that."""
    proxy = None if manner.proxy is None else str(manner.proxy)
    return Asked(target.text, target.host, target.port, fault, reason, manner.starttls, proxy)


def _unasked(target: Target, left: int, unreachable: dict[Address, str]) -> Iterator[Evidence]:
    for address, reason in unreachable.items():
        yield Oddity("address-unreachable", "", target.text, {"address": str(address.endpoint), "reason": reason})
    if left > 0:
        yield Oddity("addresses-not-asked", "", target.text, {"count": left})


__all__ = ["Answers", "Line", "Manner", "ask", "way_in"]
