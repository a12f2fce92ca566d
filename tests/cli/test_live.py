"""Live targets on the command line: the whole way, its options, and every way in which it can fail."""

from __future__ import annotations

import json

import pytest

from tests.cli.command import tlswhy
from tests.gather.servers import Certificates, free_port, make_certificates, openssl_server, running, scripted
from tests.gather.test_probe import http
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.gather.targets import target_of


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def diagnosis(*arguments) -> dict:
    done = tlswhy("explain", *arguments, "--format", "json")
    assert done.stderr == ""
    return json.loads(done.stdout)["diagnoses"][0]


@pytest.mark.parametrize("client", ["java/17.0.9", "java/8u212", "gnutls/3.7", "finesse/11"])
def test_explain_a_server_and_its_saved_capture_alike(certificates, tmp_path, client):
    saved = tmp_path / "saved.pcapng"
    common = ["--client", client, "--trust", certificates.trust]
    with openssl_server(certificates) as port:
        live = diagnosis(f"https://localhost:{port}/", *common, "--save", saved)
    again = diagnosis(saved, *common)
    assert live["verdict"] in ("accepted", "cannot-tell")
    assert live["connections"] <= 3
    for key in ("verdict", "host", "server", "moment", "client", "refusals", "gaps", "ruled_out"):
        assert live[key] == again[key], key


