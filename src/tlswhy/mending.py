"""How causes phrase what would cure them: changes made from the situation and the refusal.

Shared by all causes so that each file holds only its own cure. Yields alternatives, the least invasive first; which of
them leads to an accepting client is for ``remedy`` to try. Knows no platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tlswhy.changes import (
    Change,
    IssueByAuthority,
    OrderSuites,
    ReissueCertificate,
    ReissueUnder,
    ServeChain,
    TrustRoot,
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
MANY_NAMES = 20
"""So many names are worth a certificate each."""


def reissue(refusal: Refusal, wish: Reissue) -> Iterator[Change]:
    """The certificate that the refusal names, made anew: one of the chain, or a root of the client's trust."""
    index, anchor = refusal.facts.get("certificate"), refusal.facts.get("anchor")
    if isinstance(index, int):
        yield ReissueCertificate(index, wish, subject=str(refusal.facts.get("subject", "")))
    elif isinstance(anchor, int):
        yield ReissueCertificate(None, wish, anchor, str(refusal.facts.get("anchor_subject", "")))


def reissue_all(situation: Situation, wish: Reissue, carrying: str | None = None) -> Iterator[Change]:
    """Each CA certificate of the chain and of the trust that stands above, or those of them with an extension."""
    chain, trust = _chain(situation), _trust(situation)
    for index, certificate in enumerate(chain[1:], 1):
        if carrying is None or carrying in certificate.extensions.all:
            yield ReissueCertificate(index, wish, subject=certificate.subject.text)
    for index, certificate in enumerate(trust):
        above = any(below.issuer == certificate.subject for below in chain)
        if above and (carrying is None or carrying in certificate.extensions.all):
            yield ReissueCertificate(None, wish, index, certificate.subject.text)


def signed_soundly(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Signed anew by the CA's key as it is, SHA-256 and the plain form of that kind of key; else by a CA with another
    key, where the one it has can make no signature that the client takes."""
    index = refusal.facts.get("certificate")
    chain = _chain(situation)
    if not isinstance(index, int) or index >= len(chain):
        return
    yield from reissue(refusal, Reissue(signature=RSA))
    yield from reissue(refusal, Reissue(signature=EC))
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


def issued_by_authority(situation: Situation) -> Iterator[Change]:
    """Where the server's certificate signs itself: one by a CA, since some clients take no such leaf as an anchor."""
    chain = _chain(situation)
    if len(chain) == 1 and chain[0].self_issued:
        yield IssueByAuthority(chain[0].subject.text)


def trusting_the_namesake(situation: Situation) -> Iterator[Change]:
    """The root that was sent, in place of a trusted one of the same name that did not sign what stands below it."""
    chain, trust = _chain(situation), _trust(situation)
    top = path_upwards(chain)[-1] if chain else 0
    for index, anchor in enumerate(trust):
        if chain and chain[top].self_issued and anchor.subject == chain[top].subject and anchor != chain[top]:
            yield TrustRoot(chain[top].subject.text, top, index)


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
