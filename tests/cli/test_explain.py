"""``tlswhy explain`` as a user calls it."""

import json

import pytest

from tests.cli.command import tlswhy


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["weak.pcap", "--client", "java/8u51"], 1),
        (["good.pcap", "--client", "java/8u51", "--trust", "trust.pem"], 0),
        (["good.pcap", "--client", "java/8u51", "--foretell"], 3),
        (["good.pcap", "weak.pcap"], 1),
        (["http.pcap"], 1),
        (["tls13.pcap", "--foretell", "--trust", "trust.pem"], 3),
        (["good.pcap", "--client", "java/8u51", "--foretell", "--trust", "empty"], 1),
        (["chain.pem", "--client", "java/8u51", "--host", "gadgets.example.test", "--trust", "trust.pem"], 0),
    ],
)
def test_exit_codes_of_explain(folder, arguments, code):
    done = tlswhy("explain", *arguments, cwd=folder)
    assert done.stderr == ""
    assert done.returncode == code
    assert "\x1b" not in done.stdout


def test_explain_says_why(folder):
    done = tlswhy("explain", "weak.pcap", "--client", "java/8u51", cwd=folder, env={"COLUMNS": "80"})
    assert done.stdout.startswith(
        "✘ java/8u51 refuses gadgets.example.test: the server's Diffie-Hellman prime has\n"
        "  512 bits, below the 768 that this client accepts\n"
    )
    assert "handshake_failure(40)" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_explain_as_json_and_jsonl(folder):
    report = json.loads(tlswhy("explain", "weak.pcap", "--format", "json", cwd=folder).stdout)
    assert report["schema"] == "tlswhy.report/1"
    assert report["diagnoses"][0]["refusals"][0]["cause"] == "dh-key-too-small"
    assert report["diagnoses"][0]["client"]["how"] == "recognised"
    lines = tlswhy("explain", "weak.pcap", "good.pcap", "--format", "jsonl", cwd=folder).stdout.splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["refused", "accepted"]


def test_no_name_is_a_gap_and_host_fills_it(folder):
    arguments = ("explain", "chain.pem", "--client", "java/8u51", "--trust", "trust.pem", "--format", "json")
    report = json.loads(tlswhy(*arguments, cwd=folder).stdout)
    assert {gap["code"] for gap in report["diagnoses"][0]["gaps"]} == {"host"}
    done = tlswhy(*arguments, "--host", "other.example.test", cwd=folder)
    assert done.returncode == 1
    assert json.loads(done.stdout)["diagnoses"][0]["refusals"][0]["cause"] == "hostname-mismatch"
