"""Whether a document is a gadget that a container can load: OpenSocial's Module, ModulePrefs, Content.

Owns the rules of the container's own reader (Apache Shindig, which Finesse is built on). Entities are not
expanded. Knows nothing of where the document came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final
from xml.parsers import expat

from tlswhy.frozen import frozen
from tlswhy.unseen import NotSeen

MOST_FAULTS: Final = 8
VIEWS_WITH_URL: Final = "url"


@frozen
class GadgetFault:
    """What is wrong, as a code of the catalogue, and in which line of the document."""

    code: str
    line: int
    facts: Mapping[str, object] = field(default_factory=dict)


def gadget_faults(document: bytes, content_type: str = "") -> tuple[GadgetFault, ...]:
    """Everything that keeps a container from loading it; empty for a good one.

    Raises NotSeen for a document that declares entities: what a container makes of them is not judged here.
    """
    if not document.strip():
        return (GadgetFault("empty", 1),)
    reading = _Reading()
    charset = _charset(content_type)
    try:
        parser = expat.ParserCreate(charset)
    except (LookupError, ValueError):
        return (GadgetFault("charset-unknown", 1, {"charset": charset}),)
    reading.listen_to(parser)
    try:
        parser.Parse(document, True)
    except _Entities:
        raise NotSeen("gadget-entities") from None
    except (expat.ExpatError, LookupError, ValueError) as error:
        line = getattr(error, "lineno", parser.CurrentLineNumber)
        code = getattr(error, "code", None)
        said = expat.ErrorString(code) if code is not None else str(error)
        return (GadgetFault("not-xml", line, {"said": said}),)
    return tuple(reading.result()[:MOST_FAULTS])


class _Entities(Exception):
    """The document declares entities of its own, which can be bombs: it is read no further."""


class _Reading:
    """The elements that matter, as they come."""

    def __init__(self) -> None:
        self._faults: list[GadgetFault] = []
        self._path: list[str] = []
        self._counts = {"ModulePrefs": 0, "Content": 0}
        self._root = ""
        self._parser: expat.XMLParserType | None = None

    def listen_to(self, parser: expat.XMLParserType) -> None:
        """Be told of elements; of an entity once, and for the last time."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity

    def result(self) -> list[GadgetFault]:
        """What was found; what was missed stands behind it."""
        if self._root != "Module":
            return [GadgetFault("root", 1, {"element": self._root})]
        faults = list(self._faults)
        if not self._counts["ModulePrefs"]:  # GadgetSpec: "At least 1 ModulePrefs is required"
            faults.append(GadgetFault("no-module-prefs", 1))
        if not self._counts["Content"]:  # GadgetSpec: "At least 1 Content is required"
            faults.append(GadgetFault("no-content", 1))
        return faults

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(":")[2]
        if not self._path:
            self._root = name
        elif self._path == ["Module"] and name in self._counts:
            self._counts[name] += 1
            if name == "ModulePrefs" and self._counts[name] == 2:  # GadgetSpec: "Only 1 ModulePrefs is allowed"
                self._fault("two-module-prefs")
            elif name == "Content" and _lacks_href(attributes):
                self._fault("url-without-href")
        elif self._path == ["Module", "ModulePrefs"] and name in ("Require", "Optional"):
            if not attributes.get("feature"):  # Feature: its name is required
                self._fault("feature-without-name", element=name)
        elif self._path == ["Module"] and name == "UserPref" and not attributes.get("name"):
            self._fault("user-pref-without-name")
        self._path.append(name)

    def _end(self, _element: str) -> None:
        self._path.pop()

    def _fault(self, code: str, **facts: object) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(GadgetFault(code, self._parser.CurrentLineNumber if self._parser else 0, facts))

    def _entity(self, *_: object) -> None:
        raise _Entities


def _lacks_href(content: Mapping[str, str]) -> bool:
    """View: "Type = url, but no href attribute"."""
    return content.get("type", "html").lower() == VIEWS_WITH_URL and not content.get("href")


def _charset(content_type: str) -> str | None:
    """The charset of the Content-Type, which counts before the document's own word (RFC 7303, 3.2)."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


__all__ = ["GadgetFault", "gadget_faults"]
