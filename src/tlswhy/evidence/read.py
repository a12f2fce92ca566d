"""Find out what a source is, and read it. A format exists because its file in this room exists.

Each format file has ``likelihood(head) -> float`` and ``read(source, progress) -> Iterator[Evidence]``; the highest
likelihood reads.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import tlswhy.evidence as evidence
from tlswhy.errors import BadEvidence
from tlswhy.evidence.captured import Transcript
from tlswhy.oddity import Oddity
from tlswhy.packets.inflate import is_cut
from tlswhy.packets.tcp import Share
from tlswhy.source import Source

if TYPE_CHECKING:
    from tlswhy.evidence.beside import Beside
    from tlswhy.evidence.types import Evidence

Progress = Callable[[int], None]
_NO_FORMATS = frozenset(
    {
        "beside",
        "captured",
        "cisco_services",
        "debug_handshakes",
        "debug_hello",
        "debug_messages",
        "debug_talk",
        "hex_dump",
        "java_trace",
        "named_files",
        "openssl_dumps",
        "pem_lines",
        "read",
        "server_words",
        "text",
        "tool_names",
        "types",
    }
)
_STORES = "certificates"
_OF_NO_KIND = frozenset({"evidence-unknown", "evidence-archive", "evidence-empty", "configuration-without-tls"})
"""Said of a file by itself, not of one that another includes."""
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ\0",
    b"7z\xbc\xaf",
    b"Rar!",
    b"MSCF",
)
"""ZIP, gzip and zstd (of what is no capture), bzip2, xz, 7z, RAR, cabinet; tar has its word further in."""
_FIRST = "capture"
"""Asked first and alone, since it is sure of itself: other formats are imported only for what is no capture."""


def read_evidence(
    source: Source,
    *,
    progress: Progress | None = None,
    share: Share | None = None,
    brief: bool = False,
    password: str | None = None,
    beside: Beside | None = None,
) -> Iterator[Evidence]:
    """Read one source by its content; of a capture only the connections of ``share``, and only briefly.

    ``password`` opens a store; ``beside`` are the sources that this one may include.

    Raises BadEvidence where there is nothing to read ("evidence-empty") or no format knows it ("evidence-unknown",
    "compressed-cut-early" where it ends too soon to be known).
    """
    head = source.head()
    if not head:
        raise BadEvidence(source.name, "byte 0", "evidence-empty")
    module = _format(source.name, head)
    if module is _module(_FIRST):
        yield from module.read(source, progress, share, brief=brief)
    elif password is not None and module is _module(_STORES):
        yield from module.read(source, progress, password)
    elif beside is not None and _includes(module):
        yield from module.read(source, progress, beside)
    else:
        yield from module.read(source, progress)


def read_together(
    sources: Sequence[Source],
    failed: Callable[[BadEvidence], None],
    *,
    done: Callable[[], None] | None = None,
    progress: Callable[[Source], Progress | None] | None = None,
    share: Share | None = None,
    brief: bool = False,
    password: str | None = None,
) -> Iterator[Evidence]:
    """Read sources of any kind, one after the other; captures among them as one: in the order of time where they are
    only listed (``brief``), and then handed on file by file as they were given.

    ``failed`` is told of each that cannot be read, ``done`` of each that could. What another one includes is no source
    of its own.
    """
    captures = [source for source in sources if len(sources) > 1 and _is_capture(source)]
    beside = _beside(sources) if len(sources) > 1 else None
    later: list[tuple[str, BadEvidence | list[Evidence]]] = []
    for source in sources:
        if len(captures) > 1 and source in captures:
            if source is captures[0]:
                found = _module(_FIRST).read_together(captures, failed, done, progress, share, brief=brief)
                yield from found if brief else _as_given(found, captures)
            continue
        told = read_evidence(
            source,
            progress=progress(source) if progress else None,
            share=share,
            brief=brief,
            password=password,
            beside=beside,
        )
        try:
            if len(sources) > 1 and _may_be_included(source):
                later.append((source.name, list(told)))
            else:
                yield from told
            if done is not None:
                done()
        except BadEvidence as failure:
            if failure.code in _OF_NO_KIND and len(sources) > 1:
                later.append((source.name, failure))
            else:
                failed(failure)
    for name, what in later:
        if beside is not None and name in beside.taken:
            continue
        if isinstance(what, BadEvidence):
            failed(what)
        else:
            yield from what


def _beside(sources: Sequence[Source]) -> Beside:
    from tlswhy.evidence.beside import Beside  # a single capture has no use for it

    return Beside(sources)


def _may_be_included(source: Source) -> bool:
    try:
        return _includes(_format(source.name, source.head()))
    except BadEvidence:
        return False


def _includes(module: ModuleType) -> bool:
    """A format of which one file may be a part of another: its ``read`` takes what is beside it."""
    return bool(getattr(module, "INCLUDES", False))


def _as_given(found: Iterable[Evidence], captures: Sequence[Source]) -> list[Evidence]:
    """File by file, however they follow upon each other in time; secrets come before all connections."""
    place = {source.name: number for number, source in enumerate(captures)}
    return sorted(found, key=lambda each: (isinstance(each, Transcript), place.get(each.item, len(place))))


def _is_capture(source: Source) -> bool:
    try:
        likelihood: float = _module(_FIRST).likelihood(source.head())
    except BadEvidence:
        return False  # who reads it will say why
    return likelihood >= 1.0


def read_trust(source: Source, *, password: str | None = None) -> Iterator[Evidence]:
    """Read what a client trusts, whatever the store's format; an empty source is an empty store."""
    from tlswhy.evidence import certificates

    try:
        yield from certificates.read_trust(source, password)
    except BadEvidence as bad:
        raise (BadEvidence(bad.item, bad.place, "only-described") if _only_describes(source) else bad) from bad


def _only_describes(source: Source) -> bool:
    """A listing that tells of certificates without holding them (keytool -list -v)."""
    try:
        return any(
            isinstance(each, Oddity) and each.what == "certificates-only-described" for each in read_evidence(source)
        )
    except BadEvidence:
        return False


def _format(name: str, head: bytes) -> ModuleType:
    first = _module(_FIRST)
    if first.likelihood(head) >= 1.0:
        return first
    if is_cut(head):
        raise BadEvidence(name, f"byte {len(head)}", "compressed-cut-early")
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        raise BadEvidence(name, "byte 0", "evidence-archive")
    ranked = [(module.likelihood(head), number) for number, module in enumerate(map(_module, _names()))]
    likelihood, number = max(ranked, key=lambda pair: (pair[0], -pair[1]))
    if likelihood <= 0.0:
        raise BadEvidence(name, "byte 0", "evidence-unknown")
    return _module(_names()[number])


@cache
def _names() -> tuple[str, ...]:
    found = (module.name for module in pkgutil.iter_modules(evidence.__path__))
    return tuple(sorted(name for name in found if name not in _NO_FORMATS))


@cache
def _module(name: str) -> ModuleType:
    return import_module(f"{evidence.__name__}.{name}")
