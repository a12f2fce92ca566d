"""What a client's words can mean: exceptions and alerts to the causes that they can have.

Owns the reading of data/java_messages.toml (rules of the classes that throw, never of single cases) and the order: the
innermost exception first, masks last. Weighs nothing against other evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from tlswhy.errors import BadTable
from tlswhy.evidence.java_trace import thrown_in
from tlswhy.evidence.server_log import SERVER
from tlswhy.evidence.types import ClientWords, DescribedCertificates, Role, SpokenAlert, Thrown
from tlswhy.frozen import frozen
from tlswhy.model.where import Where, line
from tlswhy.side import Side
from tlswhy.tables import load_table
from tlswhy.wire.numbers import alert_name

MOST_CAUSES = 8
DEEPEST = 8
"""Exceptions named one in the other's message."""
_PREFIX = re.compile(r"^\([a-z_]+\) ")
_KEYS = frozenset(
    {"class", "message", "at", "causes", "by", "alert", "releases", "source", "weak", "mask", "decide", "library"}
)


@frozen
class Meaning:
    """What words mean: one cause where they name it, else what can lie behind them, likeliest first.

    ``said`` is the exception in short, ``facts`` what its message tells, ``by`` who refused, ``source`` the class.
    """

    words: ClientWords
    causes: tuple[str, ...]
    by: str
    said: str
    facts: Mapping[str, object]
    where: tuple[Where, ...]
    releases: str
    source: str
    weak: bool = False
    """It says hardly more than that something failed."""
    mask: str | None = None
    alert: int | None = None

    @property
    def cause(self) -> str | None:
        """The one cause that the words name."""
        return self.causes[0] if len(self.causes) == 1 else None


def meaning_of(words: ClientWords, described: Sequence[DescribedCertificates] = ()) -> Meaning | None:
    """What these words mean; None where they are about no refusal that is known.

    ``described``: certificates that texts describe; those of the words' own text narrow the causes.
    """
    found = _first_meaning(words)
    if found is None or found.cause is not None:
        return found
    left = tuple(cause for cause in found.causes if cause not in _ruled_out(words, described))
    return replace(found, causes=left) if left else found


def _ruled_out(words: ClientWords, described: Sequence[DescribedCertificates]) -> frozenset[str]:
    """What the rest of the same text excludes: a name was sent; the chain ends in a root, or does not."""
    out = set()
    if words.hello is not None and words.hello.server_name is not None:
        out.add("sni-required")
    chains = [shown.certificates for shown in described if shown.item == words.item and shown.role is Role.SERVED]
    if len(chains) == 1:
        out |= excluded_by([(certificate.subject, certificate.issuer) for certificate in chains[0]])
    return frozenset(out)


def families_of(words: ClientWords) -> frozenset[str]:
    """The families of clients whose words these can be; empty where they may be anybody's."""
    if words.speaker == SERVER:
        return frozenset()
    if words.speaker:
        return frozenset({words.speaker})
    if any("." in thrown.kind and thrown.kind[0].islower() for thrown in words.exceptions):
        return frozenset({"java"})
    if words.runtime is not None and not words.exceptions:
        return frozenset({words.runtime.id.partition("/")[0]})
    for thrown in words.exceptions:
        for pattern, families in _speakers():
            if pattern.search(f"{thrown.kind}: {thrown.message}"):
                return families
    return frozenset()


def excluded_by(chain: Sequence[tuple[str, str]]) -> frozenset[str]:
    """What a served chain, (subject, issuer) from the leaf on, excludes of the reasons why no path was found."""
    (subject, issuer), *above = chain
    alone = subject == issuer
    out = {"trust-anchor-missing", "chain-incomplete"} if alone else {"self-signed-untrusted"}
    roots = {name for name, signer in above if name == signer}
    by_subject = dict(above)
    top = issuer
    for _ in above:
        if top in roots:
            out.add("chain-incomplete")
            break
        top = by_subject.get(top, top)
    return frozenset(out)


def _first_meaning(words: ClientWords) -> Meaning | None:
    chain = [thrown for said in words.exceptions for thrown in unfolded(said)]
    for weak in (False, True):
        for thrown in reversed(chain):
            for row in _rows():
                if row.weak is weak and (facts := row.fits(thrown, words.mask)) is not None:
                    return _meaning(words, thrown, row, facts)
    if words.alert is not None and (spoken := _of_alert(words)) is not None:
        return spoken
    if words.mask is not None:
        for row in _rows():
            if row.mask == words.mask:
                return _meaning(words, None, row, {})
    return None


def unfolded(thrown: Thrown) -> Iterator[Thrown]:
    """An exception, then those that its message names after it: a log often keeps one line of a chain."""
    message = _PREFIX.sub("", thrown.message)
    yield Thrown(thrown.kind, message, thrown.at, thrown.line)
    for _ in range(DEEPEST):
        inner = thrown_in(message, thrown.line)
        if inner is None:
            return
        yield inner
        message = inner.message


