"""Client profiles: an ID in, what that client is out. A client exists because its file in ``data/clients`` exists.

Owns inheritance, the ID grammar ``family/version[-variant][+vendor][@layer]`` and the resolution of versions without a
file of their own. What the values mean is for others.

A file says what differs from its parent (``extends``; ``abstract``: a parent only), in these tables:

    title, released, [[sources]]   kind and text; sources add up along the parents
    measured = false               known from documents alone
    through = "11.0.12"            a vendor's own profile: the last release that it speaks for
    [offer]                        the default ClientHello, names as IANA has them, in the wire's order;
                                   bodies: what extensions hold that is not usual, hexadecimal by number;
                                   grease: reserved values stand in its lists (RFC 8701);
                                   extensions_shuffled: every hello has its extensions in another order;
                                   undisabled: whose suites are all that this release has by default, before
                                   [constraints] take theirs
    [constraints], [signatures], [paths]      see ``client.path_rules``; the JDK's own language, verbatim
    [dh], [limits]                 what its code can do; what its policy allows follows from [constraints]
    [behaviour]                    name_dialect (``pki.names``), fatal_warnings, check_order (``verdict.Stage``)
    [strictness]                   see ``client.strictness``
    [words]                        how its exceptions are put: ClientPolicy names_alerts and the fields after it
    [alerts]                       cause = descriptions of the alerts it may send
    members, layer, [documented]   a product whose runtime nobody published: the runtimes that fit, the vendor's facts
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from tlswhy.client.constraints import parse_disabled
from tlswhy.client.path_rules import make_path_rules
from tlswhy.client.strictness import make_strictness
from tlswhy.errors import BadRequest, BadTable
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, DhLimits, HelloForm, Offer, Source
from tlswhy.model.flight import POSITIONS
from tlswhy.tables import load_table, table_names
from tlswhy.wire.numbers import group_number, scheme_number, suite_number, version_number

KEYS: Mapping[str, frozenset[str] | None] = {
    "abstract": None,
    "extends": None,
    "title": None,
    "released": None,
    "measured": None,
    "through": None,
    "members": None,
    "layer": None,
    "sources": frozenset({"kind", "text"}),
    "offer": frozenset(
        {"undisabled", "versions", "suites", "groups", "schemes", "schemes_cert", "extensions", "key_shares", "alpn"}
        | {"record_version", "legacy_version", "session_id_length", "point_formats", "compression"}
        | {"bodies", "names_need_a_dot", "extensions_shuffled", "grease"}
    ),
    "constraints": frozenset({"tls", "certpath", "named_curves"}),
    "signatures": frozenset({"implemented", "curves", "curves_read", "curves_unread", "curves_unverified"}),
    "paths": None,
    "dh": frozenset({"least", "most", "multiple_of"}),
    "limits": frozenset({"longest_chain", "largest_handshake_message", "largest_certificate_message"}),
    "behaviour": frozenset(
        {"name_dialect", "fatal_warnings", "check_order", "checks_after_handshake", "signs_with_md5_sha1"}
        | {"spare_connections", "hello_requests_refused", "passes_empty_records"}
    ),
    "strictness": None,
    "alerts": None,
    "words": frozenset({"names_alerts", "wraps_name_exception", "connection_refused"}),
    "documented": frozenset({"refuses_suites", "refuses_signatures"}),
    "seen": None,
}
"""What a profile may hold; None: keys of its own. Anything else is a BadTable."""
LISTS: Mapping[str, frozenset[str]] = {
    "offer": frozenset({"suites", "groups", "schemes", "schemes_cert", "key_shares"}),
    "signatures": frozenset({"implemented", "curves", "curves_unread", "curves_unverified"}),
}
"""Lists that may be written as text, one name a line: three times quicker to parse than an array of strings."""
SOURCE_KINDS = frozenset({"measured", "source-code", "vendor-document", "standard", "inferred"})
_ID = re.compile(r"(?P<family>[a-z][a-z0-9-]*)/(?P<version>[^@+/\s]+)(?P<vendor>\+[a-z0-9-]+)?(?:@(?P<layer>[\w.-]+))?")
_NEAREST = 4


@frozen(eq=False)
class ClientSet:
    """What an ID stands for: one runtime, or several where nobody knows which of them it is.

    ``documented`` is what the vendor's notes say on top, whatever the runtime. Each is itself alone.
    """

    id: str
    title: str
    members: tuple[ClientPolicy, ...]
    sources: tuple[Source, ...]
    documented: Mapping[str, tuple[str, ...]]
    layer: str = ""
    hello: Mapping[str, tuple[object, ...]] | None = None
    """Of a profile that the caller brings: its hello's own parts, as ``recognise.parts_of_hello`` names them."""
    text: str | None = None
    """Of a profile that the caller brings: the profile itself, to be handed on."""

    def with_runtimes(self, names: Sequence[str]) -> tuple[ClientPolicy, ...]:
        """The product on other runtimes: its layer and documented facts, their limits."""
        suffix = f"@{self.layer}" if self.layer else ""
        return tuple(
            replace(member, documented=self.documented, sources=(*self.sources, *member.sources))
            for name in names
            for member in load_client(name + suffix).members
        )


