"""What the CLI of Cisco's VOS tells of a node besides certificates: ``utils service list``, ``utils service restart``,
``show version active``, ``show status``, ``show network cluster``; and the table of Control Center.

Owns which lines are about one node. Says nothing of which service matters to whom. No format of its own: the reader of
the CLI feeds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tlswhy.evidence.types import NodeStatus, Service
from tlswhy.model.where import line as line_of

MOST_NODES = 256
MOST_SERVICES = 1000
"""Of one node."""
MOST_OTHERS = 256
COMMANDS = re.compile(r"\b(?:utils service (?:list|restart|start|stop)|show version active|show status)\b")
"""What marks such a text. Its lines are known without them: people paste the answer alone."""
OF_CISCO = re.compile(
    r"^(?:A )?Cisco [\w -]{2,60} ?\[ ?(?:STARTED|STOPPED|STARTING|STOPPING|NOTRUNNING) ?\]"
    r"|^Active Master Version: ?<?\d"
)
"""A line that only such a CLI writes."""
_SERVICE = re.compile(
    r"(?P<name>[A-Za-z][\w /.&()-]{1,80}?) ?\[ ?"
    r"(?P<state>STARTED|STOPPED|STARTING|STOPPING|RUNNING|NOTRUNNING|RESTARTING|DEACTIVATED|UNKNOWN) ?\]"
    r"\s*(?P<note>Component is not running|Service Not Activated|Command(?:ed)? Out of Service|[A-Z][\w ]{2,60}$)?"
)
_TABLE = re.compile(
    r"^\s*(?P<name>[A-Za-z][\w /.&()-]{1,80}?)(?:\t| {2,})(?P<state>Started|Running|Stopped|Not Running)(?:\t| {2,})"
    r"(?:(?P<note>Activated|Deactivated)(?:\t| {2,}))?(?P<started>[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} [\d:]{8} \d{4})"
    r"(?:(?:\t| {2,})(?P<days>\d{1,5}) days? (?P<clock>\d\d:\d\d:\d\d))?"
)
_LISTS_ANEW = re.compile(r"\butils service list\b|^\s*Requesting service status")
_PRIMARY = re.compile(r"\bPrimary Node ?= ?(?P<told>true|false)\b")
_VERSION = re.compile(
    r"\bActive Master Version: ?<?(?P<version>\d[\d.]{1,40}(?:-\d{1,6})?)|^Product Ver\s*: ?(?P<product>\S{3,40})"
)
_HOST = re.compile(r"^\s*(?:admin:\s?show status\s+)?Host Name\s*: ?(?P<name>[\w.-]{1,253})")
_UPTIME = re.compile(
    r"^ ?\d\d:\d\d:\d\d up +(?:(?P<days>\d{1,5}) days?,? +)?"
    r"(?:(?P<hours>\d{1,2}):(?P<minutes>\d\d)|(?P<only>\d{1,2}) min)"
)
_CLUSTER = re.compile(
    r"^[\d.:a-fA-F]{3,45} (?:(?P<full>[\w-]{1,63}\.[\w.-]{1,250}) )?(?P<name>[\w-]{1,63}) +"
    r"(?:Publisher|Subscriber) \w+ DB(?:Pub|Sub)\b"
)
_AGAIN = {"Started": "STARTED", "Running": "STARTED", "Stopped": "STOPPED", "Not Running": "STOPPED"}


@dataclass(slots=True)
class _Node:
    lines: list[int] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)
    name: str | None = None
    primary: bool | None = None
    version: str | None = None
    up_seconds: int | None = None
    others: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class NodeLines:
    """Feed it every line; ``nodes`` are those that were told of. A second list, or another name, is another node's."""

    item: str
    _nodes: list[_Node] = field(default_factory=lambda: [_Node()])

    def feed(self, number: int, line: str) -> bool:
        """One line; whether it was about the node."""
        node = self._nodes[-1]
        if _LISTS_ANEW.search(line) and (node.services or node.primary is not None):
            node = self._next()
        if host := _HOST.match(line):
            node = self._next() if node.name is not None and node.name != host["name"] else node
            node.name = host["name"]
        elif version := _VERSION.search(line):
            node.version = version["version"] or version["product"]
        elif primary := _PRIMARY.search(line):
            node.primary = primary["told"] == "true"
        elif up := _UPTIME.match(line):
            hours, minutes = int(up["hours"] or 0), int(up["minutes"] or up["only"] or 0)
            node.up_seconds = (int(up["days"] or 0) * 24 + hours) * 3600 + minutes * 60
        elif cluster := _CLUSTER.match(line):
            if len(node.others) < MOST_OTHERS:
                node.others.setdefault(cluster["full"] or cluster["name"])
        elif not self._services(node, number, line):
            return False
        if "[" in line:  # a line that lists services may end with the node's role
            self._services(node, number, line)
        node.lines.append(number)
        return True

    def nodes(self) -> Iterator[NodeStatus]:
        """Each with the first of its lines as its place."""
        for node in self._nodes:
            if node.lines:
                yield NodeStatus(
                    item=self.item,
                    where=(line_of(self.item, node.lines[0]),),
                    services=tuple(node.services.values()),
                    name=node.name,
                    primary=node.primary,
                    version=node.version,
                    up_seconds=node.up_seconds,
                    others=tuple(node.others),
                )

    def _next(self) -> _Node:
        if len(self._nodes) < MOST_NODES:
            self._nodes.append(_Node())
        return self._nodes[-1]

    def _services(self, node: _Node, number: int, line: str) -> bool:
        """Those of one line: ``utils service restart`` tells the same one several times, and the last state counts."""
        found = False
        where = line_of(self.item, number)
        if row := _TABLE.match(line):
            seconds = None
            if row["days"] is not None:
                hours, minutes, rest = map(int, row["clock"].split(":"))
                seconds = int(row["days"]) * 86_400 + hours * 3600 + minutes * 60 + rest
            service = Service(
                row["name"].strip(), _AGAIN[row["state"]], row["note"] or "", where, row["started"], seconds
            )
            return self._keep(node, service)
        for told in _SERVICE.finditer(line) if "]" in line else ():
            service = Service(told["name"].strip(), told["state"], told["note"] or "", where)
            found = self._keep(node, service) or found
        return found

    @staticmethod
    def _keep(node: _Node, service: Service) -> bool:
        if service.name in node.services or len(node.services) < MOST_SERVICES:
            node.services[service.name] = service
            return True
        return False
