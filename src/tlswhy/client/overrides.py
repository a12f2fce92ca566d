"""A client whose java.security is at hand: the values of that file instead of those that its release ships with.

Owns which properties change which part of a client: the algorithms that are disabled for TLS and for certificates, and
through them the versions, suites and groups that are still offered (sun.security.ssl.SSLContextImpl leaves out what
SSLAlgorithmConstraints forbids). A list can only get shorter, except for the versions: no default order is known of
suites that a release does not offer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tlswhy.client.constraints import DisabledAlgorithms, parse_disabled
from tlswhy.client.path_rules import make_path_rules
from tlswhy.client.profiles import client_ids, merged_profile
from tlswhy.errors import BadTable
from tlswhy.evidence.types import SecurityProperties
from tlswhy.model.client import ClientPolicy, Offer, Source
from tlswhy.oddity import Oddity
from tlswhy.wire.numbers import group_name, suite_name_jsse

TLS, CERTPATH = "jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms"
NAMED_CURVES = "jdk.disabled.namedCurves"
_NAMES = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
_SIGNALS = frozenset({0x00FF, 0x5600})


@dataclass(frozen=True, slots=True)
class Override:
    """The properties of one file that change a client, without their unreadable entries."""

    values: Mapping[str, str]
    source: Source
    oddities: tuple[Oddity, ...]

    def applied_to(self, client: ClientPolicy) -> ClientPolicy:
        """The client as this file makes it; unchanged where it is no Java of a known profile."""
        if not self.values or client.family != "java" or client.runtime not in client_ids():
            return client
        return _with(client, self.values, self.source)


def read_override(given: SecurityProperties) -> Override:
    """What of the file counts, and the entries that cannot be read."""
    values, oddities = _readable(given)
    places = ", ".join(f"{name} ({given.where[name].place})" for name in values)
    return Override(values, Source("measured", f"{given.item}: {places}"), oddities)


def _readable(given: SecurityProperties) -> tuple[dict[str, str], tuple[Oddity, ...]]:
    """The properties that count, without entries that break the language (the JDK itself would not start)."""
    values: dict[str, str] = {}
    oddities: list[Oddity] = []
    for name in (TLS, CERTPATH, NAMED_CURVES):
        if name not in given.values:
            continue
        kept = []
        for entry in given.values[name].strip().strip('"').split(","):
            try:
                parse_disabled(entry)
            except BadTable:
                facts = {"entry": entry.strip()[:200], "property": name}
                oddities.append(Oddity("constraint-unreadable", given.where[name].place, given.item, facts))
            else:
                kept.append(entry.strip())
        values[name] = ", ".join(entry for entry in kept if entry)
    return values, tuple(oddities)


def _with(policy: ClientPolicy, values: Mapping[str, str], source: Source) -> ClientPolicy:
    profile = merged_profile(policy.runtime)
    shipped = profile.get("constraints", {})
    wildcards = "TLS_RSA_*" in shipped.get("tls", "")
    constraints = {
        **shipped,
        "wildcards": wildcards,
        "tls": values.get(TLS, shipped.get("tls", "")),
        "certpath": values.get(CERTPATH, shipped.get("certpath", "")),
        "named_curves": values.get(NAMED_CURVES, shipped.get("named_curves", "")),
    }
    disabled = parse_disabled(constraints["tls"], constraints["named_curves"], wildcards=wildcards)
    offer = _offer(policy.offer, disabled, parse_disabled(shipped.get("tls"), shipped.get("named_curves")))
    return replace(
        policy,
        offer=offer,
        dh=replace(policy.dh, policy_min=disabled.smallest_key("DH")),
        path_rules=make_path_rules(
            {**profile, "constraints": constraints}, schemes=offer.schemes, schemes_cert=offer.schemes_cert
        ),
        disabled_tls=constraints["tls"],
        disabled_certpath=constraints["certpath"],
        curves=frozenset(offer.groups),
        sources=(source, *policy.sources),
    )


def _offer(offer: Offer, disabled: DisabledAlgorithms, shipped: DisabledAlgorithms) -> Offer:
    """What is left of the offer; versions that only the shipped file forbade come back."""
    again = (number for number, name in _NAMES.items() if shipped.disabled(name) and number < max(offer.versions))
    versions = sorted({*offer.versions, *(number for number in again if number > 0x0300)}, reverse=True)
    return replace(
        offer,
        versions=tuple(version for version in versions if not disabled.disabled(_NAMES.get(version, ""))),
        suites=tuple(
            number for number in offer.suites if number in _SIGNALS or not disabled.disabled(suite_name_jsse(number))
        ),
        groups=tuple(number for number in offer.groups if not disabled.disabled(group_name(number))),
    )
