"""The hello extensions that say what an end can or wants: read forgivingly, written exactly.

Owns the bodies of the extensions that the product judges by. Any other extension keeps its number only.
"""

from __future__ import annotations

from typing import Final

from tlswhy.wire.codec import Reader, malformed, uint16_list
from tlswhy.wire.messages import KeyShare

SERVER_NAME: Final = 0
SUPPORTED_GROUPS: Final = 10
EC_POINT_FORMATS: Final = 11
SIGNATURE_ALGORITHMS: Final = 13
ALPN: Final = 16
PADDING: Final = 21
ENCRYPT_THEN_MAC: Final = 22
SESSION_TICKET: Final = 35
PRE_SHARED_KEY: Final = 41
EARLY_DATA: Final = 42
SUPPORTED_VERSIONS: Final = 43
COOKIE: Final = 44
CERTIFICATE_AUTHORITIES: Final = 47
SIGNATURE_ALGORITHMS_CERT: Final = 50
KEY_SHARE: Final = 51
DRAFT_KEY_SHARE: Final = 40
"""Its number in the drafts of TLS 1.3 up to the 22nd."""


def read_extensions(block: bytes) -> list[tuple[int, bytes]]:
    """Split a block of extensions into (number, body), in order, duplicates kept."""
    reader = Reader(block)
    found = []
    while reader.left:
        number = reader.pull_uint16()
        found.append((number, reader.pull_vector16()))
    return found


def write_extensions(extensions: list[tuple[int, bytes]]) -> bytes:
    """The block (without its own length) of these extensions."""
    return b"".join(uint16s((number,)) + vector16(body) for number, body in extensions)


def read_server_name(body: bytes) -> str | None:
    """RFC 6066, 3: the first host_name; None where the list holds none."""
    names = Reader(Reader(body).pull_vector16())
    while names.left:
        kind = names.pull_uint8()
        name = names.pull_vector16()
        if kind == 0:
            return name.decode("ascii", "backslashreplace")
    return None


def read_uint16_vector(body: bytes) -> tuple[int, ...]:
    """Groups and signature schemes: one vector of 16-bit numbers."""
    return Reader(body).pull_uint16_list()


def read_client_versions(body: bytes) -> tuple[int, ...]:
    """RFC 8446, 4.2.1: a vector (length of one byte) of versions."""
    return uint16_list(Reader(body).pull_vector8())


def read_point_formats(body: bytes) -> tuple[int, ...]:
    """RFC 8422, 5.1.2."""
    return tuple(Reader(body).pull_vector8())


def read_alpn(body: bytes) -> tuple[str, ...]:
    """RFC 7301, 3.1; names are bytes, shown as Latin-1 so that none is lost."""
    names = Reader(Reader(body).pull_vector16())
    found = []
    while names.left:
        found.append(names.pull_vector8().decode("latin-1"))
    return tuple(found)


def read_client_key_shares(body: bytes) -> tuple[KeyShare, ...]:
    """RFC 8446, 4.2.8: KeyShareClientHello."""
    shares = Reader(Reader(body).pull_vector16())
    found = []
    while shares.left:
        group = shares.pull_uint16()
        found.append(KeyShare(group, len(shares.pull_vector16())))
    return tuple(found)


def read_server_key_share(body: bytes) -> KeyShare:
    """RFC 8446, 4.2.8: KeyShareServerHello, or the bare group of a HelloRetryRequest."""
    reader = Reader(body)
    group = reader.pull_uint16()
    return KeyShare(group, len(reader.pull_vector16()) if reader.left else 0)


def read_server_version(body: bytes) -> int:
    """RFC 8446, 4.2.1: the selected version."""
    return Reader(body).pull_uint16()


def read_server_alpn(body: bytes) -> str | None:
    """RFC 7301, 3.1: exactly one name; None for an empty list."""
    names = read_alpn(body)
    return names[0] if names else None


def write_server_name(name: str) -> bytes:
    """RFC 6066, 3: one host_name."""
    try:
        host = name.encode("ascii")
    except UnicodeEncodeError as error:
        raise malformed(0, "server-name-not-ascii") from error
    return vector16(b"\x00" + vector16(host))


def write_uint16_vector(numbers: tuple[int, ...]) -> bytes:
    """Groups and signature schemes."""
    return vector16(uint16s(numbers))


def write_client_versions(versions: tuple[int, ...]) -> bytes:
    """RFC 8446, 4.2.1."""
    return vector8(uint16s(versions))


def write_alpn(names: tuple[str, ...]) -> bytes:
    """RFC 7301, 3.1."""
    try:
        return vector16(b"".join(vector8(name.encode("latin-1")) for name in names))
    except UnicodeEncodeError as error:
        raise malformed(0, "alpn-not-bytes") from error


def write_client_key_shares(shares: list[tuple[int, bytes]]) -> bytes:
    """RFC 8446, 4.2.8: groups with their public values, in the client's order."""
    return vector16(b"".join(uint16s((group,)) + vector16(public) for group, public in shares))


def uint16s(numbers: tuple[int, ...]) -> bytes:
    """16-bit numbers one after the other."""
    if any(not 0 <= number <= 0xFFFF for number in numbers):
        raise malformed(0, "number-out-of-range")
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def vector8(data: bytes) -> bytes:
    """An opaque vector with a length of one byte."""
    if len(data) > 0xFF:
        raise malformed(0, "vector-too-long")
    return len(data).to_bytes(1, "big") + data


def vector16(data: bytes) -> bytes:
    """An opaque vector with a length of two bytes."""
    if len(data) > 0xFFFF:
        raise malformed(0, "vector-too-long")
    return len(data).to_bytes(2, "big") + data
