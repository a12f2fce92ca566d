"""The certificates of a handshake, one below the other as sent: who, with which key, signed how, until when, by whom.

Owns how a certificate is told in three lines. Which of them is to blame is handed in.
"""

from __future__ import annotations

from datetime import datetime

from tlswhy.pki.certificate import Certificate
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm
from tlswhy.render.inert import shortened
from tlswhy.render.ink import Page, Span, cells
from tlswhy.render.words import Words
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen

MOST_NAMES = 6
MOST_CERTIFICATES = 12


def draw_chain(situation: Situation, blamed: frozenset[int], words: Words, page: Page, part: str = "") -> None:
    """Draw the chain of the situation's flight, and the anchor where one was reached.

    ``part`` of the blamed certificates is marked as well: "key", "signature", "names", "issuer".
    """
    chain = situation.flight.chain
    if isinstance(chain, Unseen) or chain is None:
        return
    for number, certificate in enumerate(chain[:MOST_CERTIFICATES]):
        mark = Span("✘", "bad") if number in blamed else Span(" ")
        lead = (Span(f"  {number:>2} ", "dim"), mark, Span(" "))
        at_fault = ("subject", part) if number in blamed else ()
        _draw(certificate, lead, situation.moment, words, page, at_fault)
    if len(chain) > MOST_CERTIFICATES:
        page.write(Span(words.say("certificate.more", count=len(chain) - MOST_CERTIFICATES), "dim"), first=_INDENT)
    anchor = _anchor(situation)
    if anchor is not None:
        page.write(
            (Span(words.say("certificate.anchor", subject=anchor.subject.text)),), first=(Span("   ◆   ", "good"),)
        )


def _draw(
    certificate: Certificate,
    lead: tuple[Span, ...],
    moment: datetime,
    words: Words,
    page: Page,
    at_fault: tuple[str, ...],
) -> None:
    def style(part: str, otherwise: str = "") -> str:
        return "bad" if part in at_fault else otherwise

    subject = certificate.subject.text or words.say("certificate.no-subject")
    page.write(Span(shortened(subject), style("subject", "strong")), first=lead)
    outside = moment < certificate.not_before or moment > certificate.not_after
    bounds = {"not_before": certificate.not_before, "not_after": certificate.not_after}
    validity = Span(words.say("certificate.validity", bounds), "bad" if outside else "")
    made = (
        Span(key_text(certificate.public_key, words), style("key")),
        Span(" · "),
        Span(signature_text(certificate.signature, words), style("signature")),
    )
    if cells(made) + cells(validity.text) + 3 > page.width - len(_INDENT):
        page.write(made, first=_INDENT)
        page.write(validity, first=_INDENT)
    else:
        page.write((*made, Span(" · "), validity), first=_INDENT)
    if names := _names(certificate, words):
        page.write(Span(words.say("certificate.names", names=names), style("names")), first=_INDENT)
    issuer = words.say("certificate.issued-by", issuer=certificate.issuer.text)
    told = words.say("certificate.self-signed") if certificate.self_issued else issuer
    page.write(Span(told, style("issuer", "dim")), first=_INDENT)


_INDENT = " " * 7


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


def _names(certificate: Certificate, words: Words) -> str:
    names = certificate.names
    if names is None:
        return ""
    found = [shortened(str(name), 80) for name in (*names.dns, *names.ip_text)]
    more = f" … (+{len(found) - MOST_NAMES})" if len(found) > MOST_NAMES else ""
    return words.grammar.between.join(found[:MOST_NAMES]) + more


def _anchor(situation: Situation) -> Certificate | None:
    path, trust = situation.path, situation.trust
    if isinstance(path, Unseen) or isinstance(trust, Unseen) or path.path is None or path.path.anchor is None:
        return None
    return trust[path.path.anchor] if path.path.anchor < len(trust) else None
