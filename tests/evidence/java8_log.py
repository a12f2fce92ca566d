"""What javax.net.debug of Java 8 would have printed of a captured connection.

Written from sun.security.ssl of 8u212: HandshakeMessage.print, RandomCookie.print, Debug.println, InputRecord,
OutputRecord, sun.misc.HexDumpEncoder. Only what a client prints; certificates as it names them.
"""

from collections.abc import Iterator

from tlswhy.model.handshake import Handshake
from tlswhy.packets.connection import Connection
from tlswhy.side import Side
from tlswhy.wire import messages as m
from tlswhy.wire.numbers import alert_name, group_name, scheme_name, suite_name_jsse, version_name

THREAD = "http-bio-8445-exec-3"
_DIGESTS = {1: "MD5", 2: "SHA1", 3: "SHA224", 4: "SHA256", 5: "SHA384", 6: "SHA512"}
_SIGNERS = {1: "RSA", 2: "DSA", 3: "ECDSA"}


def printed(handshake: Handshake, thread: str = THREAD) -> Iterator[str]:
    """ssl,handshake: the messages, without a byte of the records."""
    version = "TLSv1"
    changed = set()
    for told in handshake.messages:
        message = told.message
        way = "WRITE" if message.span.sender is Side.CLIENT else "READ"
        record = f"{thread}, {way}: {version} Handshake, length = 99"
        match message:
            case m.ClientHello():
                version = _version(message.legacy_version)
                yield from _client_hello(message)
                yield f"{thread}, WRITE: {version} Handshake, length = 193"
            case m.ServerHello():
                version = _version(message.version)
                yield record
                yield from _server_hello(message)
            case m.CertificateMessage() if message.span.sender is Side.SERVER:
                yield from (record, "*** Certificate chain", "chain [0] = [", "[", "  Version: V3", "]", "***")
            case m.ServerKeyExchange():
                yield from (record, *_key_exchange(message))
            case m.CertificateRequest():
                names = ", ".join(map(_scheme, message.signature_schemes))
                yield from (record, "*** CertificateRequest", "Cert Types: RSA, DSS, ECDSA")
                yield from (f"Supported Signature Algorithms: {names}", "Cert Authorities:", "<Empty>")
            case m.OtherHandshake(type=14):
                yield from (record, "*** ServerHelloDone")
            case m.ChangeCipherSpec():
                changed.add(message.span.sender)
                yield f"{thread}, {way}: {version} Change Cipher Spec, length = 1"
            case m.EncryptedRecord(content_type=22) if message.span.sender in changed:
                lines = ["*** Finished", "verify_data:  { 1, 2 }", "***"]
                yield from (*lines, record) if way == "WRITE" else (record, *lines)
            case m.Alert():
                level, name = {1: "warning", 2: "fatal"}.get(message.level, "?"), alert_name(message.description)
                if way == "WRITE":
                    yield f"{thread}, SEND {version} ALERT:  {level}, description = {name}"
                    yield f"{thread}, WRITE: {version} Alert, length = 2"
                else:
                    yield f"{thread}, READ: {version} Alert, length = 2"
                    yield f"{thread}, RECV {version} ALERT:  {level}, {name}"
            case _:
                pass
    if handshake.ending is not None and handshake.ending.by is Side.SERVER:
        yield f"{thread}, received EOFException: error"
    else:
        yield f"{thread}, called closeSocket()"


def dumped(connection: Connection, thread: str = THREAD) -> Iterator[str]:
    """all: every record as InputRecord and OutputRecord dump it."""
    for side, record in _records(connection):
        if side is Side.CLIENT:
            yield f"{thread}, WRITE: TLSv1.2 Handshake, length = {len(record)}"
            yield f"[Raw write]: length = {len(record)}"
            yield from rows(record)
        else:
            yield "[Raw read]: length = 5"
            yield from rows(record[:5])
            yield f"[Raw read]: length = {len(record) - 5}"
            yield from rows(record[5:])
            yield f"{thread}, READ: TLSv1.2 Handshake, length = {len(record) - 5}"


