"""Evidence and trust as named on the command line: what cannot be read costs nothing of the rest."""

import json

from tests.cli.command import tlswhy


def test_standard_input(folder):
    done = tlswhy("explain", "-", stdin=(folder / "weak.pcap").read_bytes())
    assert done.returncode == 1
    assert "512 bits" in done.stdout


def test_a_folder_without_captures(folder):
    (folder / "sub").mkdir()
    done = tlswhy("explain", "sub", cwd=folder)
    assert done.returncode == 4
    assert done.stderr == "tlswhy: sub: the folder holds no files\n"
    (folder / "sub" / "a.txt").write_text("nothing")
    done = tlswhy("explain", "sub", cwd=folder)
    assert done.returncode == 4
    assert done.stderr.splitlines()[0] == "tlswhy: sub: no captures in this folder"


def test_part_of_the_evidence_unreadable_is_an_oddity(folder):
    done = tlswhy("explain", "notes.txt", "weak.pcap", "nowhere.pcap", "--format", "json", cwd=folder)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert len(report["diagnoses"]) == 1
    assert {(o["item"], o["what"]) for o in report["oddities"]} == {
        ("notes.txt", "evidence-unknown"),
        ("nowhere.pcap", "file-missing"),
    }


def test_an_unreadable_trust_file_costs_only_the_trust(folder):
    done = tlswhy("explain", "good.pcap", "--trust", "notes.txt", "--foretell", "--format", "json", cwd=folder)
    assert done.stderr.startswith("tlswhy: --trust notes.txt: cannot be read as certificates")
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert {gap["code"] for gap in report["diagnoses"][0]["gaps"]} == {"trust"}
    assert ("notes.txt", "trust-unreadable") in {(o["item"], o["what"]) for o in report["oddities"]}


PCAP_HEAD = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(8) + b"\xff\xff\x00\x00\x01\x00\x00\x00"


def test_a_capture_without_tls_says_what_is_in_it(folder):
    arp = b"\xff" * 12 + b"\x08\x06" + bytes(28)
    record = b"\x10\x00\x00\x65" + bytes(4) + len(arp).to_bytes(4, "little") * 2 + arp
    (folder / "arp.pcap").write_bytes(PCAP_HEAD + record * 3)
    done = tlswhy("explain", "arp.pcap", cwd=folder)
    assert done.returncode == 4
    assert done.stderr.startswith("tlswhy: no TLS in arp.pcap: 3 packets (3 arp)")
    done = tlswhy("handshakes", "arp.pcap", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "tlswhy: no TLS handshake in arp.pcap\n"