@cache
def load_client(identifier: str) -> ClientSet:
    """The client of that ID; a version without a profile is the nearest below it in its own release line.

    Raises BadRequest("unknown-client", id, nearest) where there is none.
    """
    match = _ID.fullmatch(identifier)
    if match is None:
        raise _unknown(identifier)
    layer = match["layer"] or ""
    name = _resolve(match["family"], match["version"] + (match["vendor"] or ""))
    if name is None or (layer and layer not in load_table("client_layers.toml")):
        raise _unknown(identifier)
    profile = merged_profile(name)
    if "members" in profile:
        return _set_of(identifier, profile, layer)
    policy = policy_of(name, profile, layer, identifier)
    return ClientSet(identifier, policy.title, (policy,), policy.sources, policy.documented, layer)


def reads_since(name: str, since: Mapping[str, str]) -> bool:
    """Is this release one of those that have what came with the update named for its line? Lines after 8 that are not
    named have it from the start, older ones not at all."""
    asked = _version(name.partition("/")[2].partition("+")[0].partition("@")[0])
    if asked is None:
        return False
    first = _version(since.get(asked[0], ""))
    if first is None:
        return bool(since) and int(asked[0]) > 8
    return asked[1] >= first[1]


def release_line(name: str) -> str:
    """Family and release line of a profile's name: "java/8" for "java/8u212-noec"."""
    family, _, version = name.partition("/")
    found = _version(version.partition("+")[0])
    return f"{family}/{found[0] if found else version}"


def client_ids() -> tuple[str, ...]:
    """The IDs of all profiles, release lines in order of age."""
    return tuple(sorted((name for name in _names() if not _is_abstract(name)), key=_sort_key))


@cache
def merged_profile(name: str) -> Mapping[str, Any]:
    """The profile's table with its parents' merged in; sources are collected, nearest first. Raises BadTable."""
    own = own_profile(name)
    parent = own.get("extends")
    if parent is None:
        return own
    if parent == name or parent not in _names():
        raise BadTable("profile-parent-unknown", table=name, parent=parent)
    return merge(merged_profile(parent), own)


