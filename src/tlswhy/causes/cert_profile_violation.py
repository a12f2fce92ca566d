"""A certificate of the chain is not written as RFC 5280 asks of those who issue them, and this client is strict.

Why the client refuses
    Most clients pass over a missing key identifier or basicConstraints that are not critical. Python from 3.13 on does
    not: ssl.create_default_context sets VERIFY_X509_STRICT, and OpenSSL then insists on an authorityKeyIdentifier in
    every certificate below the root, on a subjectKeyIdentifier, keyUsage and critical basicConstraints in every CA, the
    root included, and on nothing of a CA in other certificates.
What you see
    certificate_unknown(46). Python says "certificate verify failed: Missing Authority Key Identifier", "CA cert does
    not include key usage extension", "Basic Constraints of CA cert not marked critical".
How to fix
    Reissue the named certificate with the extension that it lacks. Until then the program may take the flag away:
    ``context.verify_flags &= ~ssl.VERIFY_X509_STRICT``.
How to check
    ``openssl verify -x509_strict -CAfile root.pem -untrusted chain.pem chain.pem``
References
    RFC 5280, 4.2.1.1 to 4.2.1.3 and 4.2.1.9; OpenSSL check_extensions in crypto/x509/x509_vfy.c; CPython gh-107361.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import reissue
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN


def arises(situation: Situation) -> bool:
    """Only strict clients mind."""
    return bool(getattr(situation.client.path_rules, "strict", False))


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's path rules object so."""
    yield from chain_refusals(situation, "cert-profile-violation", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Issued as RFC 5280 asks."""
    yield from reissue(refusal, Reissue(profile=True))
