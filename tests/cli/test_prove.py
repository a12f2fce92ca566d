"""``tlswhy prove``: what it says of reports that are none; real servers are in tests/remedy/test_against_servers.py."""

from __future__ import annotations

import json

import pytest

from tests.cli.command import tlswhy

DISABLED = "jdk.tls.disabledAlgorithms"
SCHEMA = '"schema": "tlswhy.report/1"'
NO_REPORTS = ["", "{}", "[1]", f"{{{SCHEMA}}}", f'{{{SCHEMA}, "diagnoses": [7]}}', "[" * 5000]


@pytest.mark.parametrize("content", NO_REPORTS)
def test_what_is_no_report_is_told_in_a_line(tmp_path, content):
    file = tmp_path / "report.json"
    file.write_text(content)
    ran = tlswhy("prove", str(file))
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) <= 2
    assert str(file) in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_report_without_a_server_cannot_be_asked_again(tmp_path):
    file = tmp_path / "report.json"
    replay = {"server": None, "host": None, "client": "java/17", "hello_hex": None, "trust_pem": None}
    file.write_text(json.dumps({"schema": "tlswhy.report/1", "diagnoses": [{"replay": replay}]}))
    ran = tlswhy("prove", str(file))
    assert ran.returncode == 2
    assert "no server" in ran.stderr


def test_a_server_that_is_gone_is_still_no_cure(tmp_path):
    file = tmp_path / "report.json"
    replay = {"server": "127.0.0.1:9", "host": "localhost", "client": "java/17", "hello_hex": None, "trust_pem": None}
    before = {"verdict": "refused", "refusals": [{"cause": "tcp-refused"}], "replay": replay}
    file.write_text(json.dumps({"schema": "tlswhy.report/1", "diagnoses": [before]}))
    ran = tlswhy("prove", str(file), "--format", "json")
    assert ran.returncode == 1
    (proof,) = json.loads(ran.stdout)["proofs"]
    assert proof["outcome"] == "still-refused"
    assert proof["after"]["refusals"][0]["cause"] == "tcp-refused"
    assert "tcp-refused" in tlswhy("prove", str(file)).stdout


def test_a_client_that_somebody_brought_and_how_it_is_set_up_come_along(tmp_path):
    profile = 'extends = "java/8u212"\ntitle = "Gadget"\n[[sources]]\nkind = "measured"\ntext = "here"\n'
    replay = {"server": "127.0.0.1:9", "host": "localhost", "client": "java/gadget", "hello_hex": None}
    set_up = {
        "item": "java.security",
        "kind": "java.security",
        "values": {DISABLED: "MD5"},
        "places": {DISABLED: "line 1"},
    }
    replay |= {"trust_pem": None, "profile": profile, "set_up": [set_up], "platforms": ["nginx", "no-such"]}
    before = {"verdict": "refused", "refusals": [{"cause": "tcp-refused"}], "replay": replay}
    file = tmp_path / "report.json"
    file.write_text(json.dumps({"schema": "tlswhy.report/1", "diagnoses": [before]}))
    ran = tlswhy("prove", str(file), "--format", "json")
    assert ran.returncode == 1
    (proof,) = json.loads(ran.stdout)["proofs"]
    after = proof["after"]
    assert after["client"]["id"] == "java/gadget"
    assert after["replay"]["profile"] == profile
    assert after["replay"]["set_up"] == [set_up]
