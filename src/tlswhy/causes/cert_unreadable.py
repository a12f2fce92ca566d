"""A certificate that the server sends is written in a way that this client cannot read.

Why the client refuses
    Before it judges a chain a client parses every certificate in it. Java's parser gives up on a duplicate extension, a
    critical extension with a broken value, extensions in a version 1 certificate, an empty issuer, a date or a public
    key that makes no sense, or two different statements of the signature algorithm. The certificate need not be part
    of the path: any that is sent counts.
What you see
    bad_certificate(42). Java says "Failed to parse server certificates" with a CertificateParsingException below it.
How to fix
    Reissue that certificate, or take it out of what the server sends.
How to check
    ``openssl x509 -noout -text`` and ``openssl asn1parse`` on each certificate that is sent.
References
    RFC 5280, 4.1 and 4.2; sun.security.x509.X509CertImpl, X509CertInfo, CertificateExtensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import served_short, written_anew
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's reader objects so."""
    return chain_refusals(situation, "cert-unreadable", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Not sent, where no path needs it; else issued as RFC 5280 asks."""
    yield from served_short(situation)
    yield from written_anew(situation, refusal)
