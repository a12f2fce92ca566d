"""Usual servers that keep a chain to themselves, as the recordings show of OpenSSL 3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle import recorded
from tlswhy import diagnose, read_evidence, source_of_bytes
from tlswhy.client.profiles import load_client
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.stores import read_certificates
from tlswhy.server.withholding import withholding
from tlswhy.verdict import Accepted


def chain(case: str) -> tuple[Certificate, ...]:
    return tuple(entry.certificate for entry in read_certificates(recorded.chain(recorded.row("j17.0.9", case))))


@pytest.mark.parametrize("case", ["sig-md5-leaf", "pss-sha1-leaf", "selfsigned-md5-trusted"])
@pytest.mark.parametrize("client", ["j17.0.9", "j8u212"])
def test_openssl_holds_back_what_was_recorded_to_be_held_back(case, client):
    """The clients with signature_algorithms_cert were refused by the server, the older ones were not."""
    (policy,) = load_client(recorded.client_id(client)).members
    row = recorded.row(client, case)
    assert ("OpenSSL 3.0" in withholding(policy.offer, chain(case))) is row["bare_refusal"]


def test_gnutls_holds_nothing_of_that_back():
    (policy,) = load_client("java/17.0.9").members
    assert "GnuTLS 3.7" not in withholding(policy.offer, chain("sig-md5-leaf"))


def test_windows_before_2016_holds_back_what_the_client_does_not_list():
    (old,) = load_client("java/8u212").members
    assert set(withholding(old.offer, chain("pss-sha384-leaf"))) == {"Windows Server 2012 R2"}
    (new,) = load_client("java/17.0.9").members
    assert "Windows Server 2012 R2" not in withholding(new.offer, chain("pss-sha384-leaf"))


def test_a_curve_that_the_client_does_not_name():
    (policy,) = load_client("java/17.0.9").members
    found = withholding(policy.offer, chain("ecdsa-brainpool256"))
    assert found["OpenSSL 3.0"] == "no-common-signature-algorithm"  # in TLS 1.3 no scheme stands for it
    old = replace(policy.offer, versions=(0x0303,), extensions=tuple(n for n in policy.offer.extensions if n != 43))
    assert withholding(old, chain("ecdsa-brainpool256"))["OpenSSL 3.0"] == "no-common-group"


def test_a_usual_chain_is_sent_by_everybody():
    for client in ("java/8u212", "java/17.0.9", "go/1.24", "curl/8.14"):
        (policy,) = load_client(client).members
        assert withholding(policy.offer, chain("base-tls12")) == {}


def test_it_stands_beside_the_verdict_and_changes_nothing_of_it():
    row = recorded.row("j17.0.9", "selfsigned-md5-trusted")
    report = diagnose(
        read_evidence(source_of_bytes("chain.pem", recorded.chain(row))),
        clients=["java/17.0.9"],
        host=row["host"],
        now=chain("selfsigned-md5-trusted")[0].not_before.replace(year=2027),
        trust=[entry.certificate.der for entry in read_certificates(recorded.trust(row))],
    )
    verdict = report.diagnoses[0].verdict
    assert verdict.accepted is Accepted.YES
    (gap,) = verdict.gaps
    assert (gap.cause, gap.needs) == ("no-common-signature-algorithm", "chain-withheld")
    assert gap.cause not in verdict.ruled_out
    assert "OpenSSL 3.0" in gap.facts["servers"]
