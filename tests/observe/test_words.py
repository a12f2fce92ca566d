"""Exceptions to causes: the innermost counts, rows are sound, masks come last."""

from dataclasses import replace

import pytest

from tlswhy.causes import cause_ids
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import (
    ClientWords,
    DescribedCertificate,
    DescribedCertificates,
    Role,
    SpokenAlert,
    Thrown,
)
from tlswhy.model.where import line
from tlswhy.observe.words import MOST_CAUSES, families_of, meaning_of, unfolded
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.tables import load_table

KNOWN = {*cause_ids(), "dns-failed", "cert-revoked"}


def words(*chain: tuple[str, str], at: str = "", mask: str | None = None) -> ClientWords:
    exceptions = tuple(Thrown(kind, message, at, number) for number, (kind, message) in enumerate(chain, 1))
    return ClientWords("app.log", (line("app.log", 1),), exceptions, mask=mask)


@pytest.mark.parametrize("row", load_table("java_messages.toml")["row"], ids=lambda row: row["causes"][0])
def test_rows_name_causes_that_exist_and_a_source(row):
    assert set(row["causes"]) <= KNOWN
    assert len(set(row["causes"])) == len(row["causes"]) <= MOST_CAUSES
    assert row["source"]
    assert row.get("by", "client") in {"client", "server", "network"}


SSL = "javax.net.ssl.SSLHandshakeException"
PEER = "javax.net.ssl.SSLPeerUnverifiedException"
PARAMETER = "java.security.InvalidAlgorithmParameterException"
SIZES = (
    "DH key size must be multiple of 64, and can only range from 512 to {} (inclusive). "
    "The specific key size {} is not supported"
)
HOST = "(certificate_unknown) No subject alternative DNS name matching a.test found."


@pytest.mark.parametrize(
    ("chain", "causes"),
    [
        ([(SSL, "DHPublicKey does not comply to algorithm constraints")], ("dh-key-too-small",)),
        (
            [("java.lang.RuntimeException", "Could not generate DH keypair"), (PARAMETER, SIZES.format(8192, 1092))],
            ("dh-key-size-odd",),
        ),
        (
            [(PARAMETER, SIZES.format(2048, 4096))],
            ("dh-key-too-large",),
        ),
        ([(SSL, HOST)], ("hostname-mismatch",)),
        ([("javax.net.ssl.SSLException", "Unsupported or unrecognized SSL message")], ("not-tls",)),
        ([("java.net.UnknownHostException", "gadgets.example.test")], ("dns-failed",)),
        ([(SSL, "Received fatal alert: bad_certificate")], ("client-cert-required",)),
        ([(SSL, "Received fatal alert: decode_error")], ("server-alert",)),
        ([("java.lang.IllegalStateException", "none of our business")], None),
    ],
)
def test_what_messages_mean(chain, causes):
    found = meaning_of(words(*chain))
    assert (found.causes if found else None) == causes


def test_one_line_of_a_log_holds_a_whole_chain():
    message = (
        "sun.security.validator.ValidatorException: PKIX path validation failed: "
        "java.security.cert.CertPathValidatorException: signature check failed: "
        "java.security.NoSuchAlgorithmException: 1.2.840.113549.1.1.10 Signature not available"
    )
    (outer, *inner) = unfolded(Thrown(SSL, message, "", 3))
    assert outer.kind == SSL
    assert [thrown.kind.rpartition(".")[2] for thrown in inner] == [
        "ValidatorException",
        "CertPathValidatorException",
        "NoSuchAlgorithmException",
    ]
    found = meaning_of(words((SSL, message)))
    assert found is not None
    assert (found.cause, found.facts) == ("cert-signature-unsupported", {"algorithm": "1.2.840.113549.1.1.10"})


def test_the_throwing_method_counts_where_the_message_is_empty():
    chain = [(SSL, "x"), ("java.security.InvalidAlgorithmParameterException", "")]
    found = meaning_of(words(*chain, at="sun.security.ec.ECDSASignature.verifySignedDigest"))
    assert found is not None
    assert found.cause == "cert-curve-unsupported"


