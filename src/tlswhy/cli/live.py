"""The live targets among the evidence: which hellos are sent to them, by which options, and where that is kept.

Joins the clients of the command line with ``gather.live``; judges nothing. Imported only when a target is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlswhy.client.hello import server_name_sent
from tlswhy.client.profiles import ClientSet, load_client
from tlswhy.errors import BadRequest
from tlswhy.evidence.types import Evidence, Page
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import MOST_CONNECTIONS, Answers, Listener, Manner, ask
from tlswhy.gather.probe import Hello
from tlswhy.gather.targets import Target, target_of
from tlswhy.model.client import ClientPolicy
from tlswhy.verdict import Accepted, Verdict

if TYPE_CHECKING:
    from tlswhy.cli.explain import Options
    from tlswhy.gather.proxy import Proxy
    from tlswhy.report import Report

ANYBODY: Final = "java/25.0.2"
"""Who asks where no client is named: the newest Java that recordings exist of without post-quantum groups."""
NO_NAME: Final = "none"
LONGEST_S: Final = 3600.0


@dataclass(slots=True)
class LiveTargets:
    """How the targets of one command line are asked; ``answers`` as they come."""

    clients: Sequence[ClientSet]
    manner: Manner
    sni: str | None
    listener: Listener | None = None
    answers: list[Answers] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def ask(self, text: str) -> Iterator[Evidence]:
        """Everything that the target of that argument answers."""
        target = target_of(text)
        answers = ask(target, hellos_for(self.clients, target, self.sni), self.manner, self.listener)
        self.answers.append(answers)
        self.targets.append(target)
        yield from answers.evidence

    def pages(self, report: Report) -> list[Page]:
        """The documents behind those URLs whose TLS some client would accept, or would unless the server insists on a
        certificate: who fetches without one finds out."""
        reached = {
            diagnosis.situation.handshake.item
            for diagnosis in report.diagnoses
            if diagnosis.situation.handshake is not None and _may_go_on(diagnosis.verdict)
        }
        wanted = [target for target in self.targets if target.names_document and target.text in reached]
        if not wanted or self.manner.starttls is not None:
            return []
        from tlswhy.gather.page import fetch

        return [fetch(target, self.manner) for target in wanted]

    def save(self, name: str) -> None:
        """Write what was said as one capture; a pcapng file may have several sections."""
        try:
            Path(name).write_bytes(b"".join(answers.recording.pcapng() for answers in self.answers))
        except OSError as error:
            raise BadRequest("output-unwritable", item=name, reason=(error.strerror or str(error)).lower()) from None


def _may_go_on(verdict: Verdict) -> bool:
    if verdict.accepted is Accepted.CANNOT_TELL:
        return {gap.needs for gap in verdict.gaps} == {"client-certificate"}
    return verdict.accepted is Accepted.YES


def live_targets(options: Options, clients: Sequence[str | ClientSet], listener: Listener | None) -> LiveTargets:
    """By the options of the command line; raises BadRequest for those that are no good."""
    manner = manner_of(options.timeout, options.proxy, options.starttls, survey=options.survey)
    known = tuple(load_client(client) if isinstance(client, str) else client for client in clients)
    return LiveTargets(known or (load_client(ANYBODY),), manner, options.sni, listener)


def manner_of(timeout: str | None, proxy: str | None, starttls: str | None, *, survey: bool = False) -> Manner:
    """How to ask, by options; raises BadRequest for those that are no good."""
    patience = Patience() if timeout is None else Patience.of(_seconds(timeout))
    return Manner(patience, _proxy(proxy), _starttls(starttls), survey)


def hellos_for(clients: Sequence[ClientSet], target: Target, sni: str | None) -> tuple[Hello, ...]:
    """The different hellos of these clients: of a product whose runtime nobody knows, the most different ones."""
    found: dict[tuple[object, ...], Hello] = {}
    for client in clients:
        own = {_key(member): _hello(member, target, sni) for member in client.members}
        found.update(list(own.items())[:: max(1, -(-len(own) // MOST_CONNECTIONS))])
    return tuple(found.values())


def _proxy(url: str | None) -> Proxy | None:
    if url is None:
        return None
    from tlswhy.gather.proxy import proxy_of

    return proxy_of(url)


def _starttls(kind: str | None) -> str | None:
    if kind is None:
        return None
    from tlswhy.gather.starttls import DIALOGUES

    if kind not in DIALOGUES:
        raise BadRequest("bad-starttls", kind=kind, known=", ".join(DIALOGUES))
    return kind


def _hello(client: ClientPolicy, target: Target, sni: str | None) -> Hello:
    if sni is None:
        return Hello(client.offer, client.hello_form, server_name_sent(client, target.host))
    name = None if sni == NO_NAME else sni
    offer = client.offer
    if name is not None and 0 not in offer.extensions:
        offer = replace(offer, extensions=(0, *offer.extensions))
    return Hello(offer, client.hello_form, name)


def _key(client: ClientPolicy) -> tuple[object, ...]:
    offer, form = client.offer, client.hello_form
    lists = (offer.versions, offer.suites, offer.groups, offer.schemes, offer.schemes_cert, offer.extensions)
    rest = (offer.key_shares, offer.record_version, offer.alpn, form.legacy_version, form.session_id_length)
    return (*lists, *rest, tuple(sorted(form.bodies.items())), form.names_need_a_dot, form.greases)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise BadRequest("bad-timeout", text=text) from None
    if not 0 < seconds <= LONGEST_S:
        raise BadRequest("bad-timeout", text=text)
    return seconds


__all__ = ["LiveTargets", "hellos_for", "live_targets", "manner_of"]
