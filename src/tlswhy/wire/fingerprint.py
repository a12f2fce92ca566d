"""Fingerprints of hellos by their published definitions: JA3, JA3S (salesforce/ja3) and JA4 (FoxIO, TLS over TCP).

Owns which numbers are taken in which order. GREASE never counts. Each answer has the string that is hashed and the
fingerprint itself.
"""

from __future__ import annotations

import hashlib
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.wire.extensions import ALPN, SERVER_NAME
from tlswhy.wire.messages import ClientHello, ServerHello
from tlswhy.wire.numbers import without_grease


@frozen
class Fingerprint:
    """``text`` is what was hashed (JA4: its raw form, ``JA4_r``), ``value`` the fingerprint."""

    text: str
    value: str


def ja3(hello: ClientHello) -> Fingerprint:
    """Version, suites, extensions, groups, point formats; MD5."""
    lists = (hello.cipher_suites, hello.extensions, hello.groups or ())
    fields = [str(hello.legacy_version), *("-".join(map(str, without_grease(numbers))) for numbers in lists)]
    fields.append("-".join(map(str, hello.point_formats or ())))
    return _md5(",".join(fields))


def ja3s(hello: ServerHello) -> Fingerprint:
    """Version, the suite, extensions; MD5."""
    return _md5(f"{hello.legacy_version},{hello.cipher_suite},{'-'.join(map(str, without_grease(hello.extensions)))}")


def ja4(hello: ClientHello) -> Fingerprint:
    """``t`` version SNI counts ALPN, then the hashes of the sorted suites and of extensions with signature schemes."""
    suites, extensions = without_grease(hello.cipher_suites), without_grease(hello.extensions)
    head = f"t{_ja4_version(hello)}{'d' if SERVER_NAME in extensions else 'i'}"
    head += f"{min(len(suites), 99):02d}{min(len(extensions), 99):02d}{_ja4_alpn(hello)}"
    cipher_part = ",".join(f"{number:04x}" for number in sorted(suites))
    counted = sorted(number for number in extensions if number not in {SERVER_NAME, ALPN})
    extension_part = ",".join(f"{number:04x}" for number in counted)
    if hello.signature_schemes:  # in the order sent; without them the underscore goes as well
        extension_part += "_" + ",".join(f"{number:04x}" for number in without_grease(hello.signature_schemes))
    value = f"{head}_{_sha256(cipher_part)}_{_sha256(extension_part)}"
    return Fingerprint(f"{head}_{cipher_part}_{extension_part}", value)


_JA4_VERSIONS: Final = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}


def _ja4_version(hello: ClientHello) -> str:
    versions = without_grease(hello.supported_versions or ())
    return _JA4_VERSIONS.get(max(versions) if versions else hello.legacy_version, "00")


def _ja4_alpn(hello: ClientHello) -> str:
    """First and last character of the first name; hexadecimal digits where either is not alphanumeric."""
    if not hello.alpn or not hello.alpn[0]:
        return "00"
    name = hello.alpn[0].encode("latin-1")
    first, last = name[:1], name[-1:]
    if first.isalnum() and last.isalnum():
        return (first + last).decode("ascii")
    return first.hex()[0] + last.hex()[1]


def _md5(text: str) -> Fingerprint:
    return Fingerprint(text, hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


def _sha256(text: str) -> str:
    """The first 12 hexadecimal digits; zeros for an empty list."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12
