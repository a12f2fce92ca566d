"""What ``openssl s_client`` prints, as evidence: the chain as the server sends it, in its order.

Owns the sections of that output: with -showcerts every certificate stands under "Certificate chain"; without it only
the leaf does, under "Server certificate", which says nothing of what else was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.pem_lines import PemReader
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import Evidence, Role, ShownCertificates
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source

_MARKS = re.compile(
    r"^(?:CONNECTED\([0-9A-Fa-f]+\)|Certificate chain|SSL handshake has read \d+ bytes|depth=\d+ )", re.MULTILINE
)
_ISSUED = re.compile(r"^ {1,3}(?P<number>\d{1,3}) s:")
_CHAIN, _SERVER = "Certificate chain", "Server certificate"


def likelihood(head: bytes) -> float:
    """Two of the marks of its output."""
    found = {mark.split("(")[0].split("=")[0] for mark in _MARKS.findall(text_of(head))}
    return 0.9 if len(found) >= 2 else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The served chain. Raises BadEvidence where the output shows no certificate."""
    chain, server, listed = PemReader(), PemReader(), 0
    reader = server
    for number, line in lines(source):
        if line.startswith(_CHAIN):
            reader = chain
        elif line.startswith(_SERVER):
            reader = server
        elif _ISSUED.match(line) and reader is chain:
            listed += 1
        reader.feed(number, line)
    for each in (chain, server):
        each.close()
    blocks = chain.blocks or server.blocks[:1]
    if not blocks:
        raise BadEvidence(source.name, "line 1", "no-certificate-inside")
    where = tuple(line_of(source.name, number) for number, _ in blocks)
    yield ShownCertificates(source.name, Role.SERVED, tuple(der for _, der in blocks), where)
    if listed > len(blocks):
        facts = {"shown": len(blocks), "listed": listed}
        yield Oddity("chain-listed-not-shown", where[0].place, source.name, facts)
    yield from (oddity.of(source.name) for oddity in (*chain.oddities, *server.oddities))
