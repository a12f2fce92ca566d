"""What can this server do? Questions in as few connections as possible: each hello asks about all that is still open.

A server that is offered several things chooses one; without that one it shows the next, until it refuses. Owns the
order of the questions and when one is settled. The answers are recorded like any probe's, so that the judgement of
other clients rests on them; the ``Survey`` made here is their summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from tlswhy.client.hello import is_address
from tlswhy.errors import BadEvidence
from tlswhy.gather.connection import Address
from tlswhy.gather.exchange import can_do
from tlswhy.gather.live import Line
from tlswhy.gather.probe import Hello
from tlswhy.gather.questions import CURVES, GROUPS, SCHEMES, Answer, answer_of, suites_of
from tlswhy.model.client import HelloForm, Offer
from tlswhy.model.survey import STOPPED_ANSWERING, ServedChain, Survey
from tlswhy.negotiate import lacking
from tlswhy.pki.certificate import read_certificate
from tlswhy.wire.numbers import SSL3, TLS10, TLS11, TLS12, TLS13, group_number, suite

OLD_VERSIONS: Final = (TLS12, TLS11, TLS10, SSL3)
SCHEME: Final = 2
"""Its place among the three lists of TLS 1.3."""
OFFERS_MINDED: Final = {TLS12: "offer-of-tls12", TLS11: "offer-of-tls11", TLS10: "offer-of-tls10"}
STRANGER: Final = "name-nobody-has.invalid"
MOST_QUESTIONS: Final = 400
_EXTENSIONS_12: Final = (0xFF01, 0, 11, 10, 23, 13)
_EXTENSIONS_11: Final = (0xFF01, 0, 11, 10, 23)
_EXTENSIONS_13: Final = (*_EXTENSIONS_12, 43, 45, 51)


@dataclass(slots=True)
class _Found:
    versions: dict[int, tuple[int, ...]] = field(default_factory=dict)
    server_order: bool | None = None
    dh_bits: list[int] = field(default_factory=list)
    groups: dict[int, None] = field(default_factory=dict)
    schemes: dict[int, None] = field(default_factory=dict)
    chains: dict[ServedChain, None] = field(default_factory=dict)
    without_name: bool | None = None
    other_name: bool | None = None
    intolerances: list[str] = field(default_factory=list)


class Surveyor:
    """Asks one address of one target through a line."""

    def __init__(self, line: Line, address: Address, server_name: str | None, host: str = STRANGER) -> None:
        self._line, self._address, self._name, self._host = line, address, server_name, host
        self._found = _Found()
        self._began = line.connections

    def run(self, item: str, port: int, unanswered: Sequence[tuple[Hello, int]] = ()) -> Survey:
        """All questions; what the server refuses to be asked is left out. ``unanswered``: hellos of clients, with the
        length of their message, for which it has chosen nothing."""
        self._ask_versions()
        self._ask_order()
        self._ask_old_groups()
        self._ask_old_schemes()
        self._ask_names()
        for hello, length in unanswered[:1]:
            if self._is_a_riddle(hello, self._summary(item, port)):
                self._ask_what_is_minded(hello, length)
        return self._summary(item, port)

    def _is_a_riddle(self, hello: Hello, survey: Survey) -> bool:
        """Nothing that the server can do says why that hello was not answered."""
        wants_a_name = hello.server_name is None and survey.without_name is False
        return (
            not wants_a_name and STOPPED_ANSWERING not in survey.intolerances and lacking(hello.offer, survey) is None
        )

    def _summary(self, item: str, port: int) -> Survey:
        found = self._found
        return Survey(
            item=item,
            port=port,
            versions=found.versions,
            server_order=found.server_order,
            dh_bits=min(found.dh_bits, default=None),
            groups=tuple(found.groups),
            schemes=tuple(found.schemes),
            chains=tuple(found.chains),
            server_name=self._name,
            without_name=found.without_name,
            other_name=found.other_name,
            intolerances=tuple(found.intolerances),
            connections=self._line.connections - self._began,
        )

    def _ask_versions(self) -> None:
        """With the name that the client sends; where that is none and nobody answers, with the server's."""
        self._ask_tls13()
        self._ask_old_versions()
        if self._name is not None or self._found.versions:
            return
        self._name = STRANGER if is_address(self._host) else self._host
        newest = (list(suites_of(TLS13)), [group for group in GROUPS if can_do(group)], list(SCHEMES))
        if self._ask(TLS12, suites_of(TLS12)).version is None and self._ask13(*newest).version is None:
            self._name = None
            return
        self._found.without_name = False
        self._ask_tls13()
        self._ask_old_versions()

    def _ask_what_is_minded(self, hello: Hello, length: int) -> None:
        from tlswhy.gather.intolerances import minded

        def answered(asked: Hello) -> bool:
            flight = self._line.ask(asked, self._address)
            return flight is not None and flight.answered

        code = minded(hello, length, TLS13 in self._found.versions, answered)
        if code is not None:
            self._found.intolerances.append(code)

    def _ask_tls13(self) -> None:
        """Suites, groups and schemes at once, until the first of them is used up; then one after the other."""
        open_ = [list(suites_of(TLS13)), [group for group in GROUPS if can_do(group)], list(SCHEMES)]
        known: list[list[int]] = [[], [], []]
        while all(open_):
            answer = self._ask13(*open_)
            chosen = (answer.suite, answer.group, answer.scheme)
            if answer.version != TLS13 or not _take(open_, known, chosen):
                break
        if known[0]:
            for number in range(3):
                self._use_up(number, open_, known)
            self._found.versions[TLS13] = tuple(known[0])
            self._found.groups.update(dict.fromkeys(known[1]))
            self._found.schemes.update(dict.fromkeys(known[2]))

    def _use_up(self, number: int, open_: list[list[int]], known: list[list[int]]) -> None:
        """Ask for what is open in one of the three lists, the others as known to work."""
        while open_[number]:
            asked = [open_[number] if index == number else known[index] for index in range(3)]
            answer = self._ask13(*asked, shares=number == SCHEME)
            chosen = (answer.suite, answer.group, answer.scheme)[number]
            if answer.version != TLS13 or chosen not in open_[number]:
                return
            open_[number].remove(chosen)
            known[number].append(chosen)

    def _ask_old_versions(self) -> None:
        """Each version's suites; a server that answers with a lower version has nothing in between."""
        ceiling, silent = TLS12, list[int]()
        for version in OLD_VERSIONS:
            if version > ceiling:
                continue
            left, known = list(suites_of(version)), list[int]()
            while left:
                answer = self._ask(version, left)
                if answer.version is None and not known:
                    silent.append(version)
                if answer.version is not None and answer.version < version and not known:
                    ceiling = answer.version
                if answer.version != version or answer.suite not in left:
                    break
                left.remove(answer.suite)
                known.append(answer.suite)
            if known:
                if silent and not self._found.versions:  # who has that alone answers newer hellos so (RFC 5246, E.1)
                    self._found.intolerances.append(OFFERS_MINDED[silent[-1]])
                self._found.versions[version] = tuple(known)
            elif version == TLS12 and not self._found.versions and self._bears_less():
                return

    def _bears_less(self) -> bool:
        """A server that refuses the long hello may bear a short one; then nothing more can be asked this way."""
        short = [number for number in suites_of(TLS12) if (found := suite(number)) and found.aead][:12]
        answer = self._ask(TLS12, short)
        if answer.version is not None:
            self._found.intolerances.append("long-hello")
        return answer.version is not None

    def _ask_order(self) -> None:
        """The same suites in the opposite order: does the choice follow?"""
        for version in OLD_VERSIONS:
            suites = self._found.versions.get(version, ())
            if len(suites) > 1:
                answer = self._ask(version, suites[::-1])
                self._found.server_order = answer.suite != suites[-1]
                return
        suites = self._found.versions.get(TLS13, ())
        if len(suites) > 1:
            answer = self._ask13(list(suites[::-1]), list(self._found.groups), list(self._found.schemes))
            self._found.server_order = answer.suite != suites[-1]

    def _ask_old_groups(self) -> None:
        """The curves of TLS 1.2 and before that TLS 1.3 did not show."""
        version, suites = self._first_with("ECDHE", "ECDH_anon")
        if version is None:
            return
        left = [curve for curve in CURVES if curve not in self._found.groups]
        while left:
            answer = self._ask(version, suites, groups=left)
            if answer.group is None or answer.group not in left:
                return
            left.remove(answer.group)
            self._found.groups[answer.group] = None

    def _ask_old_schemes(self) -> None:
        """The signatures of TLS 1.2, which TLS 1.3 has only in part."""
        signed = [
            number
            for number in self._found.versions.get(TLS12, ())
            if (found := suite(number)) and found.key_exchange in {"DHE", "ECDHE"}
        ]
        left = list(SCHEMES)
        while signed and left:
            answer = self._ask(TLS12, signed, schemes=left)
            if answer.scheme is None or answer.scheme not in left:
                return
            left.remove(answer.scheme)
            self._found.schemes[answer.scheme] = None

    def _ask_names(self) -> None:
        """Without a name, and with one that the server cannot know."""
        if not self._found.versions:
            return
        if self._name is not None and self._found.without_name is None:
            self._found.without_name = (self._ask_with_name(None)).version is not None
        self._found.other_name = (self._ask_with_name(STRANGER)).version is not None

    def _ask_with_name(self, name: str | None) -> Answer:
        kept, self._name = self._name, name
        try:
            version = max(self._found.versions)
            if version == TLS13:
                lists = (self._found.versions[TLS13], self._found.groups, self._found.schemes)
                return self._ask13(*(list(numbers) for numbers in lists))
            return self._ask(version, self._found.versions[version])
        finally:
            self._name = kept

    def _first_with(self, *exchanges: str) -> tuple[int | None, list[int]]:
        for version in OLD_VERSIONS:
            suites = [
                number
                for number in self._found.versions.get(version, ())
                if (found := suite(number)) and found.key_exchange in exchanges
            ]
            if suites:
                return version, suites
        return None, []

    def _ask13(self, suites: list[int], groups: list[int], schemes: list[int], *, shares: bool = True) -> Answer:
        """Without shares the server answers with a HelloRetryRequest, which names suite and group and costs nothing."""
        return self._send(
            Offer(
                versions=(TLS13,),
                suites=tuple(suites),
                groups=tuple(groups),
                schemes=tuple(schemes),
                schemes_cert=(),
                extensions=_EXTENSIONS_13,
                key_shares=tuple(groups[:1]) if shares else (),
                record_version=TLS10,
            ),
            once=not shares,
        )

    def _ask(
        self, version: int, suites: Sequence[int], groups: Iterable[int] = CURVES, schemes: Iterable[int] = SCHEMES
    ) -> Answer:
        extensions = _EXTENSIONS_12 if version == TLS12 else _EXTENSIONS_11
        return self._send(
            Offer(
                versions=tuple(older for older in OLD_VERSIONS if older <= version),
                suites=tuple(suites),
                groups=tuple(groups),
                schemes=tuple(schemes) if version == TLS12 else (),
                schemes_cert=(),
                extensions=() if version == SSL3 else extensions,
                key_shares=(),
                record_version=min(version, TLS10),
            )
        )

    def _send(self, offer: Offer, *, once: bool = False) -> Answer:
        if self._line.connections - self._began >= MOST_QUESTIONS:
            return Answer()
        legacy = min(TLS12, max(offer.versions))
        form = HelloForm(legacy_version=legacy, session_id_length=32 if TLS13 in offer.versions else 0)
        flight = self._line.ask(Hello(offer, form, self._name, once), self._address)
        if flight is None and STOPPED_ANSWERING not in self._found.intolerances:
            self._found.intolerances.append(STOPPED_ANSWERING)
        answer = answer_of(flight)
        if answer.dh_bits is not None:
            self._found.dh_bits.append(answer.dh_bits)
        if answer.chain:
            self._found.chains[_served(answer.chain, self._name)] = None
        return answer


def _take(open_: list[list[int]], known: list[list[int]], chosen: tuple[int | None, ...]) -> bool:
    """Move what was chosen; False where the answer shows something that was not asked, or not all of it."""
    if any(value not in numbers for value, numbers in zip(chosen, open_, strict=True)):
        for value, numbers, found in zip(chosen, open_, known, strict=True):
            if value in numbers and value is not None:
                numbers.remove(value)
                found.append(value)
        return False
    for value, numbers, found in zip(chosen, open_, known, strict=True):
        if value is not None:
            numbers.remove(value)
            found.append(value)
    return True


def _served(chain: tuple[bytes, ...], server_name: str | None) -> ServedChain:
    prints = tuple(sha256(der).hexdigest() for der in chain)
    try:
        key = read_certificate(chain[0]).public_key
    except BadEvidence:
        return ServedChain("unknown", server_name, prints)
    return ServedChain(key.algorithm, server_name, prints, group_number(key.curve) if key.curve else None)


__all__ = ["Surveyor"]
