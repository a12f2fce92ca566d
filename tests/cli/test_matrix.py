"""``tlswhy matrix`` as a user calls it."""

import json

import jsonschema

from tests.cli.command import tlswhy
from tlswhy.client.profiles import client_ids


def test_every_known_client_is_judged(folder, repository):
    done = tlswhy("matrix", "weak.pcap", "--trust", "trust.pem", "--format", "json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    value = json.loads(done.stdout)
    jsonschema.validate(value, json.loads((repository / "docs" / "matrix.schema.json").read_text()))
    (server,) = value["servers"]
    assert [row["client"] for row in server["rows"]] == list(client_ids())
    assert {row["verdict"] for row in server["rows"]} >= {"refused"}


def test_named_clients_alone_in_their_order(folder):
    done = tlswhy(
        "matrix", "good.pcap", "--client", "java/8u212", "--client", "java/8u51@httpclient-4.1", "--format", "jsonl",
        cwd=folder,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["client"] for row in rows] == ["java/8u212", "java/8u51@httpclient-4.1"]
    assert rows[0]["needs"]


def test_certificates_alone_are_a_server(folder):
    done = tlswhy("matrix", "chain.pem", "--trust", "trust.pem", "--host", "gadgets.example.test", cwd=folder)
    assert done.returncode == 0
    assert "accept" in done.stdout.splitlines()[0]


def test_text_fits_the_terminal(folder):
    done = tlswhy("matrix", "weak.pcap", cwd=folder, env={"COLUMNS": "60"})
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 60


def test_complaints(folder):
    assert tlswhy("matrix", "notes.txt", cwd=folder).returncode == 4
    assert tlswhy("matrix", "weak.pcap", "--client", "java/99", cwd=folder).returncode == 2
    assert tlswhy("matrix", "weak.pcap", "--format", "html", cwd=folder).returncode == 2


def test_output_goes_to_the_file(folder):
    done = tlswhy("matrix", "weak.pcap", "--format", "json", "--output", "matrix.json", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((folder / "matrix.json").read_text())["schema"] == "tlswhy.matrix/1"
