"""The CLI of Cisco's VOS (Finesse, UCCX, CUIC) as evidence: ``show cert own|trust NAME``, ``show cert list own|trust``,
and beside them what a node tells of its services and version (``cisco_services``).

Owns which of them is the machine's own (what it serves) and which it trusts. Where the text shows no PEM the
certificates are only described: their names and places can be told, nothing can be judged by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tlswhy.errors import BadEvidence
from tlswhy.evidence.cisco_services import COMMANDS, OF_CISCO, NodeLines
from tlswhy.evidence.pem_lines import PemReader
from tlswhy.evidence.text import date_in, lines, text_of
from tlswhy.evidence.types import DescribedCertificate, DescribedCertificates, Evidence, Role, ShownCertificates
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source

MOST_CERTIFICATES = 10_000
_COMMAND = re.compile(r"\bshow cert (?P<list>list )?(?P<kind>own|trust)\b")
_LISTED = re.compile(r"^(?P<unit>[\w-]{1,40})/(?P<name>[^/:\s][^/:]{0,200}\.(?:pem|der|crt|cer)): ?(?P<what>.{0,500})$")
_FIELD = re.compile(
    r"^\s*(?P<key>SignatureAlgorithm|Issuer Name|Subject Name|Validity From|To|Not Before|Not After):"
    r"\s*(?P<value>.{0,1000})$"
)
_VERSION = re.compile(r"^\s*Version: V\d\s*$")


def likelihood(head: bytes) -> float:
    """One of the commands, a line of the list, or the way in which it prints a certificate."""
    text = text_of(head)
    if not text:
        return 0.0
    if _COMMAND.search(text) or COMMANDS.search(text) or ("Issuer Name:" in text and "SignatureAlgorithm:" in text):
        return 0.92
    return 0.85 if any(_LISTED.match(line) or OF_CISCO.search(line) for line in text.splitlines()[:200]) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """Certificates shown, then described, by role; then the nodes. Raises BadEvidence where there is nothing of it."""
    text, nodes = _Text(source.name), NodeLines(source.name)
    for number, line in lines(source):
        if not nodes.feed(number, line):
            text.feed(number, line)
    found = [*text.evidence(), *nodes.nodes()]
    if not found:
        raise BadEvidence(source.name, "line 1", "no-certificate-inside")
    yield from found
    for item in found:
        if isinstance(item, DescribedCertificates):
            facts = {"count": len(item.certificates)}
            yield Oddity("certificates-only-described", item.certificates[0].where.place, source.name, facts)


@dataclass(slots=True)
class _Text:
    """What is trusted, unless a command says that it is the machine's own."""

    item: str
    role: Role = Role.TRUSTED
    pem: dict[Role, PemReader] = field(default_factory=lambda: {role: PemReader() for role in Role})
    described: dict[Role, list[dict[str, str | int]]] = field(default_factory=lambda: {role: [] for role in Role})
    listed: dict[Role, list[DescribedCertificate]] = field(default_factory=lambda: {role: [] for role in Role})

    def feed(self, number: int, line: str) -> None:
        """One line."""
        if command := _COMMAND.search(line):
            self.role = Role.SERVED if command["kind"] == "own" else Role.TRUSTED
            return
        if self.pem[self.role].feed(number, line):
            return
        rows = self.described[self.role]
        if _VERSION.match(line) and len(rows) < MOST_CERTIFICATES:
            rows.append({"line": number})
        elif rows and (found := _FIELD.match(line)):
            rows[-1].setdefault(found["key"], found["value"].strip())
        elif found := _LISTED.match(line):
            where = line_of(self.item, number)
            role = Role.TRUSTED if found["unit"].endswith("-trust") else Role.SERVED
            if len(self.listed[role]) < MOST_CERTIFICATES:
                self.listed[role].append(DescribedCertificate(found["what"] or found["name"], "", "", where))

    def evidence(self) -> Iterator[ShownCertificates | DescribedCertificates | Oddity]:
        """PEM where it stands; descriptions only where it does not."""
        for role, reader in self.pem.items():
            reader.close()
            if reader.blocks:
                where = tuple(line_of(self.item, number) for number, _ in reader.blocks)
                yield ShownCertificates(self.item, role, tuple(der for _, der in reader.blocks), where)
        for role, reader in self.pem.items():
            rows = self.described[role]
            told = [*map(self._certificate, rows), *self.listed[role]] if not reader.blocks else []
            if told:
                yield DescribedCertificates(self.item, role, tuple(told))
            yield from (oddity.of(self.item) for oddity in reader.oddities)

    def _certificate(self, row: dict[str, str | int]) -> DescribedCertificate:
        signature = str(row.get("SignatureAlgorithm", "")).partition(" ")[0]
        names = (str(row.get("Subject Name", "")), str(row.get("Issuer Name", "")))
        begins = date_in(str(row.get("Validity From", "") or row.get("Not Before", "")))
        ends = date_in(str(row.get("To", "") or row.get("Not After", "")))
        return DescribedCertificate(*names, signature, line_of(self.item, int(row["line"])), begins, ends)
