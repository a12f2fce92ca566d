"""A TLS-inspecting proxy is suspected on good grounds, told as a suspicion, and never touches the verdict."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.observe.parties import (
    HOST,
    NOW,
    Issued,
    Listening,
    Tapped,
    ask,
    client_context,
    greet,
    issue,
    server_context,
)
from tlswhy.diagnose import diagnose
from tlswhy.render.json import report_json
from tlswhy.render.text import report_text
from tlswhy.render.words import load_words
from tlswhy.tables import load_table

OTHER = "portal.elsewhere.example"
SAME_DOMAIN = "www.example.test"


def shown(folder, leaf: Issued, host: str, server: str, asked: str | None = None):
    """The connection in which a server shows this certificate."""
    serving = Listening(greet(server_context(leaf.to(folder, f"{host}.pem"))))
    tap = Tapped(serving.port)
    ask(tap.port, client_context(None), asked or host)
    serving.join()
    transcript = tap.captured("a.pcap", "192.0.2.7:50123", server)
    start = int(NOW.timestamp() * 1e9)
    return replace(transcript, connection=replace(transcript.connection, first_time_ns=start, last_time_ns=start + 9))


def suspicions(transcripts, trusted: Issued | None):
    ders = None if trusted is None else [trusted.certificate.public_bytes(Encoding.DER)]
    report = diagnose(transcripts, clients=["openssl/3.0"], now=NOW, trust=ders, foretell=True)
    return [diagnosis.suspicions for diagnosis in report.diagnoses], report


PRODUCTS = load_table("inspecting_products.toml")["product"]


@pytest.mark.parametrize("row", PRODUCTS, ids=lambda row: f"{row['name']} {row['begins']}")
def test_each_product_is_known_by_its_issuer(row, tmp_path):
    by_organization = row["field"] == "O"
    root = issue("Some CA" if by_organization else f"{row['begins']}77", organization=row["begins"])
    if not by_organization:
        root = issue(f"{row['begins']}77")
    ((found,),), _ = suspicions([shown(tmp_path, issue(HOST, root), HOST, "198.51.100.4:443")], issue("Another"))
    assert (found["product"], found["certainty"]) == (row["name"], "likely")
    assert found["grounds"] == ("known-issuer",)


def test_one_unknown_issuer_for_hosts_that_have_nothing_to_do_with_each_other(tmp_path):
    root = issue("Corporate Secure Web")
    transcripts = [
        shown(tmp_path, issue(HOST, root, days_old=0), HOST, "198.51.100.4:443"),
        shown(tmp_path, issue(OTHER, root, days_old=0), OTHER, "203.0.113.9:443"),
    ]
    (here, there), report = suspicions(transcripts, issue("Another"))
    (found,) = here
    assert found["grounds"] == ("same-issuer", "same-flight", "fresh")
    assert (found["certainty"], found["hosts"], len(there)) == ("likely", (OTHER,), 1)
    assert [diagnosis.verdict.refusals[0].cause for diagnosis in report.diagnoses] == ["trust-anchor-missing"] * 2
    for language in ("en", "zh-Hant"):
        words = load_words(language)
        text = report_text(report, words, 100, color=False, unicode=True)
        assert OTHER in text
        (told,) = report_json(report, words)["diagnoses"][0]["suspicions"]
        assert len(told["grounds"]) == 3
        assert "…" not in told["message"] + told["advice"] + "".join(told["grounds"])
        assert told["where"][0]["item"] == "a.pcap"


def test_one_key_for_all(tmp_path):
    """Enough even where nobody told what the client trusts."""
    root, key = issue("Corporate Secure Web"), ec.generate_private_key(ec.SECP256R1())
    transcripts = [
        shown(tmp_path, issue(HOST, root, key=key), HOST, "198.51.100.4:443"),
        shown(tmp_path, issue(OTHER, root, key=key), OTHER, "203.0.113.9:443"),
    ]
    (here, _), _ = suspicions(transcripts, None)
    assert here[0]["grounds"][:2] == ("same-issuer", "same-key")


@pytest.mark.parametrize(
    ("host", "server", "trusted"),
    [
        pytest.param(SAME_DOMAIN, "203.0.113.9:443", False, id="the same organisation's servers"),
        pytest.param(OTHER, "198.51.100.4:443", False, id="one server with many names"),
        pytest.param(OTHER, "203.0.113.9:443", True, id="a CA that the client knows"),
    ],
)
def test_no_suspicion_without_grounds(host, server, trusted, tmp_path):
    root = issue("Some CA")
    transcripts = [
        shown(tmp_path, issue(HOST, root), HOST, "198.51.100.4:443"),
        shown(tmp_path, issue(host, root), host, server),
    ]
    found, _ = suspicions(transcripts, root if trusted else issue("Another"))
    assert found == [()] * len(found)


def test_the_product_s_own_page_is_no_inspection(tmp_path):
    """A certificate that names another host than the one asked for was not made for it."""
    leaf = issue("firewall.example.test", issue("FortiGate CA", organization="Fortinet"))
    found, _ = suspicions([shown(tmp_path, leaf, HOST, "198.51.100.4:443")], issue("Another"))
    assert found == [()]


def test_a_fresh_certificate_alone_is_no_ground(tmp_path):
    leaf = issue(HOST, issue("Some CA"), days_old=0)
    found, _ = suspicions([shown(tmp_path, leaf, HOST, "198.51.100.4:443")], issue("Another"))
    assert found == [()]
