"""``tlswhy handshakes`` as a user calls it."""

import json
import os

from tests.cli.command import tlswhy


def test_handshakes_lists_every_connection(folder):
    done = tlswhy("handshakes", "weak.pcap", "http.pcap", "--format", "jsonl", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["capture"] for line in lines] == ["weak.pcap", "http.pcap"]
    assert json.loads(tlswhy("handshakes", "weak.pcap", "http.pcap", "--format", "json", cwd=folder).stdout) == lines
    text = tlswhy("handshakes", "weak.pcap", cwd=folder).stdout
    assert "✘ client: handshake_failure(40)" in text
    assert "TLS_DHE_RSA_WITH_AES_128_CBC_SHA" in text


def test_handshakes_of_one_good_and_one_bad_file(folder):
    done = tlswhy("handshakes", "notes.txt", "weak.pcap", "--format", "jsonl", cwd=folder)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.splitlines()[0].startswith("tlswhy: notes.txt: ")
    assert tlswhy("handshakes", "notes.txt", cwd=folder).returncode == 4


def test_only_selects(folder):
    done = tlswhy("handshakes", ".", "--only", "host=gadgets.example.test frame=1-", "--format", "jsonl", cwd=folder)
    assert len(done.stdout.splitlines()) == 5


def test_a_name_that_is_no_utf8_comes_back_as_it_was(folder, tmp_path):
    copy = tmp_path / os.fsdecode(b"\xff.pcap")
    copy.write_bytes((folder / "weak.pcap").read_bytes())
    as_json = ("--format", "jsonl")
    for command in (("handshakes", *as_json), ("handshakes",), ("explain", *as_json), ("explain",)):
        done = tlswhy(command[0], str(copy), *command[1:], raw=True)
        assert done.returncode in (0, 1), done.stderr
        assert b"internal fault" not in done.stderr
        done.stdout.decode("utf-8")
        if command == ("handshakes", *as_json):
            assert json.loads(done.stdout)["capture"] == str(copy)
