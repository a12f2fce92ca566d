"""All evidence of one call, observed: handshakes in order, certificates shown, what captures held besides.

Owns the order (secrets before the connections they open) and which connections are worth a diagnosis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tlswhy.evidence.types import (
    Asked,
    Banner,
    CaptureFacts,
    ClientWords,
    DescribedCertificates,
    Evidence,
    NodeStatus,
    Page,
    Role,
    Secrets,
    SecurityProperties,
    ServerConfiguration,
    ShownCertificates,
    ShownDhParameters,
    SystemProperties,
    ToldConnection,
    Transcript,
)
from tlswhy.model.handshake import Handshake
from tlswhy.model.settings import ClientCertificate
from tlswhy.model.survey import Survey
from tlswhy.observe.handshake import observe
from tlswhy.observe.server import insistence
from tlswhy.observe.twins import joined
from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import EncryptedRecord, NotTls

if TYPE_CHECKING:
    from tlswhy.observe.line import Line

Wanted = Callable[[Handshake], bool]
ENOUGH_TO_COMPARE = 4
MOST_WAITING_FOR_KEYS = 4096
"""Encrypted connections that are kept for secrets which stand later in the evidence."""
_Waiting = tuple[int, int, Transcript]
"""Where its handshake stands among all, how many logs were read when it was observed, and the connection."""


@dataclass(slots=True)
class Observed:
    """Everything that was seen. ``served`` and ``trusted`` are certificates that were given as files, ``words`` what
    clients said themselves, ``described`` certificates of which there is only a description."""

    handshakes: list[Handshake] = field(default_factory=list)
    served: list[ShownCertificates] = field(default_factory=list)
    trusted: list[ShownCertificates] = field(default_factory=list)
    facts: list[CaptureFacts] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    words: list[ClientWords] = field(default_factory=list)
    described: list[DescribedCertificates] = field(default_factory=list)
    properties: list[SecurityProperties | SystemProperties] = field(default_factory=list)
    configurations: list[ServerConfiguration] = field(default_factory=list)
    """How servers are set up, by their own files."""
    told: list[ToldConnection] = field(default_factory=list)
    """Connections of which a program's text tells, without the hello and the certificates."""
    nodes: list[NodeStatus] = field(default_factory=list)
    """What the nodes of an appliance tell of themselves."""
    asked: dict[str, Asked] = field(default_factory=dict)
    """Servers that we asked ourselves, by the item of their connections."""
    surveys: dict[str, Survey] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    banners: dict[str, Banner] = field(default_factory=dict)
    _by_server: dict[Endpoint | str, list[Handshake]] = field(default_factory=dict)
    _insistence: dict[tuple[object, ...], ClientCertificate | UnseenType] = field(default_factory=dict)
    _one_server: bool | None = None

    def same_server(self, handshake: Handshake) -> tuple[Handshake, ...]:
        """Other connections to the same server, at most a handful of each outcome: enough to compare with."""
        if not self._by_server:
            for seen in self.handshakes:
                same = self._by_server.setdefault(_server_key(seen), [])
                if sum(other.outcome is seen.outcome for other in same) < ENOUGH_TO_COMPARE:
                    same.append(seen)
        return tuple(other for other in self._by_server.get(_server_key(handshake), ()) if other is not handshake)

    def insistence(self, handshake: Handshake) -> ClientCertificate | UnseenType:
        """Whether the server that this one talked to insists on the certificate that it asks for, as others show who
        had none. One that we asked ourselves is the same at all its addresses; another name may be another server."""
        key = self._insistence_key(handshake)
        if not self._insistence:
            known: dict[tuple[object, ...], list[Handshake]] = {}
            for seen in self.handshakes:
                known.setdefault(self._insistence_key(seen), []).append(seen)
            self._insistence = {each: insistence(same) for each, same in known.items()}
        return self._insistence.get(key, UNSEEN)

    def _insistence_key(self, handshake: Handshake) -> tuple[object, ...]:
        name = handshake.hello.server_name if handshake.hello is not None else None
        if handshake.item in self.asked:
            return (handshake.item, handshake.server.port, name)
        return (_server_key(handshake), name)

    def one_server(self) -> bool:
        """No two servers spoke TLS, so that what tells of a server without its name is about this one."""
        if self._one_server is None:
            spoken = {_server_key(handshake) for handshake in self.handshakes if spoke_tls(handshake)}
            self._one_server = len(spoken) <= 1
        return self._one_server

    def all_oddities(self) -> Iterator[Oddity]:
        """Oddities of the files, then of TLS connections."""
        yield from self.oddities
        for handshake in self.handshakes:
            if spoke_tls(handshake):
                yield from handshake.oddities