def test_a_refusal_is_foretold(certificates, tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    with openssl_server(certificates) as port:
        found = diagnosis(f"https://localhost:{port}", "--client", "java/17.0.9", "--trust", empty)
    assert (found["verdict"], found["refusals"][0]["cause"]) == ("refused", "trust-store-empty")
    assert found["refusals"][0]["certainty"] == "foretold"
    assert found["refusals"][0]["where"][-1]["item"] == f"https://localhost:{port}"


def test_a_product_whose_runtime_nobody_knows_is_asked_for_with_three_hellos(certificates):
    with openssl_server(certificates) as port:
        found = diagnosis(f"https://localhost:{port}", "--client", "finesse/11", "--trust", certificates.trust)
    assert found["client"]["id"] == "finesse/11"
    assert found["connections"] <= 3


def test_without_a_client_somebody_is_assumed(certificates):
    with openssl_server(certificates) as port:
        found = diagnosis(f"localhost:{port}", "--trust", certificates.trust)
    assert (found["client"]["how"], found["verdict"]) == ("assumed", "accepted")


@pytest.mark.parametrize(("sni", "sent"), [("other.example.test", "other.example.test"), ("none", None), (None, None)])
def test_the_server_name_is_the_users_to_choose(certificates, sni, sent):
    options = [] if sni is None else ["--sni", sni]
    with openssl_server(certificates) as port:
        found = diagnosis(f"https://127.0.0.1:{port}", "--client", "python/3.11", *options)
    assert found["handshakes"][0]["client_hello"]["sni"] == sent
    assert found["host"] == "127.0.0.1"


def test_matrix_asks_with_every_different_hello(certificates):
    with openssl_server(certificates) as port:
        done = tlswhy("matrix", f"https://localhost:{port}", "--trust", certificates.trust, "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["client"] for row in rows} == set(client_ids())
    assert {row["verdict"] for row in rows} >= {"accepted"}
    assert done.returncode == 0


def test_hellos_of_all_clients_are_fewer_than_clients():
    clients = [load_client(name) for name in client_ids()]
    assert 10 < len(hellos_for(clients, target_of("a.example:443"), None)) < len(clients)


@pytest.mark.parametrize(
    ("target", "options", "code", "words"),
    [
        ("https://nosuch.invalid/", [], 1, "has no address"),
        ("https://localhost:{closed}/", [], 1, "nothing accepts connections"),
        ("255.255.255.255:443", [], 1, "no packet gets to"),
        ("https:///x", [], 2, "names no host"),
        ("http://gadgets.example.test/", [], 2, "plain HTTP"),
        ("https://a..b/", [], 2, "not a host name"),
        ("https://localhost:{http}/", [], 1, "TLS"),
        ("https://localhost:1/", ["--proxy", "gopher://x"], 2, "not a proxy"),
        ("https://localhost:1/", ["--timeout", "soon"], 2, "not a number"),
        ("https://localhost:1/", ["--timeout", "-1"], 2, "not a number"),
        ("https://localhost:1/", ["--starttls", "gopher"], 2, "no such protocol"),
        ("https://localhost:{http}/", ["--starttls", "smtp", "--timeout", "0.5"], 4, "no STARTTLS"),
        ("https://localhost:1/", ["--proxy", "http://u:secret@localhost:{http}"], 4, "does not let us through"),
    ],
)
def test_whatever_goes_wrong_is_one_clear_line(target, options, code, words):
    with scripted(http) as port:
        ports = {"closed": free_port(), "http": port}
        given = [text.format(**ports) for text in (target, *options)]
        done = tlswhy("explain", *given[:1], "--client", "java/17.0.9", *given[1:])
    told = done.stdout + done.stderr
    assert done.returncode == code
    assert words in " ".join(told.split())
    assert "Traceback" not in told
    assert "secret" not in told


def test_options_for_live_targets_alone_are_an_error(tmp_path):
    capture = tmp_path / "x.pcap"
    capture.write_bytes(b"")
    done = tlswhy("explain", capture, "--sni", "none")
    assert done.returncode == 2
    assert "no live target" in done.stderr or "live targets" in done.stderr


def test_a_survey_turns_a_candidate_into_the_headline(certificates):
    url = "https://localhost:{}"
    with openssl_server(certificates, "-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305") as port:
        alone = diagnosis(url.format(port), "--client", "java/8u212")
        asked = diagnosis(url.format(port), "--client", "java/8u212", "--survey")
    assert alone["refusals"][0]["cause"] == "server-alert"
    assert "no-common-cipher" in alone["refusals"][0]["candidates"]
    assert alone["survey"] is None
    head = asked["refusals"][0]
    assert (head["cause"], head["certainty"], head["candidates"]) == ("no-common-cipher", "agrees", [])
    assert asked["survey"]["versions"] == {"TLS1.2": [0xCCA8]}
    assert asked["survey"]["server_order"] is False
    assert asked["gaps"] == [] or all(gap["needs"] != "server-choice" for gap in asked["gaps"])


@pytest.mark.parametrize(
    ("options", "client", "cause"),
    [
        (["-tls1_3"], "java/8u212", "no-common-version"),
        (["-tls1_2", "-groups", "X448", "-cipher", "ECDHE"], "java/8u212", "no-common-group"),
        (["-tls1_3", "-groups", "X448"], "java/8u504", "no-common-group"),
        (["-tls1_2", "-cipher", "ECDHE", "-sigalgs", "RSA-PSS+SHA256"], "java/8u212", "no-common-signature-algorithm"),
    ],
)
def test_a_survey_names_what_both_have_not_in_common(certificates, options, client, cause):
    with openssl_server(certificates, *options) as port:
        found = diagnosis(f"https://localhost:{port}", "--client", client, "--survey")
    assert (found["verdict"], found["refusals"][0]["cause"]) == ("refused", cause)


def test_matrix_with_a_survey_leaves_no_client_open(certificates):
    with openssl_server(certificates, "-tls1_2") as port:
        arguments = [f"https://localhost:{port}", "--survey", "--trust", certificates.trust, "--format", "jsonl"]
        done = tlswhy("matrix", *arguments)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    left_open = [row["client"] for row in rows if row["verdict"] == "cannot-tell"]
    assert [name for name in left_open if len(load_client(name).members) == 1] == [], "but products of unknown runtime"


@pytest.mark.parametrize(
    ("path", "verdict", "cause"),
    [("/", "accepted", None), ("/good.xml", "accepted", None), ("/login.xml", "refused", "gadget-invalid")],
)
def test_the_document_behind_the_url(certificates, tmp_path, path, verdict, cause):
    (tmp_path / "good.xml").write_text("<Module><ModulePrefs title='x'/><Content type='html'/></Module>")
    (tmp_path / "login.xml").write_text("<html><body>Log in</body></html>")
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-WWW"]
    command += ["-key", str(certificates.key), "-cert", str(certificates.chain)]
    with running(command, port, cwd=tmp_path):
        found = diagnosis(f"https://localhost:{port}{path}", "--client", "java/17.0.9", "--trust", certificates.trust)
    assert found["verdict"] == verdict
    assert [refusal["cause"] for refusal in found["refusals"]][:1] == ([cause] if cause else [])


@pytest.mark.parametrize(("demand", "verdict", "code"), [("-verify", "accepted", 0), ("-Verify", "refused", 1)])
@pytest.mark.parametrize("url", ["https://localhost:{}", "localhost:{}", "https://localhost:{}/page.html"])
def test_who_comes_without_a_certificate_finds_out_whether_the_server_insists(
    certificates, tmp_path, demand, verdict, code, url
):
    saved = tmp_path / "saved.pcapng"
    common = ["--client", "java/17.0.9", "--trust", certificates.trust]
    with openssl_server(certificates, "-www", demand, "1") as port:
        found = diagnosis(url.format(port), *common, "--save", saved)
    assert (found["verdict"], diagnosis(saved, *common)["verdict"]) == (verdict, verdict)
    assert [refusal["cause"] for refusal in found["refusals"]] == ["client-cert-required"] * code
    assert found["connections"] == 1


def test_a_product_and_a_matrix_learn_it_too(certificates):
    with openssl_server(certificates, "-www", "-Verify", "1") as port:
        done = tlswhy("matrix", f"localhost:{port}", "--trust", certificates.trust, "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["verdict"] for row in rows} == {"refused"}


def test_questions_of_a_survey_are_no_clients(certificates):
    with openssl_server(certificates, "-www", "-tls1_2") as port:
        done = tlswhy("explain", f"localhost:{port}", "--survey", "--trust", certificates.trust, "--format", "json")
    (found,) = json.loads(done.stdout)["diagnoses"]
    assert (found["verdict"], found["client"]["how"], done.returncode) == ("accepted", "assumed", 0)
