"""HTTP archives (HAR) of browsers: requests that failed before HTTP, and what TLS was agreed on where they did not.

Owns what Chrome, Firefox and Playwright write besides the standard: ``_error``, ``_failureText``, ``_securityDetails``.
Entries are read one by one, so that an archive which was cut gives what stands before the cut. Headers, cookies and
bodies are nobody's business here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.library_errors import said_in
from tlswhy.evidence.text import text_of, time_of
from tlswhy.evidence.tool_names import group_named, suite_named, version_named
from tlswhy.evidence.types import ClientWords, Evidence, ToldConnection
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.source import Source
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.numbers import TLS13

LARGEST = 64 << 20
MOST_TOLD = 8
"""Servers that let the browser in: a page asks dozens of them."""
_BEGINS = re.compile(r'^\s*\{\s*"log"\s*:\s*\{')
_ENTRIES = re.compile(r'"entries"\s*:\s*\[')
_CREATOR = re.compile(r'"(?:creator|browser)"\s*:\s*\{[^{}]{0,400}?"name"\s*:\s*"(?P<name>[^"]{1,60})"')
_URL = re.compile(r"^https://(?P<host>\[[0-9a-fA-F:.]+\]|[^/:?#\s@]{1,253})(?::(?P<port>\d{1,5}))?(?:[/?#]|$)")
_BETWEEN = re.compile(r"[\s,]*")
_FAILURES = ("_error", "_failureText", "_errorText", "statusText", "comment")
_HASHES = {"AES_128_GCM": "SHA256", "AES_256_GCM": "SHA384", "CHACHA20_POLY1305": "SHA256"}


def likelihood(head: bytes) -> float:
    """The one object of an archive, or its list of entries."""
    text = text_of(head)
    return 0.9 if _BEGINS.match(text) and ('"entries"' in text or '"creator"' in text or '"pages"' in text) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """Failures, else connections. Raises BadEvidence where no request of https stands in it."""
    data = source.read(LARGEST + 1)
    text = data.decode("utf-8-sig", "replace")
    program = _program(text[:65536])
    heard, seen = Heard.nothing(), 0
    told: dict[tuple[object, ...], ToldConnection] = {}
    cut = len(data) > LARGEST
    for number, entry in enumerate(_entries(text)):
        if entry is None:
            cut = True
            break
        where = Where(source.name, f"entry {number}")
        if (target := _target(entry)) is None:
            continue
        seen += 1
        if words := _failure(entry, target, where, program):
            heard.add(iter((words,)))
        elif connection := _connection(entry, target, where, program):
            told.setdefault((connection.host, connection.address, connection.port), connection)
    if not seen:
        raise BadEvidence(source.name, "byte 0", "log-without-tls")
    said = list(heard)
    yield from said
    if not said:
        yield from list(told.values())[:MOST_TOLD]
    if cut:
        yield Oddity("har-cut", f"entry {seen}", source.name)
    if not said and not told:
        raise BadEvidence(source.name, "byte 0", "log-without-tls")


def _entries(text: str) -> Iterator[Mapping[str, Any] | None]:
    """Each entry; None where the text is no JSON any more."""
    begins = _ENTRIES.search(text)
    if begins is None:
        return
    decoder, position = json.JSONDecoder(), begins.end()
    while True:
        gap = _BETWEEN.match(text, position)
        position = gap.end() if gap else position
        if text[position : position + 1] == "]":
            return
        try:
            entry, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield None
            return
        yield entry if isinstance(entry, dict) else {}


def _program(head: str) -> str:
    names = " ".join(found["name"] for found in _CREATOR.finditer(head)).lower()
    return "firefox" if "firefox" in names else "chromium" if "webinspector" in names or "chrom" in names else ""


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = entry.get(name)
    return found if isinstance(found, dict) else {}


def _target(entry: Mapping[str, Any]) -> tuple[str, int] | None:
    found = _URL.match(str(_part(entry, "request").get("url", "")))
    return (found["host"].strip("[]"), int(found["port"] or 443)) if found else None


def _address(entry: Mapping[str, Any]) -> str | None:
    address = str(entry.get("serverIPAddress") or "").strip("[]")
    return address if re.fullmatch(r"[0-9a-fA-F:.]{2,45}", address) else None


def _times(entry: Mapping[str, Any]) -> tuple[datetime, ...]:
    time = time_of(str(entry.get("startedDateTime", ""))[:60])
    return (time,) if time else ()


def _failure(entry: Mapping[str, Any], target: tuple[str, int], where: Where, program: str) -> ClientWords | None:
    """The browser's own code for it; "net::ERR_ABORTED" and the like say nothing of the connection."""
    response = _part(entry, "response")
    if response.get("status") not in (0, None, -1):
        return None
    texts = [str(holder[name])[:500] for holder in (response, entry) for name in _FAILURES if holder.get(name)]
    for text in texts:
        if thrown := said_in(text):
            speaker = "chromium" if "net::" in text else program
            host, port = target
            return ClientWords(
                item=where.item,
                where=(where,),
                exceptions=(thrown,),
                host=host,
                address=_address(entry),
                port=port,
                times=_times(entry),
                speaker=speaker,
            )
    return None


def _connection(entry: Mapping[str, Any], target: tuple[str, int], where: Where, program: str) -> ToldConnection | None:
    details = _part(entry, "_securityDetails") or _part(_part(entry, "response"), "_securityDetails")
    if not details.get("protocol"):
        return None
    version = version_named(str(details["protocol"]))
    group = str(details.get("keyExchangeGroup") or "")
    return ToldConnection(
        item=where.item,
        program=program or "browser",
        where=(where,),
        version=version,
        suite=_suite(version, str(details.get("keyExchange") or ""), str(details.get("cipher") or "")),
        group=group_named(group) if group else UNSEEN,
        dh_bits=None if group else UNSEEN,
        verified=True,
        host=target[0],
        address=_address(entry),
        port=target[1],
        times=_times(entry),
    )


def _suite(version: int | UnseenType, exchange: str, cipher: str) -> int | UnseenType:
    """Chrome tells the parts; the hash of an AEAD suite follows from its cipher."""
    digest = _HASHES.get(cipher)
    if digest is None:
        return UNSEEN
    return suite_named(f"TLS_{cipher}_{digest}" if version == TLS13 else f"TLS_{exchange}_WITH_{cipher}_{digest}")
