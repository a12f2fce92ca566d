"""The lab's cases: what is wrong with each server, whom it turns away, whom it does not.

A case exists because a table ``[its-id]`` stands in a file of ``data/lab/``; what it teaches is in the catalogues of
``data/locale/`` under ``[lab.teaches]``. It says only what differs from the healthy server of ``data/lab.toml``:

    cause          what a diagnosis must find: a cause's ID
    refuses        clients that this server turns away for that cause, the first of them the case's own
    accepts        clients that get in all the same
    surveyed       true: a bare refusal, and a survey of the server shows what is behind it
    finishes       true: what is wrong shows only after the client's own flight, so that a client must really visit
    host           the name that is asked for; ``sends_name = false`` leaves it out of the hello
    [server]       speaker (openssl, script or nobody), versions, suites, group, dh_bits, script …
    certificates   by name: leaf, issuing, root, or one of its own; see ``lab.chains``
    serves, trusts, depth    which of them are sent and trusted; how many authorities stand between leaf and root
    healthy        the one fact to change so that the case's own client accepts: the case ``ID-healthy``

Owns that language. Makes no certificate, opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from tlswhy.errors import BadRequest, BadTable
from tlswhy.frozen import frozen
from tlswhy.tables import load_table, table_names
from tlswhy.wire.numbers import group_number, scheme_number, suite_number, version_number

HEALTHY = "-healthy"
SPEAKERS = frozenset({"openssl", "script", "nobody"})
CLIENT_CERTIFICATE = frozenset({"no", "asked", "demanded"})
_CASE = frozenset(
    {"cause", "refuses", "accepts", "surveyed", "host", "sends_name", "finishes", "server", "certificates"}
    | {"serves", "trusts", "depth", "healthy"}
)
_SERVER = frozenset(
    {"speaker", "versions", "suites", "group", "dh_bits", "scheme", "script", "client_certificate"}
    | {"insists", "record_size", "server_names"}
)
_CERTIFICATE = frozenset(
    {"subject", "issuer", "key", "key_of", "signature", "names", "days", "ca", "path_length", "usages", "purposes"}
    | {"permits", "excludes", "unheard_of", "ballast", "broken", "version"}
)
_NEAREST = 4


@frozen
class ServerPlan:
    """How the server of a case is set up; wire numbers.

    ``insists``: it answers with the first of its versions and suites whether they were offered or not.
    ``record_size``: the most bytes it puts into one record. ``server_names``: the only names it knows; empty: any.
    """

    speaker: str
    versions: tuple[int, ...]
    suites: tuple[int, ...]
    group: int
    dh_bits: int
    scheme: int | None
    script: tuple[str, ...]
    client_certificate: str
    insists: bool
    record_size: int
    server_names: tuple[str, ...]


@frozen
class Case:
    """One server. ``cause`` is None where nothing is wrong; ``twin_of`` then names the case that it heals."""

    id: str
    group: str
    """The file that it stands in."""
    cause: str | None
    refuses: tuple[str, ...]
    accepts: tuple[str, ...]
    surveyed: bool
    host: str
    sends_name: bool
    finishes: bool
    server: ServerPlan
    certificates: Mapping[str, Mapping[str, Any]]
    serves: tuple[str, ...]
    trusts: tuple[str, ...]
    twin_of: str | None = None
    has_twin: bool = False

    @property
    def client(self) -> str:
        """The client that the case is about."""
        return (self.refuses or self.accepts)[0]


def all_cases() -> tuple[Case, ...]:
    """Every case, in the order of the files, each followed by its healthy twin."""
    return tuple(_known().values())


def find_cases(names: list[str]) -> tuple[Case, ...]:
    """The cases of these IDs, in their order; all of them where none is named. Raises BadRequest."""
    known = _known()
    for name in names:
        if name not in known:
            import difflib

            raise BadRequest("unknown-case", id=name, nearest=difflib.get_close_matches(name, known, _NEAREST) or None)
    return tuple(known[name] for name in dict.fromkeys(names)) if names else all_cases()


@cache
def _known() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for file in table_names("lab"):
        for identifier, table in load_table("lab", f"{file}.toml").items():
            if not isinstance(table, dict):
                raise BadTable("lab-case-unreadable", table=f"lab/{file}", case=identifier)
            for case in read_case(identifier, table, file):
                if case.id in cases:
                    raise BadTable("lab-case-twice", case=case.id)
                cases[case.id] = case
    return cases


def read_case(identifier: str, table: Mapping[str, Any], group: str) -> list[Case]:
    """The case of a table, and its healthy twin where it has one; raises BadTable."""
    _only(table, _CASE, identifier)
    own = {key: value for key, value in table.items() if key != "healthy"}
    change = table.get("healthy")
    faulty = _case(identifier, group, _merged(load_table("lab.toml"), own), has_twin=change is not None)
    if change is None:
        return [faulty]
    _only(change, _CASE - {"cause", "refuses", "accepts", "surveyed", "healthy"}, f"{identifier}.healthy")
    healed = _merged(_merged(load_table("lab.toml"), own), change) | {"refuses": [], "cause": None}
    healed["accepts"] = [faulty.client]
    return [faulty, _case(identifier + HEALTHY, group, healed, twin_of=identifier)]


def _case(
    identifier: str, group: str, table: Mapping[str, Any], *, twin_of: str | None = None, has_twin: bool = False
) -> Case:
    certificates = _certificates(identifier, table)
    between = [name for name in certificates if name.startswith("issuing-")]
    serves = [each for name in table["serves"] for each in ([name, *between] if name == "issuing" else [name])]
    case = Case(
        id=identifier,
        group=group,
        cause=table.get("cause"),
        refuses=tuple(table.get("refuses", ())),
        accepts=tuple(table["accepts"]),
        surveyed=table.get("surveyed", False),
        host=table["host"],
        sends_name=table.get("sends_name", True),
        finishes=table.get("finishes", False),
        server=_server(identifier, table["server"]),
        certificates=certificates,
        serves=tuple(serves),
        trusts=tuple(table["trusts"]),
        twin_of=twin_of,
        has_twin=has_twin,
    )
    unknown = {*case.serves, *case.trusts} - certificates.keys()
    if unknown or not (case.refuses or case.accepts) or bool(case.cause) != bool(case.refuses):
        raise BadTable("lab-case-unreadable", table="lab", case=identifier)
    return case


def _server(identifier: str, table: Mapping[str, Any]) -> ServerPlan:
    _only(table, _SERVER, f"{identifier}.server")
    suites = table["suites"]
    plan = ServerPlan(
        speaker=table["speaker"],
        versions=tuple(_number(identifier, version_number(name), name) for name in table["versions"]),
        suites=tuple(
            _number(identifier, suite_number(name), name)
            for name in (suites.split() if isinstance(suites, str) else suites)
        ),
        group=_number(identifier, group_number(table["group"]), table["group"]),
        dh_bits=table["dh_bits"],
        scheme=_number(identifier, scheme_number(table["scheme"]), table["scheme"]) if "scheme" in table else None,
        script=tuple(table["script"]),
        client_certificate=table["client_certificate"],
        insists=table.get("insists", False),
        record_size=table.get("record_size", 1 << 14),
        server_names=tuple(table.get("server_names", ())),
    )
    if plan.speaker not in SPEAKERS or plan.client_certificate not in CLIENT_CERTIFICATE:
        raise BadTable("lab-case-unreadable", table="lab", case=identifier)
    return plan


def _certificates(identifier: str, table: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every certificate with all its fields; the authorities of a deeper chain are made from ``issuing``."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, own in table["certificates"].items():
        _only(own, _CERTIFICATE, f"{identifier}.certificates.{name}")
        found[name] = {**load_table("lab.toml")["certificate"], "key_of": name, **own}
    first = found["issuing"]
    for number in range(2, table["depth"] + 1):
        above = f"issuing-{number}"
        below = "issuing" if number == 2 else f"issuing-{number - 1}"
        own = table["certificates"].get(above, {})
        found[above] = {**first, "key_of": "issuing", "subject": f"{first['subject']} {number}", **own}
        found[below] = {**found[below], "issuer": above}
    return found


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged, everything else is replaced."""
    merged = {key: value for key, value in below.items() if key != "certificate"}
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _merged(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged


def _only(table: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = table.keys() - known
    if unknown:
        raise BadTable("lab-key-unread", where=where, key=", ".join(sorted(unknown)))


def _number(identifier: str, number: int | None, name: str) -> int:
    if number is None:
        raise BadTable("lab-name-unknown", case=identifier, name=name)
    return number