@frozen
class _Row:
    kind: re.Pattern[str] | None
    message: re.Pattern[str] | None
    at: re.Pattern[str] | None
    causes: tuple[str, ...]
    by: str
    alert: int | None
    releases: str
    source: str
    weak: bool
    mask: str | None
    decide: str | None
    library: bool = False
    """A row of another library's messages: none of Java's."""

    def fits(self, thrown: Thrown, mask: str | None) -> dict[str, object] | None:
        """The facts of the message where the exception is the row's; None where it is not."""
        if self.kind is None and self.message is None:
            return None
        if self.mask is not None and mask != self.mask:
            return None
        if self.library is ("." in thrown.kind):  # a class of Java has a package
            return None
        if thrown.kind == SERVER and self.kind is None:  # what a library says as a client means another thing there
            return None
        if self.kind is not None and not self.kind.search(thrown.kind):
            return None
        if self.at is not None and not self.at.search(thrown.at):
            return None
        if self.message is None:
            return {}
        found = self.message.search(thrown.message)
        if found is None:
            return None
        told = {("host" if name == "other" else name): text for name, text in found.groupdict().items() if text}
        return {name: int(text) if text.isascii() and text.isdigit() else text for name, text in told.items()}


def _meaning(words: ClientWords, thrown: Thrown | None, row: _Row, facts: Mapping[str, object]) -> Meaning:
    said = "" if thrown is None else _said(thrown)
    places = (line(words.item, thrown.line),) if thrown is not None and thrown.line else words.where
    causes = _decided(row, facts)[:MOST_CAUSES]
    origin = (row.releases, row.source, row.weak, row.mask, row.alert)
    return Meaning(words, causes, row.by, said[:300], facts, places, *origin)


def _said(thrown: Thrown) -> str:
    if "." not in thrown.kind:  # a library's own line, as it stands
        return thrown.message
    return f"{thrown.kind.rpartition('.')[2]}: {thrown.message}".removesuffix(": ")


def _decided(row: _Row, facts: Mapping[str, object]) -> tuple[str, ...]:
    """A message that gives the size tells which of its conditions was broken."""
    bits, least, most = facts.get("bits"), facts.get("least"), facts.get("most")
    if row.decide == "dh-size" and isinstance(bits, int) and isinstance(least, int) and isinstance(most, int):
        if bits > most:
            return ("dh-key-too-large",)
        return ("dh-key-too-small",) if bits < least else ("dh-key-size-odd",)
    return row.causes


def _of_alert(words: ClientWords) -> Meaning | None:
    """An alert in a log without an exception: what the server sent reads like its exception, what the client sent
    like that of a client that nobody knows."""
    spoken = words.alert
    if spoken is None:
        return None
    if spoken.sender is not Side.SERVER:
        return _of_clients_alert(words, spoken) if words.speaker == SERVER else None
    name = alert_name(spoken.description)
    thrown = Thrown("javax.net.ssl.SSLException", f"Received fatal alert: {name}", "", spoken.line)
    for row in _rows():
        if row.by == "server" and (facts := row.fits(thrown, None)) is not None:
            return _meaning(words, thrown, row, facts)
    return None


def _of_clients_alert(words: ClientWords, spoken: SpokenAlert) -> Meaning | None:
    table = load_table("unknown_client.toml")
    number = spoken.description
    sent = {cause: numbers.index(number) for cause, numbers in table["alerts"].items() if number in numbers}
    causes = tuple(sorted(sent, key=lambda cause: (sent[cause], _likeliness(cause))))[:MOST_CAUSES]
    if not causes:
        return None
    said = f"{alert_name(spoken.description)}({spoken.description})"
    where = (line(words.item, spoken.line),)
    return Meaning(words, causes, "client", said, {}, where, "", table["sources"][0]["text"], alert=spoken.description)


_LIKELIEST = ("trust-anchor-missing", "chain-incomplete", "hostname-mismatch", "self-signed-untrusted", "cert-expired")
"""Of causes that an alert means as directly, what servers are refused for most."""


def _likeliness(cause: str) -> int:
    return _LIKELIEST.index(cause) if cause in _LIKELIEST else len(_LIKELIEST)


@cache
def _speakers() -> Sequence[tuple[re.Pattern[str], frozenset[str]]]:
    rows = load_table("library_messages.toml")["speaker"]
    return tuple((re.compile(row["text"]), frozenset(row["families"])) for row in rows)


@cache
def _rows() -> Sequence[_Row]:
    rows = []
    of_servers = (
        {"class": f"^{SERVER}$", "library": SERVER, "by": SERVER, **row}
        for row in load_table("server_messages.toml")["row"]
    )
    for row in (*load_table("java_messages.toml")["row"], *of_servers, *load_table("library_messages.toml")["row"]):
        if set(row) - _KEYS or not row.get("causes") or not row.get("source"):
            raise BadTable("table-row-malformed", table="java_messages.toml", reason=str(row))
        rows.append(
            _Row(
                kind=_pattern(row, "class"),
                message=_pattern(row, "message"),
                at=_pattern(row, "at"),
                causes=tuple(row["causes"]),
                by=row.get("by", "client"),
                alert=row.get("alert"),
                releases=row.get("releases", ""),
                source=row["source"],
                weak=row.get("weak", False),
                mask=row.get("mask"),
                decide=row.get("decide"),
                library="library" in row,
            )
        )
    return tuple(rows)


def _pattern(row: Mapping[str, str], key: str) -> re.Pattern[str] | None:
    return re.compile(row[key]) if key in row else None