def merge(parent: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """A profile's own table on top of its parent's, table by table; sources of both."""
    merged = {key: value for key, value in parent.items() if key not in ("abstract", "released")}
    for key, value in own.items():
        if key == "sources":
            merged[key] = [*value, *merged.get(key, [])]
        elif isinstance(value, dict):
            merged[key] = {**merged.get(key, {}), **value}
        else:
            merged[key] = value
    return merged


@cache
def own_profile(name: str) -> Mapping[str, Any]:
    """What the profile's own file says, checked; lists written as text are lists. Raises BadTable."""
    return checked(load_table("clients", f"{name}.toml"), name)


def checked(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table, lists written as text made lists. Raises BadTable for a key that no profile has."""
    _check_keys(name, table)
    return {key: _with_lists(value) if key in LISTS else value for key, value in table.items()}


def offer_of(profile: Mapping[str, Any], name: str) -> Offer:
    """The profile's ClientHello in wire numbers. Raises BadTable for a name that nobody knows."""
    table = profile.get("offer", {})

    def numbers(key: str, number_of: Any) -> tuple[int, ...]:  # noqa: ANN401
        texts = table.get(key, [])
        found: list[Any] = [_hexadecimal(text) if number_of(text) is None else number_of(text) for text in texts]
        if None in found:
            raise BadTable("profile-name-unknown", table=name, name=table[key][found.index(None)])
        return tuple(found)

    record = table.get("record_version", "TLS1.0")
    return Offer(
        versions=numbers("versions", version_number),
        suites=numbers("suites", suite_number),
        groups=numbers("groups", group_number),
        schemes=numbers("schemes", scheme_number),
        schemes_cert=numbers("schemes_cert", scheme_number),
        extensions=tuple(table.get("extensions", [])),
        key_shares=numbers("key_shares", group_number),
        record_version=version_number(record) or _hexadecimal(record) or 0,
        alpn=tuple(table.get("alpn", [])),
    )


def hello_form_of(profile: Mapping[str, Any], name: str) -> HelloForm:
    """What else there is to the profile's ClientHello. Raises BadTable for a body that is not hexadecimal."""
    table = profile.get("offer", {})
    legacy = table.get("legacy_version")
    try:
        bodies = {int(number): bytes.fromhex(body) for number, body in table.get("bodies", {}).items()}
    except ValueError:
        raise BadTable("profile-name-unknown", table=name, name="offer.bodies") from None
    return HelloForm(
        legacy_version=None if legacy is None else version_number(legacy) or _hexadecimal(legacy),
        session_id_length=table.get("session_id_length", 0),
        point_formats=tuple(table.get("point_formats", (0,))),
        compression=tuple(table.get("compression", (0,))),
        bodies=bodies,
        names_need_a_dot=table.get("names_need_a_dot", False),
        greases=table.get("grease", False),
    )


def _hexadecimal(text: str) -> int | None:
    """What has no name: 0xc0ff."""
    return int(text, 16) if _HEXADECIMAL.fullmatch(text) else None


_HEXADECIMAL = re.compile(r"0x[0-9a-f]{4}")


def policy_of(name: str, profile: Mapping[str, Any], layer: str, identifier: str) -> ClientPolicy:
    """What a merged profile makes of a client; ``identifier`` is what was asked for."""
    offer = offer_of(profile, name)
    constraints, limits = profile.get("constraints", {}), profile.get("limits", {})
    behaviour, dh = profile.get("behaviour", {}), profile.get("dh", {})
    layered = load_table("client_layers.toml")[layer] if layer else {}
    disabled = parse_disabled(constraints.get("tls"), constraints.get("named_curves"))
    runtime_asked = identifier.partition("@")[0]
    suffix = f"@{layer}" if layer else ""
    return ClientPolicy(
        id=name + suffix,
        runtime=name,
        layer=layer,
        family=name.partition("/")[0],
        title=profile.get("title", name),
        offer=offer,
        dh=DhLimits(
            policy_min=disabled.smallest_key("DH"),
            least=dh.get("least", 0),
            most=dh.get("most", 1 << 20),
            multiple_of=dh.get("multiple_of", 1),
        ),
        path_rules=make_path_rules(profile, schemes=offer.schemes, schemes_cert=offer.schemes_cert),
        name_dialect=layered.get("name_dialect", behaviour.get("name_dialect", "none")),
        disabled_tls=constraints.get("tls", ""),
        disabled_certpath=constraints.get("certpath", ""),
        handshake_schemes=frozenset(offer.schemes),
        curves=frozenset(offer.groups),
        longest_chain=limits.get("longest_chain") or None,
        largest_handshake_message=limits.get("largest_handshake_message") or None,
        fatal_warnings=frozenset(behaviour.get("fatal_warnings", [])),
        check_order=tuple(behaviour.get("check_order", [])),
        alerts={cause: tuple(numbers) for cause, numbers in profile.get("alerts", {}).items()},
        masks=layered.get("masks"),
        sources=_sources(name, [*profile.get("sources", []), *layered.get("sources", [])]),
        documented=_documented(profile),
        **profile.get("words", {}),
        checks_after_handshake=frozenset(
            layered.get("checks_after_handshake", behaviour.get("checks_after_handshake", []))
        ),
        signs_with_md5_sha1=behaviour.get("signs_with_md5_sha1", True),
        hello_requests_refused=frozenset(positions) if (positions := _positions(name, behaviour)) is not None else None,
        passes_empty_records=behaviour.get("passes_empty_records"),
        strictness=make_strictness(name, profile.get("strictness", {})),
        spare_connections=behaviour.get("spare_connections", False),
        largest_certificate_message=limits.get("largest_certificate_message"),
        measured=profile.get("measured", True),
        stands_for=runtime_asked if runtime_asked != name else None,
        hello_form=hello_form_of(profile, name),
    )


def _set_of(identifier: str, profile: Mapping[str, Any], layer: str) -> ClientSet:
    """A product whose runtime is not known: all members, each with the product's layer and documented facts."""
    layer = layer or profile.get("layer", "")
    sources = _sources(identifier, profile.get("sources", []))
    product = ClientSet(identifier, profile.get("title", identifier), (), sources, _documented(profile), layer)
    return replace(product, members=product.with_runtimes(profile["members"]))


def _documented(profile: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return {key.replace("_", "-"): tuple(values) for key, values in profile.get("documented", {}).items()}


def _positions(name: str, behaviour: Mapping[str, Any]) -> list[str] | None:
    refused: list[str] | None = behaviour.get("hello_requests_refused")
    if refused is not None and not set(refused) <= set(POSITIONS):
        raise BadTable("profile-value-unknown", key=f"{name}: behaviour.hello_requests_refused", value=str(refused))
    return refused


def _sources(name: str, rows: Sequence[Mapping[str, str]]) -> tuple[Source, ...]:
    if not rows:
        raise BadTable("profile-without-sources", table=name)
    return tuple(dict.fromkeys(Source(row["kind"], row["text"]) for row in rows))


@cache
def _names() -> frozenset[str]:
    return frozenset(table_names("clients"))


def _is_abstract(name: str) -> bool:
    return bool(load_table("clients", f"{name}.toml").get("abstract", False))


def _resolve(family: str, version: str) -> str | None:
    """The profile itself, else the nearest below of the same vendor, release line and variant, else without vendor.

    A version older than all that are known of its line is the oldest known one.
    """
    if f"{family}/{version}" in _names() and not _is_abstract(f"{family}/{version}"):
        return f"{family}/{version}"
    plain, _, vendor = version.partition("+")
    asked = _version(plain)
    if asked is None or (family == "java" and vendor in _with_own_jsse()):
        return None
    update = _quarter(family, asked)
    own_line = [known for known in _line(family, asked, vendor) if known[0] <= update] if vendor else []
    if own_line and _speaks_for(max(own_line)[1], update):
        return max(own_line)[1]
    same_line = _line(family, asked, "")
    below = [known for known in same_line if known[0] <= update]
    if below:
        return max(below)[1]
    return min(same_line)[1] if same_line else None


def _quarter(family: str, asked: tuple[str, tuple[int, ...], str]) -> tuple[int, ...]:
    """Since 8u211 Oracle's updates of Java 8 end in 1, OpenJDK's of the same quarter in 2: 8u251 is 8u252."""
    line, update, _ = asked
    of_oracle = (family, line) == ("java", "8") and update and update[0] > 210 and update[0] % 10 == 1
    return (update[0] + 1,) if of_oracle else update


def _speaks_for(name: str, update: tuple[int, ...]) -> bool:
    last = _version(str(own_profile(name).get("through", "")))
    return last is None or update <= last[1]


def _line(family: str, asked: tuple[str, tuple[int, ...], str], vendor: str) -> list[tuple[tuple[int, ...], str]]:
    """Update and name of every profile of this family, vendor, release line and variant.

    "unlimited" is a variant of releases whose own profile has the export-limited policy (no AES-256); of the others it
    is the profile itself.
    """
    found = []
    for name in _names():
        known_family, _, version = name.partition("/")
        plain, _, known_vendor = version.partition("+")
        known = _version(plain)
        if (known_family, known_vendor) != (family, vendor) or known is None or known[0] != asked[0]:
            continue
        if known[2] == asked[2] or (asked[2] == UNLIMITED and not known[2] and _has_aes_256(name)):
            found.append((known[1], name))
    return [known for known in found if not _is_abstract(known[1])]


UNLIMITED = "unlimited"


def _has_aes_256(name: str) -> bool:
    return any("AES_256" in suite for suite in merged_profile(name).get("offer", {}).get("suites", ()))


@cache
def _version(text: str) -> tuple[str, tuple[int, ...], str] | None:
    """Release line, update and variant: "8u212" is ("8", (212,), ""), "17.0.9" is ("17", (0, 9), "")."""
    match = re.fullmatch(r"(\d+)(?:u(\d+)|((?:\.\d+)*))(?:-([a-z0-9-]+))?", text)
    if match is None or any(len(part) > 6 for part in re.findall(r"\d+", text)):
        return None
    update = (int(match[2]),) if match[2] else tuple(int(part) for part in match[3].split(".")[1:])
    return match[1], update, match[4] or ""


def _sort_key(name: str) -> tuple[str, int, tuple[int, ...], str]:
    family, _, version = name.partition("/")
    plain, _, vendor = version.partition("+")
    line, update, variant = _version(plain) or ("0", (), plain)
    return family, int(line), update, f"{variant}+{vendor}" if vendor else variant


@cache
def _with_own_jsse() -> Mapping[str, str]:
    """Vendors whose Java is another TLS client altogether (com.ibm.jsse2), by their mark."""
    vendors = load_table("java_vendors.toml")["vendor"]
    return {vendor["mark"]: vendor["name"] for vendor in vendors if vendor.get("own_jsse")}


def _with_known_layers(identifier: str) -> list[str]:
    """The same client behind the layers that there are, where only the layer is unknown; the likest first."""
    base, mark, layer = identifier.partition("@")
    match = _ID.fullmatch(base)
    if not mark or match is None or _resolve(match["family"], match["version"] + (match["vendor"] or "")) is None:
        return []
    from difflib import SequenceMatcher

    layers = sorted(load_table("client_layers.toml"))
    return [f"{base}@{known}" for known in sorted(layers, key=lambda known: -SequenceMatcher(a=layer, b=known).ratio())]


def _own_line(base: str) -> list[str]:
    """Of an unknown variant: those of the same release, else the likest of its line."""
    family, _, version = base.partition("/")
    asked = _version(version.partition("+")[0])
    if asked is None or not asked[2]:
        return []
    line = f"{family}/{asked[0]}"
    same_line = [name for name in client_ids() if release_line(name) == line]
    release = base.partition("-")[0]
    same_release = [name for name in same_line if name.partition("-")[0] == release]
    from difflib import get_close_matches

    return get_close_matches(base, same_release or same_line, n=_NEAREST, cutoff=0)


def _neighbours(base: str) -> list[str]:
    """Of the same family the newest of the line below and the oldest of the line above."""
    family, _, version = base.partition("/")
    asked = _version(version.partition("+")[0])
    if asked is None:
        return []
    known = [(int(found[0]), name) for name in client_ids() if (found := _plain_version(family, name)) is not None]
    below = [(line, name) for line, name in known if line < int(asked[0])]
    above = [name for line, name in known if line > int(asked[0])]
    return [name for name in (below[-1][1] if below else None, above[0] if above else None) if name is not None]


def _plain_version(family: str, name: str) -> tuple[str, tuple[int, ...], str] | None:
    known_family, _, version = name.partition("/")
    found = _version(version)
    return found if known_family == family and found is not None and not found[2] else None


def _unknown(identifier: str) -> BadRequest:
    from difflib import get_close_matches

    base = identifier.partition("@")[0]
    vendor = base.partition("+")[2]
    if vendor in _with_own_jsse() and base.startswith("java/"):
        return BadRequest("client-of-another-jsse", id=identifier, vendor=_with_own_jsse()[vendor])
    nearest = _with_known_layers(identifier) or _own_line(base) or _neighbours(base)
    nearest = nearest or get_close_matches(base, client_ids(), n=_NEAREST, cutoff=0.5)
    return BadRequest("unknown-client", id=identifier, nearest=", ".join(nearest) or None)


def _with_lists(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value.split() if isinstance(value, str) and key in _LISTED else value for key, value in table.items()}


_LISTED = frozenset().union(*LISTS.values())


def _check_keys(name: str, table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if key not in KEYS:
            raise BadTable("profile-key-unknown", table=name, key=key)
        allowed = KEYS[key]
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            if allowed is not None and isinstance(row, dict) and set(row) - allowed:
                raise BadTable("profile-key-unknown", table=name, key=f"{key}.{min(set(row) - allowed)}")
    for source in table.get("sources", []):
        if source.get("kind") not in SOURCE_KINDS or not source.get("text"):
            raise BadTable("profile-source-unclear", table=name)
