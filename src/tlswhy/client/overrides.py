"""A client whose java.security is at hand: the values of that file instead of those that its release ships with.

Owns which properties change which part of a client: the algorithms that are disabled for TLS and for certificates, and
through them the versions, suites, groups and schemes that are still offered (sun.security.ssl.SSLContextImpl leaves out
what SSLAlgorithmConstraints forbids).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tlswhy.client.constraints import DisabledAlgorithms, parse_disabled
from tlswhy.client.offers import PROTOCOLS, knows_handshake_signatures, of_versions, permitted, since_16
from tlswhy.client.path_rules import make_path_rules
from tlswhy.client.profiles import client_ids, load_client, merged_profile, offer_of
from tlswhy.errors import BadTable
from tlswhy.evidence.types import SecurityProperties
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, Offer, Source
from tlswhy.oddity import Oddity

TLS, CERTPATH = "jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms"
NAMED_CURVES = "jdk.disabled.namedCurves"
_NAMES = {number: name for name, number in PROTOCOLS.items()}


@frozen
class Override:
    """The properties of one file that change a client, without their unreadable entries."""

    values: Mapping[str, str]
    source: Source
    oddities: tuple[Oddity, ...]

    def applied_to(self, client: ClientPolicy, *, spoke: bool = False) -> ClientPolicy:
        """The client as this file makes it; unchanged where it is no Java of a known profile. What it forbids is
        forbidden whatever the client ``spoke``."""
        if not self.values or client.family != "java" or client.runtime not in client_ids():
            return client
        return _with(client, self.values, self.source)

    def sources_for(self, client: ClientPolicy) -> tuple[Source, ...]:
        """The file, where it holds a property that counts."""
        return (self.source,)


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
    certpath = parse_disabled(constraints["certpath"], constraints["named_curves"], wildcards=wildcards)
    shipped_tls = parse_disabled(shipped.get("tls"), shipped.get("named_curves"))
    offer = _offer(policy, (disabled, certpath), shipped_tls)
    return replace(
        policy,
        offer=offer,
        dh=replace(policy.dh, policy_min=disabled.smallest_key("DH")),
        path_rules=make_path_rules(
            {**profile, "constraints": constraints, "paths": {**profile.get("paths", {}), **_by_version(policy)}},
            schemes=offer.schemes,
            schemes_cert=offer.schemes_cert,
        ),
        handshake_schemes=frozenset(offer.schemes),
        disabled_tls=constraints["tls"],
        disabled_certpath=constraints["certpath"],
        curves=frozenset(offer.groups),
        sources=(source, *policy.sources),
    )


def _by_version(policy: ClientPolicy) -> dict[str, bool]:
    """Whether schemes are told apart by version is the release's way, whatever the file says."""
    return {"lists_per_version": True} if knows_handshake_signatures(policy) else {}


def _offer(
    policy: ClientPolicy, lists: tuple[DisabledAlgorithms, DisabledAlgorithms], shipped: DisabledAlgorithms
) -> Offer:
    """What the properties leave of all that the release has by default (schemes: what it lists for certificates).
    Where a hello was seen, its own suites and schemes are all there is; versions that only the shipped file forbade
    come back."""
    offer = policy.offer
    known = load_client(policy.runtime).members[0].offer
    every = merged_profile(policy.runtime).get("offer", {}).get("undisabled")
    if every is not None and offer == known:
        whole = offer_of(merged_profile(every), every)
        offer = replace(offer, suites=whole.suites, schemes=offer.schemes_cert or offer.schemes)
        offer = replace(offer, schemes=_with_md5(offer.schemes), schemes_cert=_with_md5(offer.schemes_cert))
    again = {n for name, n in PROTOCOLS.items() if shipped.disabled(name) and n < max(offer.versions)}
    if since_16(offer):  # SSLv3 is among the defaults no more
        again.discard(PROTOCOLS["SSLv3"])
    versions = {*offer.versions, *again}
    left = {n for n in versions if all(disabled.disabled(_NAMES.get(n, "")) is None for disabled in lists)}
    return of_versions(permitted(offer, *lists), left, per_version=knows_handshake_signatures(policy))


def _with_md5(schemes: tuple[int, ...]) -> tuple[int, ...]:
    """SignatureScheme.RSA_MD5, the last of them; both properties forbid it as shipped."""
    return (*schemes, RSA_MD5) if schemes and RSA_MD5 not in schemes else schemes


RSA_MD5 = 0x0101
