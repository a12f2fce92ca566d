"""Whether an appliance's services have read the trust store as it is: mission N3, from what its command line lists.

A trusted certificate can't have been uploaded before it was valid: a service that runs since before that day has never
read it. Owns that conclusion, and what a listing leaves open. Knows no words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tlswhy.evidence.types import NodeStatus, Service
from tlswhy.pki.certificate import Certificate
from tlswhy.report import ServiceNote
from tlswhy.unseen import Unseen, UnseenType

STARTED_AT = "%a %b %d %H:%M:%S %Y"
ANY_ZONE = timedelta(hours=14)
"""A listing names no zone; no clock of this world is further from UTC."""


def service_notes(
    nodes: Sequence[NodeStatus], service: str, trust: tuple[Certificate, ...] | UnseenType, moment: datetime
) -> tuple[ServiceNote, ...]:
    """For each node, the primary first, what is known of that service; nothing where no listing has it."""
    listed = [node for node in nodes if node.service(service) is not None]
    if not service or not listed:
        return ()
    ordered = sorted(listed, key=lambda node: node.primary is not True)
    notes = [_of(node, service, () if isinstance(trust, Unseen) else trust, moment) for node in ordered]
    return (*notes, *_not_shown(ordered, service))


def _of(node: NodeStatus, service: str, trust: tuple[Certificate, ...], moment: datetime) -> ServiceNote:
    found = node.service(service)
    assert found is not None
    place = (found.where,)
    if not found.is_running:
        return ServiceNote("not-running", node.name, service, place, state=found.state)
    since = _since(found, node, moment)
    if since is None:
        return ServiceNote("since-unknown", node.name, service, place)
    younger = [anchor for anchor in trust if anchor.not_before - since > ANY_ZONE and anchor.not_before <= moment]
    if younger:
        latest = max(younger, key=lambda anchor: anchor.not_before)
        return ServiceNote("restart-due", node.name, service, place, since=since, certificate=latest.subject.text)
    return ServiceNote("since", node.name, service, place, since=since)


def _since(found: Service, node: NodeStatus, moment: datetime) -> datetime | None:
    """When it started, as it says; a service can't run longer than its node, but may well have been restarted since."""
    if found.started:
        try:
            return datetime.strptime(found.started, STARTED_AT).replace(tzinfo=UTC)
        except ValueError:
            return None
    if found.up_seconds is None:
        return None
    try:
        return moment - timedelta(seconds=found.up_seconds)
    except OverflowError:
        return None


def _not_shown(nodes: Sequence[NodeStatus], service: str) -> Iterator[ServiceNote]:
    """Nodes of the cluster that a listing names and whose own was not given."""
    shown = {_host(node.name) for node in nodes if node.name}
    for node in nodes:
        for other in node.others:
            if shown and _host(other) not in shown:
                yield ServiceNote("node-not-shown", other, service, node.where)
                shown.add(_host(other))


def _host(name: str) -> str:
    return name.partition(".")[0].lower()
