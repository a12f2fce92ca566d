"""Certificate files as evidence: PEM, DER, PKCS#7 show the chain a server sends; stores say themselves what they hold.

Owns the role of each entry: key entries and loose certificates are served, trusted entries are trusted; files given as
``--trust`` are trusted whatever they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tlswhy.errors import BadEvidence
from tlswhy.evidence.dh_parameters import read_dh_parameters
from tlswhy.evidence.text import text_of
from tlswhy.evidence.types import Evidence, Role, ShownCertificates
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.pki.stores import EntryKind, Store, StoredCertificate, read_store
from tlswhy.source import Source

LARGEST_STORE = 64 << 20
_JAVA_MAGIC = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")


def likelihood(head: bytes) -> float:
    """PEM armour, a Java store's magic, or what may be a DER SEQUENCE."""
    if b"-----BEGIN " in head or head[:4] in _JAVA_MAGIC or "-----BEGIN " in text_of(head):
        return 0.8
    return 0.3 if head[:1] == b"\x30" or head[:2] == b"MI" else 0.0


def read(source: Source, progress: object = None, password: str | None = None) -> Iterator[Evidence]:
    """Served and trusted certificates, each in the order of the file. Raises BadEvidence where there are none."""
    store = _store(source, password)
    for role in Role:
        entries = [entry for entry in store.certificates if _role(entry) is role]
        if entries:
            shown = _shown(source, role, entries)
            yield _with_what_is_broken(shown, store.oddities) if role is Role.SERVED else shown
            if role is Role.SERVED and (number := _upside_down(entries)):
                yield Oddity("chain-upside-down", shown.where[0].place, source.name, {"certificate": number})
    yield from read_dh_parameters(source)  # Apache and HAProxy find them behind the certificates
    yield from (oddity.of(source.name) for oddity in store.oddities)


def read_trust(source: Source, password: str | None = None) -> Iterator[Evidence]:
    """What a client trusts; an empty file is an empty store. Raises BadEvidence where it is no store."""
    store = _store(source, password)
    yield _shown(source, Role.TRUSTED, list(store.certificates))
    yield from (oddity.of(source.name) for oddity in store.oddities)


def _store(source: Source, password: str | None) -> Store:
    try:
        return read_store(source.read(LARGEST_STORE), password)
    except BadEvidence as bad:
        raise BadEvidence(source.name, bad.place, bad.code, **bad.facts) from bad


def _upside_down(entries: Sequence[StoredCertificate]) -> int | None:
    """The number of a certificate that is no CA's, where a CA's stands first: no server sends it so. One that others of
    the file issued; else the file is a collection."""
    certificates = [entry.certificate for entry in entries]
    authority = [bool(each.basic_constraints and each.basic_constraints.ca) for each in certificates]
    if not authority[0]:
        return None
    issuers = {each.subject for each, of_a_ca in zip(certificates, authority, strict=True) if of_a_ca}
    issued = (number for number, each in enumerate(certificates) if not authority[number] and each.issuer in issuers)
    return next(issued, None)


def _role(entry: StoredCertificate) -> Role:
    return Role.TRUSTED if entry.kind is EntryKind.TRUSTED else Role.SERVED


def _shown(source: Source, role: Role, entries: list[StoredCertificate]) -> ShownCertificates:
    return ShownCertificates(
        source.name,
        role,
        tuple(entry.certificate.der for entry in entries),
        tuple(Where(source.name, entry.place) for entry in entries),
    )


_BROKEN = frozenset(
    {
        "pem-block-not-closed",
        "pem-block-broken",
        "certificate-unreadable",
    }
)


def _with_what_is_broken(shown: ShownCertificates, oddities: Sequence[Oddity]) -> ShownCertificates:
    """A chain of which a part was lost on the way here: nobody knows that the server sends it so."""
    broken = {oddity.place for oddity in oddities if oddity.what in _BROKEN}
    if not broken:
        return shown
    first = min(map(_number, broken))
    leaf_shown = not shown.where or _number(shown.where[0].place) < first
    return replace(shown, listed=len(shown.ders) + len(broken), leaf_shown=leaf_shown)


def _number(place: str) -> int:
    digits = place.rpartition(" ")[2]
    return int(digits) if digits.isdigit() else 0
