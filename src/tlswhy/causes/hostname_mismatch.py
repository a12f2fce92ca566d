"""The certificate is not for the name that the client asked for.

Why the client refuses
    The name in the URL is neither among the subject alternative names nor, where the client still looks there, the
    common name. A dNSName hides the common name; an IP address in the URL needs an iPAddress entry.
What you see
    certificate_unknown(46). Java says "No subject alternative DNS name matching … found"; Apache HttpClient 4.x
    says "hostname in certificate didn't match".
How to fix
    Use the name that the certificate carries in the URL, or reissue the certificate with the name that is used.
How to check
    ``openssl x509 -noout -ext subjectAltName -subject``.
References
    RFC 2818, 3.1; RFC 9525; sun.security.util.HostnameChecker; org.apache.http.conn.ssl.AbstractVerifier.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, ReissueCertificate, UseName
from tlswhy.grounds import rule_sources, why_no_chain
from tlswhy.model.client import Source
from tlswhy.pki.names import match_host
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen, seen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.NAME
SOURCES = (Source("standard", "RFC 2818, 3.1; RFC 9525"),)
PRIOR = 0.7


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's own name rule against the first certificate."""
    if situation.client.name_dialect == "none" or situation.flight.chain is None:
        return
    chain = seen(situation.flight.chain, why_no_chain(situation))
    host = seen(situation.host, "host")
    match = match_host(host, chain[0], situation.client.name_dialect)
    if match.matched:
        return
    facts = {
        "certificate": 0,
        "subject": chain[0].subject.text,
        "host": host,
        "tried": tuple(name.text for name in match.tried),
        "ignored": tuple(name.text for name in match.ignored),
        "reason": match.reason,
        "dialect": situation.client.name_dialect,
    }
    yield Refusal("hostname-mismatch", STAGE, facts, situation.certificate_place(0), rule_sources(situation))


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The certificate gets the name, or the URL takes one that the certificate has."""
    if isinstance(situation.host, Unseen):
        return
    yield ReissueCertificate(0, Reissue(add_name=situation.host), subject=str(refusal.facts.get("subject", "")))
    tried = refusal.facts.get("tried")
    for name in tried if isinstance(tried, tuple) else ():
        if not name.startswith("*"):
            yield UseName(name)
