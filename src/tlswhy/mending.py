"""How causes phrase what would cure them: changes made from the situation and the refusal.

Shared by all causes so that each file holds only its own cure. Yields alternatives, the least invasive first; which of
them leads to an accepting client is for ``remedy`` to try. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from tlswhy.changes import (
    Change,
    IssueByAuthority,
    OrderSuites,
    ReissueCertificate,
    ReissueUnder,
    ServeChain,
    TrustRoot,
    may_have_issued,
    path_upwards,
    served_path,
)
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.reissue import EC, RSA, Reissue
from tlswhy.situation import Situation
from tlswhy.strength import sound_suites
from tlswhy.unseen import Unseen, UnseenType
from tlswhy.verdict import Refusal
from tlswhy.wire.numbers import suite
from tlswhy.wire.suites import Suite

LEAF_DAYS = 397
"""A year and a month: what the CA/Browser Forum's Baseline Requirements allowed longest; private CAs copy it."""
CA_DAYS = 3650
CERT_SIGN = "keyCertSign"
MANY_NAMES = 20
"""So many names are worth a certificate each."""


def reissue(refusal: Refusal, wish: Reissue) -> Iterator[Change]:
    """The certificate that the refusal names, made anew: one of the chain, or a root of the client's trust."""
    index, anchor = refusal.facts.get("certificate"), refusal.facts.get("anchor")
    if isinstance(index, int):
        yield ReissueCertificate(index, wish, subject=str(refusal.facts.get("subject", "")))
    elif isinstance(anchor, int):
        yield ReissueCertificate(None, wish, anchor, str(refusal.facts.get("anchor_subject", "")))


def reissue_all(situation: Situation, wish: Reissue, which: Callable[[Certificate], bool]) -> Iterator[Change]:
    """Each of those CA certificates, of the chain and of the trust that stands above."""
    chain, trust = _chain(situation), _trust(situation)
    for index, certificate in enumerate(chain[1:], 1):
        if which(certificate):
            yield ReissueCertificate(index, wish, subject=certificate.subject.text)
    for index, certificate in enumerate(trust):
        if which(certificate) and any(below.issuer == certificate.subject for below in chain):
            yield ReissueCertificate(None, wish, index, certificate.subject.text)


def reissue_without(situation: Situation, *oids: str) -> Iterator[Change]:
    """Each certificate that carries one of these extensions, without them; the CAs' first."""
    carried, wish, chain = frozenset(oids), Reissue(without=oids), _chain(situation)
    yield from reissue_all(situation, wish, lambda ca: not carried.isdisjoint(ca.extensions.all))
    if chain and not carried.isdisjoint(chain[0].extensions.all):
        yield ReissueCertificate(0, wish, subject=chain[0].subject.text)