def _records(connection: Connection) -> Iterator[tuple[Side, bytes]]:
    buffers = dict.fromkeys(Side, b"")
    for piece in connection.pieces:
        buffer = buffers[piece.sender] + piece.data
        while len(buffer) >= 5 and len(buffer) >= (end := 5 + int.from_bytes(buffer[3:5], "big")):
            yield piece.sender, buffer[:end]
            buffer = buffer[end:]
        buffers[piece.sender] = buffer


def rows(data: bytes) -> Iterator[str]:
    """As sun.misc.HexDumpEncoder writes them."""
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        cells = "".join(f"{byte:02X} " + ("  " if number == 7 else "") for number, byte in enumerate(row))
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b"~|" else "." for byte in row)
        yield f"{start:04X}: {cells:<50} {text}"


def _client_hello(hello: m.ClientHello) -> Iterator[str]:
    yield f"*** ClientHello, {_version(hello.legacy_version)}"
    yield from (_cookie(hello.random), f"Session ID:  {_listed(hello.session_id)}")
    yield f"Cipher Suites: [{', '.join(map(suite_name_jsse, hello.cipher_suites))}]"
    yield "Compression Methods:  { 0 }"
    for number in hello.extensions:
        match number:
            case 0:
                yield f"Extension server_name, server_name: [type=host_name (0), value={hello.server_name}]"
            case 10:
                yield f"Extension elliptic_curves, curve names: {{{', '.join(map(group_name, hello.groups or ()))}}}"
            case 11:
                yield "Extension ec_point_formats, formats: [uncompressed]"
            case 13:
                names = ", ".join(map(_scheme, hello.signature_schemes or ()))
                yield f"Extension signature_algorithms, signature_algorithms: {names}"
            case 23:
                yield "Extension extended_master_secret"
            case _:
                yield f"Unsupported extension type_{number}, data: "
    yield "***"


def _server_hello(hello: m.ServerHello) -> Iterator[str]:
    yield f"*** ServerHello, {_version(hello.version)}"
    yield from (_cookie(hello.random), f"Session ID:  {_listed(hello.session_id)}")
    yield from (f"Cipher Suite: {suite_name_jsse(hello.cipher_suite)}", "Compression Method: 0")
    yield from ("Extension renegotiation_info, renegotiated_connection: <empty>", "***")


def _key_exchange(exchange: m.ServerKeyExchange) -> Iterator[str]:
    scheme = [] if exchange.scheme is None else [f"Signature Algorithm {_scheme(exchange.scheme)}"]
    if exchange.dh is not None:
        size = (exchange.dh.prime.bit_length() + 7) // 8
        yield "*** Diffie-Hellman ServerKeyExchange"
        yield f"DH Modulus:  {_listed(exchange.dh.prime.to_bytes(size, 'big'))}"
        yield f"DH Base:  {_listed(exchange.dh.generator.to_bytes(size, 'big'))}"
        yield f"Server DH Public Key:  {_listed(exchange.dh.public_value.to_bytes(size, 'big'))}"
        yield from (*scheme, "Signed with a DSA or RSA public key") if exchange.signed else ("Anonymous",)
    elif exchange.ec is not None:
        yield from ("*** ECDH ServerKeyExchange", *scheme)
        yield from ("Server key: Sun EC public key, 256 bits", "  public x coord: 1", "  public y coord: 2")
        yield f"  parameters: {group_name(exchange.ec.group or 0)} [NIST P-256] (1.2.840.10045.3.1.7)"


def _cookie(random: bytes) -> str:
    signed = [byte - 256 if byte > 127 else byte for byte in random[:4]]
    total = sum(byte << shift for byte, shift in zip(signed, (24, 16, 8, 0), strict=True)) & 0xFFFFFFFF
    told = total - (1 << 32) if total >> 31 else total  # a Java int
    return f"RandomCookie:  GMT: {told} bytes = {_listed(random[4:])}"


def _listed(data: bytes) -> str:
    return "{ " + ", ".join(map(str, data)) + " }" if data else "{}"


def _version(number: int) -> str:
    return {"TLS1.0": "TLSv1", "SSL3": "SSLv3"}.get(version_name(number), version_name(number).replace("TLS", "TLSv"))


def _scheme(number: int) -> str:
    digest, signer = _DIGESTS.get(number >> 8), _SIGNERS.get(number & 0xFF)
    return f"{digest}with{signer}" if digest and signer else scheme_name(number)
