"""What a survey asks for, likeliest first, and what one answer says to it.

Owns the lists of suites, groups and schemes that a hello alone can ask for. In which order questions are asked is
``survey``'s.
"""

from __future__ import annotations

from typing import Final

from tlswhy.frozen import frozen
from tlswhy.gather.flight import ServerFlight
from tlswhy.wire.messages import CertificateMessage, CertificateVerify, ServerKeyExchange
from tlswhy.wire.numbers import suite, suite_numbers

GROUPS: Final = (0x1D, 0x17, 0x18, 0x19, 0x1E, 0x11EC, 0x11EB, 0x100, 0x101, 0x102, 0x103, 0x104)
"""What TLS 1.3 servers are asked for, likeliest first (RFC 8446, 4.2.7; draft-ietf-tls-ecdhe-mlkem)."""
CURVES: Final = (
    0x1D,
    0x17,
    0x18,
    0x19,
    0x1E,
    *(number for number in range(0x01, 0x1D) if number not in (0x17, 0x18, 0x19)),
)
"""Curves of TLS 1.2 and before (RFC 8422, 4492, 7027)."""
SCHEMES: Final = (
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B),
    *(0x0401, 0x0501, 0x0601, 0x0402, 0x0303, 0x0301, 0x0302, 0x0203, 0x0201, 0x0202),
)
"""RFC 8446, 4.2.3 and RFC 5246, 7.4.1.4.1: those of TLS 1.3, then what only TLS 1.2 has."""
_NO_ASKING: Final = frozenset(
    {"PSK", "DHE_PSK", "ECDHE_PSK", "RSA_PSK", "SRP", "KRB5", "ECCPWD", "ECJPAKE", "KEA", "GOST"}
)
"""Key exchanges for which a client needs more than a hello."""


@frozen
class Answer:
    """What one hello got; ``version`` None: nothing but a refusal."""

    version: int | None = None
    suite: int | None = None
    group: int | None = None
    dh_bits: int | None = None
    scheme: int | None = None
    chain: tuple[bytes, ...] = ()


def suites_of(version: int) -> tuple[int, ...]:
    """All suites of that version that a hello alone can ask for, the sound ones first."""
    numbers = []
    for number in suite_numbers():
        known = suite(number)
        if known is None or known.key_exchange in _NO_ASKING or "SCSV" in known.name:
            continue
        if known.minimum_version <= version <= known.maximum_version:
            numbers.append(number)
    return tuple(sorted(numbers, key=_soundness))


def answer_of(flight: ServerFlight | None) -> Answer:
    """What the server's messages say to the questions."""
    hello = (flight.server_hello or flight.retry_hello) if flight is not None else None
    if flight is None or hello is None:
        return Answer()
    group = hello.key_share.group if hello.key_share else None
    dh_bits = scheme = None
    chain: tuple[bytes, ...] = ()
    for message in flight.messages:
        match message:
            case ServerKeyExchange():
                group = message.ec.group if message.ec else group
                dh_bits = message.dh.prime_bits if message.dh else None
                scheme = message.scheme
            case CertificateVerify():
                scheme = message.scheme
            case CertificateMessage():
                chain = message.certificates
            case _:
                pass
    return Answer(hello.version, hello.cipher_suite, group, dh_bits, scheme, chain)


def _soundness(number: int) -> tuple[bool, bool, bool, bool, int]:
    known = suite(number)
    assert known is not None
    weak = known.export or known.anonymous or known.cipher in {"NULL", "RC4", "DES"}
    return weak, not known.forward_secret, not known.aead, known.cipher not in {"AES", "CHACHA20"}, number


__all__ = ["CURVES", "GROUPS", "SCHEMES", "Answer", "answer_of", "suites_of"]
