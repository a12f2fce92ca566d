"""A TLS-inspecting proxy, suspected: never a verdict, always with its grounds.

Owns what makes one suspicious (after Huang and others, "Analyzing Forged SSL Certificates in the Wild", IEEE S&P 2014,
and Durumeric and others, "The Security Impact of HTTPS Interception", NDSS 2017): issuers that inspecting products are
known by, one unknown issuer or one key for hosts that have nothing to do with each other, a leaf made for the occasion.
Knows no proxy that takes the trouble to look like the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache

from tlswhy.errors import BadEvidence
from tlswhy.model.handshake import Handshake, Told
from tlswhy.observe.connections import Observed
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.situation import Situation
from tlswhy.tables import load_table
from tlswhy.unseen import Unseen
from tlswhy.verdict import Verdict

Suspicion = Mapping[str, object]

KNOWN_ISSUER, SAME_ISSUER, SAME_KEY, SAME_FLIGHT, FRESH = (
    "known-issuer",
    "same-issuer",
    "same-key",
    "same-flight",
    "fresh",
)
FRESH_FOR = timedelta(days=2, hours=1)
"""A leaf made at the moment is dated to it or, so that no clock minds it, up to two days back (mitmproxy)."""
MOST_COMPARED = 64
_UNTRUSTED = frozenset({"trust-anchor-missing", "trust-anchor-mismatch", "chain-incomplete", "self-signed-untrusted"})
_ATTRIBUTES = {"CN": "2.5.4.3", "O": "2.5.4.10", "OU": "2.5.4.11"}

_Kin = tuple[Certificate, str, Handshake]
"""Another server's leaf, the name it was asked for, its connection."""


def of_inspection(
    situation: Situation, verdict: Verdict, handshake: Handshake | None, observed: Observed
) -> tuple[Suspicion, ...]:
    """That the chain is an inspecting proxy's and not the server's: one suspicion, or none."""
    chain = situation.flight.chain
    if not chain or isinstance(chain, Unseen) or handshake is None or handshake.server_name is None:
        return ()  # asked for by no name it may be the product's own page
    leaf = chain[0]
    if leaf.self_issued or not _is_for(leaf, handshake.server_name):
        return ()
    product = next(filter(None, map(_product, chain)), None)
    kin = _kin(leaf, handshake, observed, trusted=_may_be_trusted(situation, verdict))
    grounds = tuple(_grounds(situation, leaf, product, kin, handshake))
    if not {KNOWN_ISSUER, SAME_ISSUER, SAME_KEY} & set(grounds):
        return ()
    facts: dict[str, object] = {
        "what": "inspecting-proxy",
        "certainty": "likely" if KNOWN_ISSUER in grounds or len(grounds) > 2 else "possible",
        "grounds": grounds,
        "host": handshake.server_name,
        "issuer": leaf.issuer.text,
        "made": leaf.not_before,
        "where": situation.place("certificates"),
    }
    if product is not None:
        facts |= {"product": product["name"], "source": product["source"]}
    if kin:
        facts["hosts"] = tuple(dict.fromkeys(name for _, name, _ in kin))[:3]
    return (facts,)


def _grounds(
    situation: Situation,
    leaf: Certificate,
    product: Mapping[str, str] | None,
    kin: Sequence[_Kin],
    handshake: Handshake,
) -> Iterator[str]:
    if product is not None:
        yield KNOWN_ISSUER
    if any(other.issuer == leaf.issuer for other, _, _ in kin):
        yield SAME_ISSUER
    if any(other.public_key.spki == leaf.public_key.spki for other, _, _ in kin):
        yield SAME_KEY
    if kin and handshake.ja3s is not None and all(each.ja3s == handshake.ja3s for _, _, each in kin):
        yield SAME_FLIGHT
    if timedelta(0) <= situation.moment - leaf.not_before <= FRESH_FOR:
        yield FRESH


def _may_be_trusted(situation: Situation, verdict: Verdict) -> bool:
    """Nothing says that the client does not know the issuer: it may be a public CA, which issues for everybody."""
    return isinstance(situation.trust, Unseen) or not any(each.cause in _UNTRUSTED for each in verdict.refusals)


def _kin(leaf: Certificate, handshake: Handshake, observed: Observed, *, trusted: bool) -> list[_Kin]:
    """Leaves that look like this one's kin, shown at other addresses for hosts that have nothing to do with its own.

    ``trusted``: where the issuer may be a public one, only the key that the leaves share tells.
    """
    found: list[_Kin] = []
    asked = _domain(handshake.server_name)
    shown = (other for other in observed.handshakes if isinstance(other.certificates, Told))
    for _, other in zip(range(MOST_COMPARED), shown, strict=False):
        domain = _domain(other.server_name)
        if asked is None or domain in (None, asked) or other.server.address == handshake.server.address:
            continue
        theirs = _leaf(other)
        if theirs is None or theirs.der == leaf.der:
            continue
        if theirs.public_key.spki == leaf.public_key.spki or (theirs.issuer == leaf.issuer and not trusted):
            found.append((theirs, other.server_name or "", other))
    return found


def _leaf(handshake: Handshake) -> Certificate | None:
    sent = handshake.certificates
    if not isinstance(sent, Told) or not sent.message.certificates:
        return None
    try:
        return read_certificate(sent.message.certificates[0])
    except BadEvidence:
        return None


def _is_for(leaf: Certificate, host: str) -> bool:
    """The leaf names the host, itself or by a wildcard; how strictly a client compares is not the question here."""
    listed = leaf.names.dns if leaf.names else ()
    names = {name.lower().rstrip(".") for name in (*listed, *leaf.subject.common_names)}
    asked = host.lower().rstrip(".")
    return asked in names or f"*.{asked.partition('.')[2]}" in names


def _domain(name: str | None) -> str | None:
    """The last two labels: names that differ in them are unrelated, those that don't may be."""
    labels = (name or "").lower().rstrip(".").split(".")
    return ".".join(labels[-2:]) if len(labels) >= 2 else None


def _product(certificate: Certificate) -> Mapping[str, str] | None:
    """The product whose issuer this is."""
    for rdn in certificate.issuer.rdns:
        for attribute in rdn:
            for oid, begins, row in _products():
                if oid == attribute.oid and attribute.text and attribute.text.casefold().startswith(begins):
                    return row
    return None


@cache
def _products() -> tuple[tuple[str, str, Mapping[str, str]], ...]:
    rows = load_table("inspecting_products.toml")["product"]
    return tuple((_ATTRIBUTES[row["field"]], row["begins"].casefold(), row) for row in rows)
