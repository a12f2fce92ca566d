"""The recorded Java clients' own rules for paths, and the rows whose outcome hangs on the server's certificates.

What the eras' rules are stands in the JDK's sources; the clients' properties and hellos are as recorded.
"""

import functools
import re
from datetime import UTC, datetime

from tests.oracle import recorded
from tlswhy.client.path_rules import make_path_rules
from tlswhy.errors import BadEvidence
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.path_rules import PathRules

NIST = ["secp256r1", "secp384r1", "secp521r1"]
CONDITIONAL = {"algorithm_check": "conditional", "leading_dot_constraints": False}
BEFORE_2020 = CONDITIONAL | {"anchor_must_be_ca": False, "leaf_trusted_by_key": True}
CLASSIC = BEFORE_2020 | {"algorithm_check": "classic", "common_name_constrained": False}
ERAS = {
    "j8u51": CLASSIC,
    "j8u51-unl": CLASSIC,
    "j8u51-tls10": CLASSIC,
    "j8u212": BEFORE_2020,
    "j8u252": CONDITIONAL,
    "j8u504": CONDITIONAL,
    "j11.0.5-noec": BEFORE_2020,
    "j11.0.9": CONDITIONAL,
    "j11.0.31": CONDITIONAL,
    "j17.0.9": CONDITIONAL,
    "j17.0.20": {"algorithm_check": "conditional"},
}
VERSIONS = {"SSLv3": 0x0300, "TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}

BRAINPOOL = [f"brainpoolP{bits}{kind}" for bits in (160, 192, 224, 256, 320, 384, 512) for kind in ("r1", "t1")]


@functools.cache
def rules_of(client: str) -> PathRules:
    """The rules of a recorded client."""
    recording = recorded.clients()[client]
    security = recording["java_security"]
    signatures = {"implemented": [line.split(" (")[0] for line in recording["signature_algorithms"]]}
    if client.startswith("j8u51"):
        signatures["curves_unread"] = BRAINPOOL  # JDK-8133180: CurveDB has them from 8u112 on
    elif client.startswith("j8u"):
        signatures["curves_unverified"] = BRAINPOOL
    elif not client.startswith("j11"):
        signatures["curves"] = NIST  # JDK-8235710: the native curves are gone from 16 on
    profile = {
        "constraints": {
            "tls": security["jdk.tls.disabledAlgorithms"],
            "certpath": security["jdk.certpath.disabledAlgorithms"],
            "named_curves": security["jdk.disabled.namedCurves"],
        },
        "signatures": signatures,
        "paths": ERAS.get(client, {}),
    }
    schemes, schemes_cert = hello_schemes(bytes.fromhex(recording["client_hello"]["record_hex"]))
    return make_path_rules(profile, schemes=schemes, schemes_cert=schemes_cert)


def hello_schemes(record: bytes) -> tuple[list[int], list[int]]:
    """signature_algorithms and signature_algorithms_cert of a ClientHello record."""
    at = 5 + 4 + 2 + 32
    at += 1 + record[at]
    at += 2 + int.from_bytes(record[at : at + 2])
    at += 1 + record[at]
    at += 2
    found: dict[int, list[int]] = {}
    while at < len(record):
        kind, size = int.from_bytes(record[at : at + 2]), int.from_bytes(record[at + 2 : at + 4])
        body = record[at + 6 : at + 4 + size]
        found[kind] = [int.from_bytes(body[i : i + 2]) for i in range(0, len(body), 2)]
        at += 4 + size
    return found.get(13, []), found.get(50, [])


def certificates(pem: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM file."""
    import base64

    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem, re.S)
    found = []
    for block in blocks:
        try:
            found.append(read_certificate(base64.b64decode(block)))
        except BadEvidence:
            raise AssertionError("unreadable certificate in the recordings") from None
    return tuple(found)


def moment_of(row: recorded.Row) -> datetime:
    """The first packet's time."""
    capture = recorded.capture(row)
    order = "little" if capture[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else "big"
    return datetime.fromtimestamp(int.from_bytes(capture[24:28], order), UTC)


def version_of(row: recorded.Row) -> int:
    """The version the server chose."""
    return VERSIONS[row["wire"]["server_version"]]


def authentication_of(row: recorded.Row) -> str:
    """Java's authType for the suite the server chose."""
    if version_of(row) == 0x0304:
        return "UNKNOWN"
    exchange = row["wire"]["server_suite"][4:].partition("_WITH_")[0]
    return "RSA" if exchange in ("RSA", "RSA_EXPORT") else exchange


ELSEWHERE = (
    "no-common",
    "dh-",
    "server-",
    "sni-",
    "not-tls",
    "connection-",
    "timeout",
    "tcp-",
    "client-cert",
    "cert-chain-too-long",
    "handshake-message",
)


@functools.cache
def judged_rows() -> tuple[recorded.Row, ...]:
    """Rows whose server sent certificates and whose end is acceptance or the client's judgement of them."""
    return tuple(
        row
        for row in recorded.rows()
        if (11 in row["wire"].get("server_handshake_types", ()) or row["wire"].get("server_version") == "TLSv1.3")
        and "_anon_" not in (row["wire"].get("server_suite") or "_anon_")
        and not row["label"].startswith(ELSEWHERE)
    )
