"""The server's answer has a value that may not stand there, or an extension that nobody asked for.

Why the client refuses
    A server may say only what the client's hello allows: no compression, no extension without a question, a public
    value that is on its curve, TLS 1.2 without the mark by which a server of TLS 1.3 shows that it was pulled down. How
    strict a client is differs: what one refuses, another does not even read. OpenSSL 3 wants renegotiation_info
    (RFC 5746) of every server up to TLS 1.2; Java, Go and GnuTLS do without.
What you see
    illegal_parameter(47), unsupported_extension(110), handshake_failure(40), decode_error(50) or unexpected_message(10)
    of the client right behind the server's flight. Java: "A potential protocol version downgrade attack", "extension
    (…) should not be presented in server_hello", "Duplicate extension with ID: …"; OpenSSL: "unsafe legacy
    renegotiation disabled", "inappropriate fallback", "unsolicited extension", "bad extension".
How to fix
    A fault of the server's software, or of a device on the way that rewrites the handshake (an inspecting proxy, a load
    balancer that takes TLS 1.3 out of the hello): update it, or take it out of the way. A server without
    renegotiation_info is older than 2010; until it is replaced only clients that do without can reach it.
How to check
    ``openssl s_client -connect host:443 -tls1_2`` says "Secure Renegotiation IS supported" or not; the ServerHello's
    extensions and the last eight bytes of its random stand in Wireshark's dissection.
References
    RFC 5246, 7.4.1.3 and 7.4.1.4; RFC 5746, 3.4; RFC 8446, 4.1.3, 4.1.4 and 4.2; sun.security.ssl.ServerHello,
    SSLExtensions; OpenSSL ssl/statem/extensions.c (tls_collect_extensions, final_renegotiate) and statem_lib.c
    (ssl_choose_client_version); Go crypto/tls handshake_client.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import rule_sources
from tlswhy.model.handshake import Handshake
from tlswhy.observe.deviations import (
    CERTIFICATE,
    EXCHANGE,
    EXTENSIONS,
    HELLO,
    UNSOLICITED,
    Deviation,
    deviations_of,
    lacks_renegotiation_info,
)
from tlswhy.observe.flight import is_whole
from tlswhy.situation import Situation
from tlswhy.unseen import NotSeen, Unseen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import TLS12, is_tls13, suite

STAGE = Stage.SUITE
_STAGES = {
    HELLO: Stage.SUITE,
    EXTENSIONS: Stage.GROUP,
    CERTIFICATE: Stage.CERTIFICATE_MESSAGE,
    EXCHANGE: Stage.KEY_EXCHANGE,
}
REFUSED_BY_ALL = frozenset(
    {
        "alpn-malformed",
        "certificate-list-empty",
        "compression-chosen",
        "dh-public-value-outside",
        "downgraded",
        "encrypted-extensions-malformed",
        "key-exchange-curve-explicit",
        "key-exchange-malformed",
        "key-share-missing",
        "key-share-not-asked-for",
        "legacy-version-ssl3",
        "point-malformed",
        "renegotiation-info-malformed",
        "renegotiation-info-not-empty",
        "server-hello-done-not-empty",
        "heartbeat",
        "status-empty",
        "suite-changed-after-retry",
        "suite-of-another-version",
        "supported-versions-malformed",
    }
)
"""Every client that was asked refuses these: Java 11 to 25, OpenSSL 1.1.1 to 3.5, Go, GnuTLS."""


def arises(situation: Situation) -> bool:
    """Only where something deviates; that a server lacks RFC 5746 shows in its answers to others, too."""
    return next(_all(situation), None) is not None


def check(situation: Situation) -> Iterator[Refusal]:
    """What this client minds of it; where nobody knows whether it does, the client's reaction is missing."""
    open_questions = False
    for deviation in _all(situation):
        minded = _is_minded(situation, deviation)
        open_questions = open_questions or minded is None
        if minded:
            facts: dict[str, object] = {"reason": deviation.kind, "number": deviation.number, "in": deviation.message}
            stage = _STAGES[deviation.step]
            yield Refusal("handshake-value-illegal", stage, facts, (deviation.where,), rule_sources(situation), order=2)
    if open_questions:
        raise NotSeen("client-reaction")


