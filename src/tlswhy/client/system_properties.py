"""A client whose system properties are at hand (``-Djdk.tls.client.protocols=…``): what they make of it, by release.

Owns what each property does to a Java client (sun.security.ssl.SSLConfiguration, SSLContextImpl,
SupportedGroupsExtension, SignatureScheme; sun.net.www.protocol.https.HttpsClient) and which change nothing. Which
releases read which property is in ``data/java_system_properties.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from tlswhy.client.constraints import DisabledAlgorithms, parse_disabled
from tlswhy.client.offers import (
    EXTENDED_MASTER_SECRET,
    PROTOCOLS,
    STATUS_REQUEST_V2,
    knows_handshake_signatures,
    of_groups,
    of_suites,
    of_versions,
    since_16,
)
from tlswhy.client.path_rules import relisted
from tlswhy.client.profiles import client_ids, merged_profile, reads_since
from tlswhy.evidence.types import SystemProperties
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, Source
from tlswhy.oddity import Oddity
from tlswhy.pki.paths import PathRules
from tlswhy.tables import load_table
from tlswhy.wire import extensions as ext
from tlswhy.wire.numbers import group_number, scheme_number, suite_number

STATUS_REQUEST: Final = 5
_WITHOUT_EFFECT = {"servers", "security-property", "not-judged"}


@frozen
class Settings:
    """The properties of one text that a client may read; ``oddities``: those that change no verdict."""

    item: str
    values: Mapping[str, str]
    places: Mapping[str, str]
    oddities: tuple[Oddity, ...]

    def applied_to(self, client: ClientPolicy, *, spoke: bool) -> ClientPolicy:
        """The client so started; where it ``spoke`` itself its own hello says what it offers."""
        read = self._read_by(client)
        changed = client
        for name in read:
            does = _table()[name]["does"]
            if not (spoke and does in _OF_THE_OFFER):
                changed = _EFFECTS[does](changed, self.values[name].strip())
        return replace(changed, sources=(*self.sources_for(client), *changed.sources)) if read else client

    def sources_for(self, client: ClientPolicy) -> tuple[Source, ...]:
        """What of the text this client reads, with places."""
        read = self._read_by(client)
        told = ", ".join(f"{name}={self.values[name][:80]} ({self.places[name]})" for name in read)
        return (Source("measured", f"{self.item}: {told}"),) if read else ()

    def _read_by(self, client: ClientPolicy) -> list[str]:
        if client.family != "java" or client.runtime not in client_ids():
            return []
        asked = client.stands_for or client.runtime
        return [
            name
            for name in self.values
            if reads_since(asked, _table()[name].get("since", {})) and _reaches(_table()[name]["does"], client.layer)
        ]


def read_settings(given: SystemProperties) -> Settings:
    """What of the text counts for a client, and what does not."""
    values, oddities = {}, []
    for name, value in given.values.items():
        does = _table()[name]["does"]
        if does in _WITHOUT_EFFECT:
            facts = {"name": name, "value": value[:80]}
            oddities.append(Oddity(f"property-{does}", given.where[name].place, given.item, facts))
        else:
            values[name] = value
    places = {name: where.place for name, where in given.where.items()}
    return Settings(given.item, values, places, tuple(oddities))


def _table() -> Mapping[str, Any]:
    return load_table("java_system_properties.toml")["property"]  # type: ignore[no-any-return]


def _reaches(does: str, layer: str) -> bool:
    """HttpsURLConnection alone has https.*; java.net.http has its own switch for names."""
    if does.endswith("-of-https"):
        return layer == ""
    return layer == "java-net-http" if does == "no-name-check" else True


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.strip('"').split(",") if name.strip()]


def _known(value: str, number_of: Callable[[str], int | None]) -> Iterable[int]:
    return dict.fromkeys(number for name in _names(value) if (number := number_of(name)) is not None)


def _protocols(client: ClientPolicy, value: str) -> ClientPolicy:
    """SSLContextImpl.CustomizedSSLProtocols: these in place of the defaults, but for what is disabled."""
    disabled = _disabled(client)
    asked = {PROTOCOLS[name] for name in _names(value) if name in PROTOCOLS and disabled.disabled(name) is None}
    return replace(
        client,
        offer=of_versions(client.offer, asked & _spoken_by(client), per_version=knows_handshake_signatures(client)),
    )


def _spoken_by(client: ClientPolicy) -> set[int]:
    """Versions that the release has code for: TLS 1.3 with its engine alone."""
    engine = ext.SUPPORTED_VERSIONS in client.offer.extensions
    return set(PROTOCOLS.values()) - (set() if engine else {PROTOCOLS["TLSv1.3"]})


def _suites(client: ClientPolicy, value: str) -> ClientPolicy:
    """SSLContextImpl.getCustomizedCipherSuites: these, in this order, but for what is disabled."""
    disabled = _disabled(client)
    asked = tuple(number for name in _names(value) if disabled.disabled(name) is None for number in _suite(name))
    if not asked:
        return client
    if not _keeps_order_given(client):
        asked = tuple(sorted(asked, key=[*client.offer.suites, *asked].index))
    suites, per_version = tuple(dict.fromkeys(asked)), knows_handshake_signatures(client)
    return replace(client, offer=of_suites(client.offer, suites, per_version=per_version))


def _keeps_order_given(client: ClientPolicy) -> bool:
    """Older releases put what is chosen in the order of their own table (seen: Zulu 11.0.7 does, 11.0.9.1 does not)."""
    return reads_since(client.stands_for or client.runtime, {"11": "11.0.9"})


def _suite(name: str) -> tuple[int, ...]:
    number = suite_number(name) or suite_number(name.replace("SSL_", "TLS_", 1))
    return (number,) if number is not None else ()


def _groups(client: ClientPolicy, value: str) -> ClientPolicy:
    """SupportedGroups: these, in this order, of those that the release has; shares as KeyShareExtension picks them."""
    known = set(client.offer.groups)
    groups = tuple(number for number in _known(value, group_number) if number in known)
    if not groups:
        return client
    return replace(client, offer=of_groups(client.offer, groups), curves=frozenset(groups))


def _schemes(client: ClientPolicy, value: str) -> ClientPolicy:
    """SSLConfiguration.getCustomizedSignatureScheme: these, in this order, for handshakes and certificates alike."""
    known = {*client.offer.schemes, *client.offer.schemes_cert}
    asked = tuple(number for number in _known(value, scheme_number) if number in known)
    if not asked:
        return client
    if not since_16(client.offer):  # in the order of its own table
        asked = tuple(sorted(asked, key=[*client.offer.schemes, *client.offer.schemes_cert].index))
    own = tuple(number for number in asked if number in client.offer.schemes)
    cert = tuple(number for number in asked if number in client.offer.schemes_cert)
    return replace(
        client,
        offer=replace(client.offer, schemes=own, schemes_cert=cert),
        handshake_schemes=frozenset(own),
        path_rules=relisted(client.path_rules, own, cert),
    )


def _without(extensions: set[int], client: ClientPolicy, value: str) -> ClientPolicy:
    if value.lower() != "false":
        return client
    left = tuple(number for number in client.offer.extensions if number not in extensions)
    named = client.offer.sends_server_name and ext.SERVER_NAME not in extensions
    return replace(client, offer=replace(client.offer, extensions=left, sends_server_name=named))


def _longest_chain(client: ClientPolicy, value: str) -> ClientPolicy:
    return replace(client, longest_chain=_number(value, client.longest_chain))


def _largest_message(client: ClientPolicy, value: str) -> ClientPolicy:
    return replace(client, largest_handshake_message=_number(value, client.largest_handshake_message))


def _number(value: str, default: int | None) -> int | None:
    """SSLConfiguration: a number below zero, or none at all, leaves the default."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else default


