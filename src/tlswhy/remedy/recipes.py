"""How a plan's changes are made on a platform: which table of it, and the values that go into its steps.

Owns the values: lists of suites, names of groups, schemes and versions as that platform writes them. Which words stand
around them is the platform's file; filling them in is ``render``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from tlswhy.changes import (
    Change,
    EnableVersion,
    IssueByAuthority,
    Machine,
    OrderSuites,
    RaiseLimit,
    ReissueCertificate,
    ReissueUnder,
    ServeChain,
    SignWith,
    TrustRoot,
    UpgradeClient,
    UseDhGroup,
    UseGroups,
    UseName,
    change_name,
)
from tlswhy.client.hello import is_address
from tlswhy.pki.reissue import Reissue
from tlswhy.remedy.platforms import Platform, load_platform, platform_ids
from tlswhy.remedy.suite_lists import tls13_list, whole_list
from tlswhy.report import Recipe
from tlswhy.trial import Trial
from tlswhy.unseen import Unseen
from tlswhy.wire.numbers import group_name, scheme_name, suite_name, version_name

GUESSED_CA = ("ad-cs", "openssl-ca")
"""The two kinds of CA that most private chains come from."""
GUESSED_SERVERS = ("windows-2016", "nginx", "apache", "haproxy", "tomcat")
LIMITS = {
    "longest_chain": "jdk.tls.maxCertificateChainLength",
    "largest_handshake_message": "jdk.tls.maxHandshakeMessageSize",
}


def recipes_for(
    changes: Sequence[Change], trial: Trial, chosen: Sequence[Platform], family: str | None
) -> tuple[Recipe, ...]:
    """A recipe for each change and each platform of its side; the chosen ones, else those that are likely.

    ``family`` is that of the client; None: the chosen ones alone are wanted.
    """
    found: list[Recipe] = []
    for change in changes:
        platforms = [platform for platform in chosen if platform.side is change.side]
        if not platforms and family is not None:
            platforms = _likely(change.side, family)
        found.extend(_recipes(change, platform, trial) for platform in platforms)
    return tuple(found)


def _likely(side: Machine, family: str) -> list[Platform]:
    match side:
        case Machine.CLIENT:
            return [load_platform(family)] if family in platform_ids() else []
        case Machine.CA:
            return [load_platform(name) for name in GUESSED_CA]
        case Machine.SERVER:
            return [load_platform(name) for name in GUESSED_SERVERS]


def _recipes(change: Change, platform: Platform, trial: Trial) -> Recipe:
    fitted = platform.fitted(change) or change
    name = next((name for name in table_names_of(fitted) if name in platform.recipes), None)
    return Recipe(
        platform.id,
        platform.title,
        change,
        None if name is None else platform.recipes[name],
        dict(_values(fitted, platform, trial)),
        platform.sources,
        None if name is None else platform.tried.get(name),
    )


def table_names_of(change: Change) -> Iterator[str]:
    """The tables that tell how to make it, the special one first: ``reissue-signature``, ``reissue-certificate``."""
    name = change_name(change)
    if isinstance(change, ReissueCertificate):
        yield from _tables_of_reissue(change)
    if isinstance(change, TrustRoot) and change.instead_of is not None:
        yield f"{name}-instead"
    if isinstance(change, TrustRoot) and change.is_the_servers_own:
        yield f"{name}-self-signed"
    yield name


def _tables_of_reissue(change: ReissueCertificate) -> Iterator[str]:
    """By what is wished, where it is one thing, and by what it is wished of: a root signs itself, so that what is right
    for a CA below it is wrong for it."""
    kind = "root" if change.anchor is not None else "leaf" if change.certificate == 0 else "ca"
    wished = [field.name for field in fields(Reissue) if getattr(change.wish, field.name) not in (None, ())]
    whole = change_name(change)
    if wished == ["authority"] and not change.wish.authority:
        yield "reissue-usage"
    elif len(wished) == 1:
        special = f"reissue-{wished[0].replace('_', '-')}"
        yield f"{special}-{kind}"
        if kind != "root":
            yield special
    yield f"{whole}-{kind}"


def _values(change: Change, platform: Platform, trial: Trial) -> Iterator[tuple[str, str]]:
    host = "HOST" if isinstance(trial.host, Unseen) else trial.host
    yield from (("host", host), ("port", "443"))  # where nobody knows better
    wish = change.wish if isinstance(change, ReissueCertificate) else Reissue()
    yield from _sans(wish.add_name or wish.only_name or host)
    if isinstance(change, OrderSuites):
        yield "suites", whole_list(platform.suites, change.suites, platform.abilities)
        yield "first_suites", ",".join(map(suite_name, change.suites))
        if tls13 := tls13_list(change.suites):
            yield "tls13_suites", tls13
    elif isinstance(change, UseDhGroup):
        yield "bits", str(change.bits)
    elif isinstance(change, UseGroups):
        names = [group_name(number) for number in change.groups]
        yield "groups", ":".join(_OPENSSL_GROUPS.get(name, name) for name in names)
        yield "windows_curves", "\n".join(_WINDOWS_CURVES.get(name, name) for name in names)
        yield from (("java_groups", ",".join(names)), ("spaced_groups", " ".join(names)))
    elif isinstance(change, SignWith):
        yield "schemes", ":".join(filter(None, (_openssl_scheme(number) for number in change.schemes)))
    elif isinstance(change, EnableVersion):
        name = version_name(change.version)
        yield from (("version", name.replace("TLS", "TLSv")), ("windows_version", name.replace("TLS", "TLS ")))
    elif isinstance(change, ServeChain):
        yield "missing", ", ".join(change.missing)
    elif isinstance(change, ReissueCertificate):
        yield "subject", change.subject
        if change.wish.add_name:
            yield "name", change.wish.add_name
    elif isinstance(change, TrustRoot | ReissueUnder | IssueByAuthority):
        yield "subject", change.subject
    elif isinstance(change, UseName):
        yield "name", change.name
    elif isinstance(change, RaiseLimit):
        yield from (("property", LIMITS[change.limit]), ("least", str(change.least)))
    elif isinstance(change, UpgradeClient):
        yield from (("to", change.to.id), ("title", change.to.title))


def _sans(name: str) -> Iterator[tuple[str, str]]:
    """A name for subjectAltName as openssl, keytool and certreq write it; an address is none of DNS."""
    bare, numeric = name.strip("[]"), is_address(name)
    yield "san", f"{'IP' if numeric else 'DNS'}:{bare}"
    yield "keytool_san", f"{'ip' if numeric else 'dns'}:{bare}"
    yield "windows_san", f"{'ipaddress' if numeric else 'dns'}={bare}"


_WINDOWS_CURVES: Mapping[str, str] = {
    "x25519": "curve25519",
    "secp256r1": "NistP256",
    "secp384r1": "NistP384",
    "secp521r1": "NistP521",
}
_OPENSSL_GROUPS: Mapping[str, str] = {
    "x25519": "X25519",
    "secp256r1": "prime256v1",
    "x448": "X448",
}


def _openssl_scheme(number: int) -> str | None:
    """OpenSSL's own names (SSL_CTX_set1_sigalgs_list): RSA+SHA256 for rsa_pkcs1_sha256; the RFC's for the rest."""
    name = scheme_name(number)
    if name.startswith("rsa_pkcs1_"):
        return f"RSA+{name.removeprefix('rsa_pkcs1_').upper()}"
    if name.startswith("ecdsa_"):
        return f"ECDSA+{name.rsplit('_', 1)[1].upper()}"
    return name
