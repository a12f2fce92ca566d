"""``tlswhy learn`` as a user calls it: a profile out, and in again."""

import json
import tomllib

from tests.cli.command import tlswhy


def test_a_profile_of_what_was_seen(folder):
    done = tlswhy("learn", "weak.pcap", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    table = tomllib.loads(done.stdout)
    assert table["extends"] == "java/8u51"
    assert table["title"] == "seen in weak.pcap"
    (seen,) = table["seen"]
    assert seen["place"] == "frame 4 of weak.pcap"
    assert (seen["verdict"], seen["cause"], seen["dh_bits"]) == ("refused", "dh-key-too-small", 512)
    assert seen["alert"] == "handshake_failure"
    assert "gadgets.example.test" not in done.stdout
    assert "127.0.0.1" not in done.stdout


def test_the_title_names_some_of_many_captures(folder):
    names = [f"copy{number}.pcap" for number in range(5)]
    for name in names:
        (folder / name).write_bytes((folder / "weak.pcap").read_bytes())
    done = tlswhy("learn", *names, cwd=folder)
    assert tomllib.loads(done.stdout)["title"] == "seen in copy0.pcap, copy1.pcap, copy2.pcap and 2 more"


def test_round_trip(folder):
    assert tlswhy("learn", "weak.pcap", "good.pcap", "--output", "gadget.toml", cwd=folder).returncode == 0
    seen = tomllib.loads((folder / "gadget.toml").read_text())["seen"]
    assert {fact["verdict"] for fact in seen} == {"accepted", "refused"}
    arguments = ("weak.pcap", "--client", "gadget.toml", "--format", "json")
    report = json.loads(tlswhy("explain", *arguments, cwd=folder).stdout)
    (diagnosis,) = report["diagnoses"]
    assert (diagnosis["client"]["id"], diagnosis["client"]["how"]) == ("java/gadget", "named")
    assert diagnosis["refusals"][0]["certainty"] == "agrees", "its own hello: judged as it was seen"
    assert diagnosis["client"]["sources"][0] == {"kind": "measured", "text": "ClientHello, frame 4 of good.pcap"}
    done = tlswhy("matrix", "tls13.pcap", "--client", "gadget.toml", "--format", "jsonl", cwd=folder)
    assert json.loads(done.stdout)["client"] == "java/gadget"


def test_several_clients_are_told_and_one_is_chosen(folder):
    done = tlswhy("learn", "weak.pcap", "good.pcap", "tls13.pcap", cwd=folder)
    assert done.returncode == 0
    assert tomllib.loads(done.stdout)["extends"] == "java/8u51", "seen most"
    assert "1 other client is left out (frame 1)" in done.stderr
    assert "hint: choose one with --only" in done.stderr


def test_nothing_to_learn_from(folder):
    assert tlswhy("learn", "http.pcap", cwd=folder).returncode == 0, "its hello is there all the same"
    assert tlswhy("learn", "chain.pem", cwd=folder).returncode == 4
    assert tlswhy("learn", "notes.txt", cwd=folder).returncode == 4
    assert tlswhy("learn", "missing.pcap", cwd=folder).returncode == 4
