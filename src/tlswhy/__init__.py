"""tlswhy: why did this TLS client refuse that server, and what must change so that it accepts?

The same path as the command line's, typed:

    from tlswhy import diagnose, read_evidence
    report = diagnose(read_evidence("capture.pcap"), clients=["java/8u212"])
    report.diagnoses[0].verdict.refusals[0].cause
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from tlswhy.errors import BadEvidence, BadRequest, BadTable, TlswhyError
from tlswhy.source import Source, source_of_bytes

if TYPE_CHECKING:
    from os import PathLike

    from tlswhy.client.profiles import ClientSet, client_ids, load_client
    from tlswhy.diagnose import diagnose
    from tlswhy.evidence.types import Evidence
    from tlswhy.report import Diagnosis, Report

_LATE = {
    "ClientSet": "client.profiles",
    "Diagnosis": "report",
    "Report": "report",
    "client_ids": "client.profiles",
    "diagnose": "diagnose",
    "load_client": "client.profiles",
}
"""Imported when they are asked for: what only lists handshakes needs no client and no rule, half of a cold start."""

__all__ = [
    "BadEvidence",
    "BadRequest",
    "BadTable",
    "ClientSet",
    "Diagnosis",
    "Report",
    "Source",
    "TlswhyError",
    "client_ids",
    "diagnose",
    "load_client",
    "read_evidence",
    "report_json",
    "source_of_bytes",
]


def read_evidence(*items: str | PathLike[str] | Source) -> Iterator[Evidence]:
    """Evidence out of files, folders, "-" (standard input) or Sources, recognised by content; captures in the order of
    time, as one.

    Raises BadEvidence for what cannot be opened or is nothing that tlswhy reads.
    """
    from tlswhy.evidence.read import read_together
    from tlswhy.gather.files import open_sources

    def failed(failure: BadEvidence) -> None:
        raise failure

    sources = [
        source for item in items for source in ((item,) if isinstance(item, Source) else open_sources([str(item)]))
    ]
    yield from read_together(sources, failed)


def report_json(report: Report, language: str = "en") -> dict[str, object]:
    """The report as the JSON object that ``tlswhy explain --format json`` prints."""
    from tlswhy.render.json import report_json as as_json
    from tlswhy.render.words import load_words

    return as_json(report, load_words(language))


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
    setattr(sys.modules[__name__], name, value)
    return value


class _Package(ModuleType):
    """The function ``diagnose`` is what is public, also where the module of that name is imported later."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "diagnose" and isinstance(value, ModuleType):
            value = value.diagnose
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
