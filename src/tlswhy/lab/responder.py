"""A server without sockets: a client's bytes in, what to send (and when to stop) out, by the script of a case.

It answers a hello as a real server would, TLS 1.0 to 1.2, with real key shares and real signatures, and finishes the
handshake with a client that goes on; and it does what no library will: any Diffie-Hellman size, any alert, silence, a
cut, odd records, plain HTTP. Owns the steps of a script; knows no socket, no clock.

Steps: hello, certificate, key-exchange, certificate-request, done     messages of the handshake
       key-exchange-forged                       signed with a bit turned over
       half STEP                                 the first half of that message and no more of it
       alert LEVEL NAME                          as the IANA names it
       text WORDS, bytes HEX                     whatever it may be (\\r \\n in words are line ends)
       at-once                                   first in a script: speak without waiting for the client
       pace N                                    from here on so many bytes a second
       pause SECONDS, wait, close, reset         wait: say nothing more, leave the connection open
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tlswhy.errors import BadEvidence, BadTable
from tlswhy.frozen import frozen
from tlswhy.lab.actions import Action, Leave, Pause, Send
from tlswhy.lab.cases import ServerPlan
from tlswhy.lab.chains import Credentials
from tlswhy.lab.exchange import Share, dh_share, ec_share, rsa_share
from tlswhy.lab.finish import Finisher, Secrets
from tlswhy.lab.keys import LabKey
from tlswhy.lab.rsa import Draw
from tlswhy.negotiate import offer_of_hello
from tlswhy.side import Side
from tlswhy.wire import answers
from tlswhy.wire.hello import read_client_hello, write_record
from tlswhy.wire.messages import ClientHello, Span
from tlswhy.wire.numbers import TLS12, Suite, alert_number, scheme_name, suite
from tlswhy.wire.search import HANDSHAKE

FATAL, WARNING = 2, 1
HANDSHAKE_FAILURE, PROTOCOL_VERSION, UNRECOGNIZED_NAME = 40, 70, 112
LARGEST_HELLO = 1 << 16
RENEGOTIATION_INFO = 0xFF01
CERTIFICATE_TYPES = (1, 64)
"""rsa_sign, ecdsa_sign."""
SCHEMES = (0x0804, 0x0805, 0x0806, 0x0401, 0x0403, 0x0501, 0x0503, 0x0601, 0x0603, 0x0807, 0x0808, 0x0201, 0x0203)
"""What a server signs with, where the case does not say: the client's first that the key can do."""
_DIGESTS = {"sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


@dataclass(slots=True)
class Responder:
    """One connection: ``connected`` once, then ``received`` for whatever comes."""

    plan: ServerPlan
    credentials: Credentials
    draw: Draw
    answered: bool = False
    _waiting: bytes = field(default=b"")
    _finisher: Finisher | None = None

    def connected(self) -> Iterator[Action]:
        """What the server does before the client has said anything."""
        if self.plan.script[:1] == ("at-once",):
            self.answered = True
            yield from _perform(self.plan.script[1:], None, self.plan)

    def received(self, data: bytes) -> Iterator[Action]:
        """What the server does on these bytes; nothing while the hello is not complete, or after its answer."""
        if self.answered:
            if self._finisher is not None:
                yield from self._finisher.received(data)
            return
        self._waiting += data
        hello = _whole_hello(self._waiting)
        if hello is None and len(self._waiting) < LARGEST_HELLO:
            return
        self.answered = True
        if hello is None:
            yield Leave()
            return
        yield from self._answer(hello)

    def _answer(self, hello: ClientHello) -> Iterator[Action]:
        refused = _unknown_name(self.plan, hello)
        choice = None if refused else _choose(self.plan, hello, self.credentials.key)
        if isinstance(choice, int):
            refused = choice
        if refused and _needs_choice(self.plan.script):
            yield Send(answers.write_alert(_alert_version(hello), FATAL, refused))
            yield Leave()
            return
        answer = None if choice is None or isinstance(choice, int) else _Answer(self, hello, choice)
        yield from _perform(self.plan.script, answer, self.plan)
        if answer is not None and set(self.plan.script) >= _ENTIRE:
            self._finisher = answer.finisher()


@frozen
class _Choice:
    version: int
    suite: Suite
    scheme: int | None


class _Answer:
    """The messages of one handshake, made when their step comes."""

    def __init__(self, responder: Responder, hello: ClientHello, choice: _Choice) -> None:
        self._plan, self._credentials, self._draw = responder.plan, responder.credentials, responder.draw
        self._hello, self._choice = hello, choice
        self._random = responder.draw(32)
        self._share = _share(choice, self._plan, self._credentials.key, self._draw)
        self.version = choice.version
        self.said = b""

    def message(self, step: str) -> bytes:
        """The message of that step; empty where this handshake has none."""
        message = self._made(step)
        self.said += message
        return message

    def _made(self, step: str) -> bytes:
        match step:
            case "hello":
                return self._server_hello()
            case "certificate":
                return answers.write_certificate(self._credentials.served)
            case "key-exchange" | "key-exchange-forged":
                return self._key_exchange(forged=step.endswith("forged"))
            case "certificate-request":
                schemes = SCHEMES if self.version >= TLS12 else ()
                return answers.write_certificate_request(self.version, CERTIFICATE_TYPES, schemes)
            case "done":
                return answers.write_server_hello_done()
            case _:
                raise BadTable("lab-step-unknown", step=step)

    def _server_hello(self) -> bytes:
        offered = set(self._hello.extensions) | ({RENEGOTIATION_INFO} if 0xFF in self._hello.cipher_suites else set())
        return answers.write_server_hello(
            version=self.version,
            random=self._random,
            session_id=self._draw(32),
            cipher_suite=self._choice.suite.number,
            extensions=[(RENEGOTIATION_INFO, b"\0")] if RENEGOTIATION_INFO in offered else (),
        )

    def _key_exchange(self, *, forged: bool) -> bytes:
        if not self._share.parameters:
            return b""
        signed = self._hello.random + self._random + self._share.parameters
        scheme = self._choice.scheme
        signature = _sign(self._credentials.key, signed, scheme)
        if forged:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        return answers.write_server_key_exchange(self._share.parameters, signature, scheme)

    def finisher(self) -> Finisher:
        """What goes on with this handshake once the client answers."""
        secrets = Secrets(self.version, self._choice.suite, self._hello.random, self._random, self._share)
        return Finisher(secrets, self._hello.raw + self.said)


def _share(choice: _Choice, plan: ServerPlan, key: LabKey, draw: Draw) -> Share:
    match choice.suite.key_exchange:
        case "DHE":
            return dh_share(plan.dh_bits, draw)
        case "ECDHE":
            return ec_share(plan.group)
        case _:
            return rsa_share(key)


def _perform(script: tuple[str, ...], answer: _Answer | None, plan: ServerPlan) -> Iterator[Action]:
    """The steps one after the other; messages of the handshake are gathered into one flight."""
    flight, pace = b"", 0
    version = answer.version if answer else TLS12
    for step in script:
        verb, _, rest = step.partition(" ")
        if verb in _MESSAGES or verb == "half":
            if answer is not None:
                message = answer.message(rest or verb)
                flight += message[: len(message) // 2] if verb == "half" else message
            continue
        if flight:
            yield Send(_records(version, flight, plan.record_size), pace)
            flight = b""
        match verb:
            case "alert":
                yield Send(_alert(version, rest), pace)
            case "text":
                yield Send(rest.replace("\\r", "\r").replace("\\n", "\n").encode(), pace)
            case "bytes":
                yield Send(bytes.fromhex(rest), pace)
            case "pace":
                pace = int(rest)
            case "pause":
                yield Pause(float(rest))
            case "close" | "reset":
                yield Leave(reset=verb == "reset")
                return
            case "wait":
                return
            case _:
                raise BadTable("lab-step-unknown", step=step)
    if flight:
        yield Send(_records(version, flight, plan.record_size), pace)


_MESSAGES = frozenset({"hello", "certificate", "key-exchange", "key-exchange-forged", "certificate-request", "done"})


_ENTIRE = frozenset({"hello", "certificate", "done"})
"""With these a client can go on, and so can we."""


def _needs_choice(script: tuple[str, ...]) -> bool:
    return "hello" in script


def _records(version: int, flight: bytes, size: int) -> bytes:
    pieces = (flight[start : start + size] for start in range(0, len(flight), size))
    return b"".join(write_record(HANDSHAKE, version, piece) for piece in pieces)


def _alert(version: int, words: str) -> bytes:
    level, _, name = words.partition(" ")
    number = alert_number(name)
    if number is None or level not in ("warning", "fatal"):
        raise BadTable("lab-step-unknown", step=f"alert {words}")
    return answers.write_alert(version, FATAL if level == "fatal" else WARNING, number)


def _whole_hello(data: bytes) -> ClientHello | None:
    """The ClientHello, once all of it is there; its records may split it anywhere."""
    message, position, version = b"", 0, 0
    while position + 5 <= len(data) and data[position] == HANDSHAKE:
        version = int.from_bytes(data[position + 1 : position + 3], "big")
        size = int.from_bytes(data[position + 3 : position + 5], "big")
        if position + 5 + size > len(data):
            break
        message += data[position + 5 : position + 5 + size]
        position += 5 + size
        wanted = 4 + int.from_bytes(message[1:4], "big") if len(message) >= 4 else 0
        if wanted and len(message) >= wanted:
            try:
                return read_client_hello(message[:wanted], Span(Side.CLIENT, 0, position), version)[0]
            except BadEvidence:
                return None
    return None


def _unknown_name(plan: ServerPlan, hello: ClientHello) -> int | None:
    """The alert for a name that this server does not serve (RFC 6066, 3); without a name it is a plain failure."""
    if not plan.server_names or hello.server_name in plan.server_names:
        return None
    return UNRECOGNIZED_NAME if hello.server_name else HANDSHAKE_FAILURE


def _choose(plan: ServerPlan, hello: ClientHello, key: LabKey) -> _Choice | int:
    """Version, suite and scheme, or the alert where there is nothing in common."""
    offer = offer_of_hello(hello)
    version = next((v for v in plan.versions if plan.insists or v in offer.versions), None)
    if version is None:
        return PROTOCOL_VERSION
    wanted = {"RSA": "RSA", "RSASSA-PSS": "RSA"}.get(key.algorithm, "ECDSA")
    scheme = _scheme(plan, offer.schemes, key, version)
    for number in plan.suites:
        known = suite(number)
        if known is None or not known.minimum_version <= version <= known.maximum_version:
            continue
        offered = plan.insists or (number in offer.suites and _can(plan, known, offer.groups))
        signable = known.key_exchange == "RSA" or scheme is not None or version < TLS12
        if offered and signable and known.authentication == wanted:
            return _Choice(version, known, scheme)
    return HANDSHAKE_FAILURE


def _can(plan: ServerPlan, known: Suite, groups: tuple[int, ...]) -> bool:
    return known.key_exchange != "ECDHE" or not groups or plan.group in groups


def _scheme(plan: ServerPlan, offered: tuple[int, ...], key: LabKey, version: int) -> int | None:
    if version < TLS12:
        return None
    if plan.scheme is not None:
        return plan.scheme
    mine = [number for number in SCHEMES if _fits(number, key)]
    return next((number for number in offered or mine if number in mine), None)


def _fits(scheme: int, key: LabKey) -> bool:
    name = scheme_name(scheme)
    if key.algorithm == "RSA":
        return name.startswith(("rsa_pss_rsae", "rsa_pkcs1"))
    if key.algorithm == "RSASSA-PSS":
        return name.startswith("rsa_pss_pss")
    return name.startswith("ecdsa" if key.algorithm == "EC" else key.algorithm.lower())


def _sign(key: LabKey, message: bytes, scheme: int | None) -> bytes:
    if scheme is None:
        return key.sign(message, "SHA-1" if key.algorithm == "EC" else "MD5+SHA-1")
    name = scheme_name(scheme)
    return key.sign(message, _DIGESTS.get(name.rpartition("_")[2], "SHA-256"), pss="pss" in name)


def _alert_version(hello: ClientHello) -> int:
    """OpenSSL's: the hello's own legacy version, at most TLS 1.2."""
    return min(hello.legacy_version, TLS12)
