"""A certificate carries a critical extension that this client does not know.

Why the client refuses
    Critical means: refuse what you don't understand.
What you see
    certificate_unknown(46). Java says "unrecognized critical extension(s)".
How to fix
    Reissue the certificate without that extension, or with it not critical.
How to check
    ``openssl x509 -noout -text``: extensions marked critical.
References
    RFC 5280, 4.2; java.security.cert.PKIXCertPathChecker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import reissue
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-critical-extension-unknown", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Without the extension."""
    oids = refusal.facts.get("oids")
    yield from reissue(refusal, Reissue(without=tuple(map(str, oids)) if isinstance(oids, tuple | list) else ()))
