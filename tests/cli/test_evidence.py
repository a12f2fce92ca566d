"""Evidence and trust as named on the command line: what cannot be read costs nothing of the rest."""

import json
import shutil
import subprocess
import sys

import pytest

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


def test_a_pasted_message_on_standard_input():
    done = tlswhy(
        "explain",
        "-",
        "--client",
        "finesse/11",
        "--format",
        "json",
        stdin=b"There were issues rendering this gadget. "
        b"javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated\n",
    )
    assert done.returncode == 1
    (diagnosis,) = json.loads(done.stdout)["diagnoses"]
    (refusal,) = diagnosis["refusals"]
    assert (refusal["cause"], len(refusal["candidates"])) == ("client-gave-up", 8)
    assert refusal["where"] == [{"item": "-", "place": "line 1"}]
    assert {gap["code"] for gap in diagnosis["gaps"]} == {"masked-exception", "refused-capture"}


def test_the_clients_own_java_security(folder):
    """8u51 takes no prime below 768 bits; a file that leaves that out takes 512, the least it can compute with."""
    (folder / "own.txt").write_text("jdk.tls.disabledAlgorithms=SSLv3\n")
    asked = ["explain", "weak.pcap", "--client", "java/8u51", "--foretell", "--format", "json"]
    shipped = json.loads(tlswhy(*asked, cwd=folder).stdout)["diagnoses"][0]
    assert shipped["refusals"][0]["facts"]["least"] == 768
    own = json.loads(tlswhy(*asked, "--java-security", "own.txt", cwd=folder).stdout)["diagnoses"][0]
    assert [refusal["cause"] for refusal in own["refusals"]] == []
    assert own["client"]["sources"][0]["text"].startswith("own.txt: jdk.tls.disabledAlgorithms")
    done = tlswhy(*asked, "--java-security", "notes.txt", cwd=folder)
    assert (done.returncode, done.stderr) == (2, "tlswhy: notes.txt: no property of java.security in it\n")


def test_a_text_that_only_names_the_runtime_is_nothing_to_judge(folder):
    (folder / "version.txt").write_text('java version "1.8.0_51"\n')
    done = tlswhy("explain", "version.txt", cwd=folder)
    assert done.returncode == 4
    assert done.stderr.startswith("tlswhy: version.txt: no connection, no server's certificates and no refusal in it")


def test_a_missing_file_of_an_option_is_told_with_the_option_and_without_the_hint_for_evidence(folder):
    for option in ("--keylog", "--password", "--java-security"):
        done = tlswhy("explain", "weak.pcap", option, "nowhere", cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"tlswhy: {option} nowhere: no such file\n"
    done = tlswhy("prove", "nowhere.json", cwd=folder)
    assert (done.returncode, done.stderr) == (2, "tlswhy: nowhere.json: no such file\n")
    (folder / "keys").mkdir()
    done = tlswhy("explain", "weak.pcap", "--keylog", "keys", cwd=folder)
    assert (done.returncode, done.stderr) == (2, "tlswhy: --keylog keys: a folder, not a file\n")


def _encrypted_store(folder):
    """A PKCS#12 file of one self-signed certificate; its password is sekrit."""
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-subj", "/CN=store.test", "-days", "9"]
    store = ["-inkey", "key.pem", "-in", "own.pem", "-passout", "pass:sekrit", "-out", "own.p12"]
    subprocess.run(["openssl", "req", "-x509", *key, "-out", "own.pem"], cwd=folder, check=True, capture_output=True)
    subprocess.run(["openssl", "pkcs12", "-export", *store], cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_without_a_terminal_the_password_is_a_line_of_standard_input(folder):
    _encrypted_store(folder)
    words = ("--password", "-", "--client", "java/17.0.9", "--host", "store.test")
    done = _without_terminal("explain", "own.p12", *words, cwd=folder, stdin=b"sekrit\n")
    assert (done.returncode, done.stderr) == (3, b"")
    done = _without_terminal("explain", "own.p12", *words, cwd=folder, stdin=b"")
    assert done.returncode == 4
    assert b"Warning" not in done.stderr
    done = _without_terminal("explain", "-", *words, cwd=folder, stdin=(folder / "own.p12").read_bytes())
    assert (done.returncode, done.stderr) == (2, b"tlswhy: - can be given only once\n")


def _without_terminal(*arguments, cwd, stdin):
    """In a session of its own, so that there is no /dev/tty to ask either."""
    command = [sys.executable, "-c", "from tlswhy.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, start_new_session=True, timeout=60, check=False
    )