def observe_all(evidence: Iterable[Evidence], wanted: Wanted | None = None) -> Observed:
    """Observe every transcript with all secrets that the evidence holds, wherever they stand in it."""
    observed = Observed()
    keys = KeyLog()
    logs = 0
    waiting: list[_Waiting] = []
    groups: list[ShownDhParameters] = []
    for item in evidence:
        match item:
            case Transcript():
                handshake = observe(item, keys if len(keys) else None)
                if wanted is None or wanted(handshake):
                    if _waits_for_keys(handshake):
                        waiting.append((len(observed.handshakes), logs, item))
                    observed.handshakes.append(handshake)
                if len(waiting) >= MOST_WAITING_FOR_KEYS:
                    _open_with(keys, logs, waiting, observed.handshakes)
            case Secrets():
                keys.add(item.text)
                logs += 1
            case ShownCertificates(role=Role.TRUSTED):
                observed.trusted.append(item)
            case ShownCertificates():
                observed.served.append(item)
            case CaptureFacts():
                observed.facts.append(item)
            case Oddity():
                observed.oddities.append(item)
            case ClientWords():
                observed.words.append(item)
            case DescribedCertificates():
                observed.described.append(item)
            case SecurityProperties() | SystemProperties():
                observed.properties.append(item)
            case ServerConfiguration():
                observed.configurations.append(item)
            case ToldConnection():
                observed.told.append(item)
            case ShownDhParameters():
                groups.append(item)
            case NodeStatus():
                observed.nodes.append(item)
            case Asked():
                known = observed.asked.setdefault(item.item, item)
                if known.host != item.host:  # one file of several targets: each hello's own name tells which
                    observed.asked[item.item] = replace(known, host="")
            case Page():
                observed.pages[item.item] = item
                if item.banner is not None:
                    observed.banners[item.item] = item.banner
            case Banner():
                observed.banners[item.item] = item
            case Survey():
                observed.surveys[item.item] = item
    _open_with(keys, logs, waiting, observed.handshakes)
    observed.handshakes = joined(observed.handshakes)
    if groups and observed.configurations:
        from tlswhy.evidence.named_files import with_named_group

        observed.configurations = [with_named_group(each, groups) for each in observed.configurations]
    return observed


def observe_stream(
    evidence: Iterable[Evidence], keys: KeyLog | None = None
) -> Iterator[Handshake | Oddity | CaptureFacts]:
    """Handshakes one by one, for captures of any size; only secrets met so far are used."""
    for item, known in _stream(evidence, keys):
        yield observe(item, known) if isinstance(item, Transcript) else item


def list_stream(
    evidence: Iterable[Evidence], keys: KeyLog | None = None
) -> Iterator[Line | Handshake | Oddity | CaptureFacts]:
    """As ``observe_stream``, with a Line for each connection that ran as usual."""
    from tlswhy.observe.line import line_of  # not imported where nothing is listed

    for item, known in _stream(evidence, keys):
        if isinstance(item, Transcript):
            yield (None if known else line_of(item)) or observe(item, known)
        else:
            yield item


def _stream(
    evidence: Iterable[Evidence], keys: KeyLog | None
) -> Iterator[tuple[Transcript | Oddity | CaptureFacts, KeyLog | None]]:
    """What captures hold, each with the secrets known by then, if any."""
    keys = keys or KeyLog()
    for item in evidence:
        match item:
            case Transcript() | Oddity() | CaptureFacts():
                yield item, keys if len(keys) else None
            case Secrets():
                keys.add(item.text)
            case (
                Asked()
                | Banner()
                | Page()
                | Survey()
                | ShownCertificates()
                | ClientWords()
                | DescribedCertificates()
                | SecurityProperties()
                | SystemProperties()
                | ServerConfiguration()
                | ShownDhParameters()
                | NodeStatus()
                | ToldConnection()
            ):
                pass


def _server_key(handshake: Handshake) -> Endpoint | str:
    """What tells a server from others: its address, in a log the name that was asked for."""
    if handshake.server.address or handshake.hello is None or handshake.hello.server_name is None:
        return handshake.server if handshake.server.address else f"line {handshake.first_frame} of {handshake.item}"
    return handshake.hello.server_name


def spoke_tls(handshake: Handshake) -> bool:
    """Something of TLS was seen, be it only the beginning of a hello that the capture cuts short."""
    return any(not isinstance(told.message, NotTls) for told in handshake.messages)


def never_reached_tls(handshake: Handshake) -> bool:
    """A connection attempt in which the client did not get to say anything, or nobody answered."""
    spoke = {told.message.span.sender for told in handshake.messages}
    return not spoke_tls(handshake) and Side.CLIENT not in spoke


def _waits_for_keys(handshake: Handshake) -> bool:
    """Something of it was encrypted, so that secrets that come later may open it."""
    return any(isinstance(told.message, EncryptedRecord) for told in handshake.messages)


def _open_with(keys: KeyLog, logs: int, waiting: list[_Waiting], handshakes: list[Handshake]) -> None:
    """Observe once more what was observed with fewer logs than there are now; nothing waits any longer, so that each
    connection is read twice at most, however secrets and connections are mixed."""
    for index, known, transcript in waiting:
        if logs > known:
            handshakes[index] = observe(transcript, keys)
    waiting.clear()