def test_a_mask_has_candidates_and_no_cause():
    found = meaning_of(words((PEER, "peer not authenticated"), mask="peer-not-authenticated"))
    assert found is not None
    assert (found.cause, found.weak, len(found.causes)) == (None, True, 8)
    assert meaning_of(ClientWords("m", (line("m", 1),), mask="gadget-not-rendered")) is not None


def test_an_alert_of_the_server_reads_like_its_exception():
    spoken = ClientWords("debug.log", (line("debug.log", 7),), alert=SpokenAlert(Side.SERVER, 2, 40, 7))
    found = meaning_of(spoken)
    assert found is not None
    assert (found.by, "no-common-cipher" in found.causes, found.where[0].place) == ("server", True, "line 7")
    sent = ClientWords("debug.log", (line("debug.log", 7),), alert=SpokenAlert(Side.CLIENT, 2, 46, 7))
    assert meaning_of(sent) is None


NO_PATH = ("java.security.cert.CertPathBuilderException", "unable to find valid certification path to requested target")


@pytest.mark.parametrize(
    ("names", "out", "stays"),
    [
        ([("a", "a")], {"trust-anchor-missing", "chain-incomplete"}, "self-signed-untrusted"),
        ([("a", "ca")], {"self-signed-untrusted"}, "chain-incomplete"),
        ([("a", "ca"), ("ca", "root")], {"self-signed-untrusted"}, "chain-incomplete"),
        (
            [("a", "ca"), ("root", "root"), ("ca", "root")],
            {"self-signed-untrusted", "chain-incomplete"},
            "trust-anchor-missing",
        ),
        ([("a", "ca"), ("root", "root")], {"self-signed-untrusted"}, "chain-incomplete"),
    ],
)
def test_the_chain_that_the_same_log_describes_narrows(names, out: set[str], stays: str):
    """A self-signed leaf alone; a root at the top of what was sent; a link that is missing."""
    shown = tuple(DescribedCertificate(subject, issuer, "", line("app.log", 1)) for subject, issuer in names)
    all_causes = meaning_of(words(NO_PATH))
    narrowed = meaning_of(words(NO_PATH), [DescribedCertificates("app.log", Role.SERVED, shown)])
    assert all_causes is not None
    assert narrowed is not None
    assert set(all_causes.causes) - set(narrowed.causes) == out
    assert stays in narrowed.causes
    elsewhere = meaning_of(words(NO_PATH), [DescribedCertificates("other.log", Role.SERVED, shown)])
    assert elsewhere == all_causes


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("curl: (60) SSL certificate problem: unable to get local issuer certificate", {"curl"}),
        ("verify error:num=20:unable to get local issuer certificate", {"openssl"}),
        ("x509: certificate signed by unknown authority", {"go"}),
        ("net::ERR_CERT_AUTHORITY_INVALID", {"chromium"}),
        ("ssl.SSLCertVerificationError: certificate verify failed", {"python"}),
        ("connection refused", set()),
        ("javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure", {"java"}),
    ],
)
def test_whose_words_they_can_be(text: str, families: set[str]):
    said = next(item for item in read_evidence(source_of_bytes("x.txt", text.encode())))
    assert isinstance(said, ClientWords)
    assert families_of(said) == families
    assert families_of(replace(said, speaker="firefox")) == {"firefox"}


@pytest.mark.parametrize(
    ("kind", "message", "cause"),
    [
        ("java.net.ConnectException", "拒绝连接", "tcp-refused"),
        ("java.net.ConnectException", "接続を拒否されました", "tcp-refused"),
        ("java.net.SocketException", "连接被对端重置", "connection-reset"),
        ("java.net.SocketException", "Die Verbindung wurde zurückgesetzt", "connection-reset"),
    ],
)
def test_what_the_operating_system_says_in_its_own_language(kind: str, message: str, cause: str):
    found = meaning_of(words((kind, message)))
    assert found is not None
    assert (found.causes[0], found.by) == (cause, "network")