def signed_soundly(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Signed anew by the CA's key as it is, SHA-256 and the plain form of that kind of key; else by a CA with another
    key, where the one it has can make no signature that the client takes."""
    index = refusal.facts.get("certificate")
    chain = _chain(situation)
    if not isinstance(index, int) or index >= len(chain):
        return
    yield from reissue(refusal, Reissue(signature=RSA))
    yield from reissue(refusal, Reissue(signature=EC))
    if chain[index].self_issued:
        yield from reissue(refusal, Reissue(key=RSA))
    for number, issuer in enumerate(chain):
        if number != index and issuer.subject == chain[index].issuer:
            yield ReissueCertificate(number, Reissue(key=RSA), subject=issuer.subject.text)
    for number, issuer in enumerate(_trust(situation)):
        if issuer.subject == chain[index].issuer:
            yield ReissueCertificate(None, Reissue(key=RSA), number, issuer.subject.text)


def rekeyed(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A new key of the same kind and a sound size; else of the other kind."""
    kinds = (EC, RSA) if str(refusal.facts.get("algorithm", EC)) == EC else (RSA, EC)
    for kind in kinds:
        yield from reissue(refusal, Reissue(key=kind))


def rekeyed_leaf(situation: Situation) -> Iterator[Change]:
    """The server's own certificate with a key that the client's suites and schemes have room for."""
    chain = _chain(situation)
    if chain:
        for kind in (RSA, EC):
            yield ReissueCertificate(0, Reissue(key=kind), subject=chain[0].subject.text)


NO_SOUND_KEY = frozenset({"public-key", "rsa-numbers", "curve-point"})


def written_anew(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """As RFC 5280 asks, with a new key where the old one makes no sense; named by the host where it has no name."""
    reason, host = refusal.facts.get("reason"), situation.host
    leaf = refusal.facts.get("certificate") == 0
    name = host if reason == "subject-empty" and leaf and not isinstance(host, Unseen) else None
    for kind in (RSA, EC) if reason in NO_SOUND_KEY else (None,):
        yield from reissue(refusal, Reissue(key=kind, add_name=name, profile=True))


def replaced_leaf(situation: Situation) -> Iterator[Change]:
    """The server's own certificate, withdrawn, for a new key of the same kind."""
    chain = _chain(situation)
    if chain and not chain[0].self_issued:
        kind = chain[0].public_key.family
        wish = Reissue(key=kind if kind in (RSA, EC) else RSA)
        yield ReissueCertificate(0, wish, subject=chain[0].subject.text, revoked=True)


def renewed(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Valid from the day before the moment on; a CA for ten years."""
    leaf = refusal.facts.get("certificate") == 0
    first = situation.moment - timedelta(days=1)
    yield from reissue(refusal, Reissue(validity=(first, first + timedelta(days=LEAF_DAYS if leaf else CA_DAYS))))


def trusting(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The root of the chain in the client's trust, in place of one of the same name where that is in the way."""
    chain = _chain(situation)
    if not chain:
        return
    top = _top(chain)
    replaced = refusal.facts.get("anchor")
    instead = replaced if isinstance(replaced, int) else None
    if chain[top].self_issued:
        yield TrustRoot(chain[top].subject.text, top, instead)
    else:
        yield TrustRoot(chain[top].issuer.text, None, instead)


def able_to_sign(situation: Situation) -> Iterator[Change]:
    """CA certificates whose keyUsage does not let them sign: some clients then find no issuer at all."""
    denied = Reissue(authority=True)
    yield from reissue_all(situation, denied, lambda ca: ca.key_usage is not None and CERT_SIGN not in ca.key_usage)


def issued_by_authority(situation: Situation) -> Iterator[Change]:
    """Where the server's certificate signs itself: one by a CA, since some clients take no such leaf as an anchor."""
    chain = _chain(situation)
    if len(chain) == 1 and chain[0].self_issued:
        yield IssueByAuthority(chain[0].subject.text)


def trusting_the_namesake(situation: Situation) -> Iterator[Change]:
    """The root that the chain leads to, in place of a trusted one of the same name that did not sign what stands below
    it; where that root was not sent only if the key identifiers say that it is another."""
    chain, trust = _chain(situation), _trust(situation)
    if not chain:
        return
    number = path_upwards(chain)[-1]
    top = chain[number]
    for index, anchor in enumerate(trust):
        if anchor.subject != top.issuer or anchor == top:
            continue
        if top.self_issued:
            yield TrustRoot(top.subject.text, number, index)
        elif not may_have_issued(anchor, top):
            yield TrustRoot(top.issuer.text, None, index)


def served_whole(situation: Situation) -> Iterator[Change]:
    """Every certificate up to the root's child; those that nobody saw are named."""
    chain = _chain(situation)
    if chain:
        path = path_upwards(chain)
        yield ServeChain(path, (chain[path[-1]].issuer.text,))


def served_short(situation: Situation) -> Iterator[Change]:
    """The path alone, without what else was sent."""
    chain = _chain(situation)
    path = served_path(chain) if chain else ()
    if path and len(path) < len(chain):
        yield ServeChain(path)


def named_alone(situation: Situation) -> Iterator[Change]:
    """The server's certificate for the one name that is asked for, where it has a great many."""
    chain = _chain(situation)
    names = chain[0].names if chain else None
    many = names is not None and len(names.dns) > MANY_NAMES
    if many and not isinstance(situation.host, Unseen):
        yield ReissueCertificate(0, Reissue(only_name=situation.host), subject=chain[0].subject.text)


def issued_nearer_the_root(situation: Situation) -> Iterator[Change]:
    """The server's certificate by each CA above the one that issued it, the lowest first; the root issues none."""
    chain = _chain(situation)
    for index in served_path(chain)[2:] if chain else ():
        yield ReissueUnder(index, chain[index].subject.text)


def suites_first(situation: Situation) -> Iterator[Change]:
    """The client's suites without finite-field Diffie-Hellman first, where it has any that is sound and goes with the
    server's key and version."""
    chain = _chain(situation)
    sound = sound_suites(situation.client.offer, without_dhe=True)
    version = situation.flight.version
    suites = tuple(n for n in _for_key(sound, chain) if (found := suite(n)) and _exists(found, version))
    if suites:
        yield OrderSuites(suites)


def suites_enabled(situation: Situation) -> Iterator[Change]:
    """Every sound suite of the client's that goes with the server's key, as far as that was seen."""
    if suites := _for_key(sound_suites(situation.client.offer), _chain(situation)):
        yield OrderSuites(suites)


def _for_key(suites: tuple[int, ...], chain: tuple[Certificate, ...]) -> tuple[int, ...]:
    other = {"RSA": "ECDSA", "EC": "RSA"}.get(chain[0].public_key.family) if chain else None
    return tuple(n for n in suites if (found := suite(n)) and found.authentication != other)


def _exists(found: Suite, version: int | UnseenType) -> bool:
    return isinstance(version, Unseen) or found.minimum_version <= version <= found.maximum_version


def _chain(situation: Situation) -> tuple[Certificate, ...]:
    chain = situation.flight.chain
    return () if chain is None or isinstance(chain, Unseen) else chain


def _trust(situation: Situation) -> tuple[Certificate, ...]:
    return () if isinstance(situation.trust, Unseen) else situation.trust


def _top(chain: tuple[Certificate, ...]) -> int:
    return path_upwards(chain)[-1]