def _any_anchor(client: ClientPolicy, value: str) -> ClientPolicy:
    rules = client.path_rules
    if value.lower() not in ("", "true") or not isinstance(rules, PathRules):
        return client
    return replace(client, path_rules=replace(rules, anchor_must_be_ca=False))


def _no_name_check(client: ClientPolicy, value: str) -> ClientPolicy:
    return replace(client, name_dialect="none") if value.lower() in ("", "true") else client


def _disabled(client: ClientPolicy) -> DisabledAlgorithms:
    curves = merged_profile(client.runtime).get("constraints", {}).get("named_curves")
    return parse_disabled(client.disabled_tls, curves)


_EFFECTS: Mapping[str, Callable[[ClientPolicy, str], ClientPolicy]] = {
    "protocols": _protocols,
    "protocols-of-https": _protocols,
    "suites": _suites,
    "suites-of-https": _suites,
    "groups": _groups,
    "schemes": _schemes,
    "server-name": partial(_without, {ext.SERVER_NAME}),
    "status-request": partial(_without, {STATUS_REQUEST, STATUS_REQUEST_V2}),
    "extended-master-secret": partial(_without, {EXTENDED_MASTER_SECRET}),
    "longest-chain": _longest_chain,
    "largest-message": _largest_message,
    "any-anchor": _any_anchor,
    "no-name-check": _no_name_check,
}
_OF_THE_OFFER = frozenset(_EFFECTS) - {"longest-chain", "largest-message", "any-anchor", "no-name-check"}
