"""The certificates of a handshake, one below the other as sent: who, with which key, signed how, until when, by whom.

Owns how a certificate is told in three lines. Which of them is to blame is handed in.
"""

from __future__ import annotations

from datetime import datetime

from tlswhy.pki.certificate import Certificate
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm
from tlswhy.render.inert import shortened
from tlswhy.render.ink import Page, Span
from tlswhy.render.words import Words
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen

MOST_NAMES = 6
MOST_CERTIFICATES = 12


def draw_chain(situation: Situation, blamed: frozenset[int], words: Words, page: Page) -> None:
    """Draw the chain of the situation's flight, and the anchor where one was reached."""
    chain = situation.flight.chain
    if isinstance(chain, Unseen) or chain is None:
        return
    for number, certificate in enumerate(chain[:MOST_CERTIFICATES]):
        mark = Span("✘", "bad") if number in blamed else Span(" ")
        lead = (Span(f"  {number:>2} ", "dim"), mark, Span(" "))
        _draw(certificate, lead, situation.moment, words, page, blamed=number in blamed)
    if len(chain) > MOST_CERTIFICATES:
        page.write(Span(words.say("certificate.more", count=len(chain) - MOST_CERTIFICATES), "dim"), first=" " * 7)
    anchor = _anchor(situation)
    if anchor is not None:
        page.write(
            (Span(words.say("certificate.anchor", subject=anchor.subject.text)),), first=(Span("   ◆   ", "good"),)
        )


def _draw(
    certificate: Certificate, lead: tuple[Span, ...], moment: datetime, words: Words, page: Page, *, blamed: bool
) -> None:
    subject = certificate.subject.text or words.say("certificate.no-subject")
    page.write(Span(shortened(subject), "bad" if blamed else "strong"), first=lead)
    indent = " " * 7
    outside = moment < certificate.not_before or moment > certificate.not_after
    validity = words.say("certificate.validity", not_before=certificate.not_before, not_after=certificate.not_after)
    page.write(
        (
            Span(f"{key_text(certificate.public_key, words)} · {signature_text(certificate.signature, words)} · "),
            Span(validity, "bad" if outside else ""),
        ),
        first=indent,
    )
    names = _names(certificate)
    if names:
        page.write(words.say("certificate.names", names=names), first=indent)
    if certificate.self_issued:
        page.write(Span(words.say("certificate.self-signed"), "dim"), first=indent)
    else:
        page.write(Span(words.say("certificate.issued-by", issuer=certificate.issuer.text), "dim"), first=indent)


def key_text(key: PublicKey, words: Words) -> str:
    """RSA 2048; EC secp256r1."""
    if key.curve is not None:
        return words.say("certificate.key-curve", algorithm=key.algorithm, curve=key.curve)
    if key.bits is not None:
        return words.say("certificate.key", algorithm=key.algorithm, bits=key.bits)
    return shortened(key.algorithm)


def signature_text(signature: SignatureAlgorithm, words: Words) -> str:
    """SHA256withRSA; RSASSA-PSS with all of its parameters."""
    if signature.pss is not None:
        values = {
            "hash": signature.pss.hash,
            "mgf": signature.pss.mgf,
            "mgf_hash": signature.pss.mgf_hash,
            "salt": signature.pss.salt_length,
        }
        return words.say("certificate.pss", values)
    return words.say("certificate.signed", algorithm=signature.name)


def _names(certificate: Certificate) -> str:
    names = certificate.names
    if names is None:
        return ""
    found = [shortened(str(name), 80) for name in (*names.dns, *names.ip_text)]
    more = f" … (+{len(found) - MOST_NAMES})" if len(found) > MOST_NAMES else ""
    return ", ".join(found[:MOST_NAMES]) + more


def _anchor(situation: Situation) -> Certificate | None:
    path, trust = situation.path, situation.trust
    if isinstance(path, Unseen) or isinstance(trust, Unseen) or path.path is None or path.path.anchor is None:
        return None
    return trust[path.path.anchor] if path.path.anchor < len(trust) else None