def _is_minded(situation: Situation, deviation: Deviation) -> bool | None:
    """None: nobody knows."""
    if deviation.kind in REFUSED_BY_ALL:
        return True
    strictness = situation.client.strictness
    if deviation.kind == "warnings-many":
        most = strictness.get("most-warnings")
        return deviation.number > most if isinstance(most, int) and deviation.number is not None else None
    if deviation.kind != UNSOLICITED:
        found = strictness.get(f"{deviation.message}-repeated", strictness.get(deviation.kind))
        return deviation.number in found if isinstance(found, tuple) else None if found is None else bool(found)
    message = deviation.message or ""
    refused, passed = strictness.get(message), strictness.get(f"{message}-passes")
    if isinstance(refused, tuple) and deviation.number in refused:
        return True
    if isinstance(passed, tuple) and deviation.number in passed:
        return False
    others = strictness.get(f"{message}-others", strictness.get("others"))
    return others if isinstance(others, bool) and refused is not None else None


def _readable(handshake: Handshake) -> bool:
    return handshake.server_hello is not None and is_whole(handshake)


def _all(situation: Situation) -> Iterator[Deviation]:
    own = situation.handshake
    if own is not None:
        if not _readable(own):
            return
        yield from deviations_of(own)
        yield from _against_the_certificate(situation, own)
        return
    if situation.client.strictness.get("renegotiation-info-missing") is False:
        return
    for other in filter(_readable, situation.others):
        hello, answer = other.client_hello, other.server_hello
        if hello is not None and answer is not None and lacks_renegotiation_info(hello.message, answer.message):
            yield Deviation("renegotiation-info-missing", HELLO, other.at(answer.frame))
            return


def _against_the_certificate(situation: Situation, own: Handshake) -> Iterator[Deviation]:
    """A suite or a scheme for keys of another kind than the certificate's."""
    flight = situation.flight
    if isinstance(flight.suite, Unseen) or isinstance(flight.version, Unseen):
        return
    if isinstance(flight.chain, Unseen) or not flight.chain or own.server_hello is None:
        return
    key = flight.chain[0].public_key
    chosen, places = suite(flight.suite), situation.place("certificates")
    where = places[0] if places else own.at(own.server_hello.frame)
    if not is_tls13(flight.version):
        wanted = _KINDS.get(chosen.authentication) if chosen is not None else None
        if wanted is not None and key.algorithm in _KNOWN and key.algorithm not in wanted:
            yield Deviation("certificate-of-another-kind", CERTIFICATE, where)
    if not isinstance(flight.scheme, int):
        return
    if key.algorithm == "RSA" and flight.scheme in _FOR_PSS_KEYS and flight.version >= TLS12:
        yield Deviation("scheme-of-another-key", EXCHANGE, where)
    if is_tls13(flight.version):
        if flight.scheme not in _OF_TLS13:
            yield Deviation("scheme-not-of-tls13", EXCHANGE, where)
        elif key.algorithm == "EC" and flight.scheme in _CURVES and key.curve != _CURVES[flight.scheme]:
            yield Deviation("scheme-of-another-curve", EXCHANGE, where)


_KINDS = {"RSA": ("RSA", "RSASSA-PSS"), "ECDSA": ("EC", "Ed25519", "Ed448"), "DSS": ("DSA",)}
_KNOWN = frozenset(kind for kinds in _KINDS.values() for kind in kinds)
_FOR_PSS_KEYS = frozenset({0x0809, 0x080A, 0x080B})
_CURVES = {0x0403: "secp256r1", 0x0503: "secp384r1", 0x0603: "secp521r1"}
_OF_TLS13 = frozenset({*_CURVES, *range(0x0804, 0x080C), *range(0x081A, 0x081D), *range(0x0904, 0x0907)})
"""RFC 8446, 4.2.3, RFC 8734 and ML-DSA: all others are for certificates alone."""
