"""The commands as a user calls them: exit code, standard output, standard error; each in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.oracle.recorded import capture, chain, row, trust

WEAK = ("j8u51", "dhe-512-tls10-aes128cbc")


def tlswhy(*arguments, cwd=None, stdin=b"", env=None, raw=False):
    """Run a command line; the finished process with text output."""
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    environment |= {"PYTHONIOENCODING": "utf-8", **(env or {})}
    command = [sys.executable, "-c", "from tlswhy.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, env=environment, timeout=60, check=False)
    if not raw:
        done.stdout, done.stderr = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    return done


@pytest.fixture
def folder(tmp_path):
    """A folder with captures of the recordings, under short names."""
    for name, (client, case) in {
        "weak.pcap": WEAK,
        "good.pcap": ("j8u51", "base-tls12"),
        "http.pcap": ("j8u51", "wire-http"),
        "untrusted.pcap": ("j8u51", "pss-root-sent-untrusted"),
        "tls13.pcap": ("j25.0.2", "base-tls12-13"),
    }.items():
        (tmp_path / name).write_bytes(capture(row(client, case)))
    (tmp_path / "trust.pem").write_bytes(trust(row("j8u51", "base-tls12")))
    (tmp_path / "chain.pem").write_bytes(chain(row("j8u51", "base-tls12")))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"Dear colleague, please find attached\n" * 20)
    return tmp_path


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


def test_output_goes_to_a_file(folder):
    done = tlswhy("explain", "weak.pcap", "--output", "report.txt", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert "512 bits" in (folder / "report.txt").read_text(encoding="utf-8")
    done = tlswhy("explain", "weak.pcap", "--output", "missing/report.txt", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("tlswhy: --output missing/report.txt: cannot be written (no such file")


def test_standard_input(folder):
    done = tlswhy("explain", "-", stdin=(folder / "weak.pcap").read_bytes())
    assert done.returncode == 1
    assert "512 bits" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (
            ["explain", "notes.txt"],
            4,
            "tlswhy: notes.txt: no capture and nothing else that tlswhy reads",
            "captures are",
        ),
        (["explain", "empty"], 4, "tlswhy: empty: the file is empty", None),
        (["explain", "nowhere.pcap"], 4, "tlswhy: nowhere.pcap: no such file or folder", "a pattern in quotes"),
        (
            ["explain", "weak.pcap", "--client", "java/8u5l"],
            2,
            "tlswhy: there is no client “java/8u5l”",
            "nearest: java/8u51",
        ),
        (
            ["explain", "weak.pcap", "--at", "yesterday"],
            2,
            "tlswhy: --at yesterday: not a time in ISO 8601",
            "for example 2026",
        ),
        (["explain", "weak.pcap", "--lang", "tlh"], 2, "tlswhy: there is no language “tlh” yet", "languages: en"),
        (
            ["explain", "weak.pcap", "--format", "html"],
            2,
            "tlswhy: explain has no format “html” yet",
            "formats: text, json",
        ),
        (
            ["handshakes", "weak.pcap", "--format", "sarif"],
            2,
            "tlswhy: handshakes has no format “sarif” yet",
            "formats:",
        ),
        (
            ["explain", "weak.pcap", "--only", "colour=red"],
            2,
            "tlswhy: --only: “colour=red” is not understood",
            "for example",
        ),
        (
            ["explain", "weak.pcap", "--only", "port=1"],
            4,
            "tlswhy: no connection matches --only port=1",
            "tlswhy handshakes",
        ),
        (
            ["explain", "weak.pcap", "--color", "mauve"],
            2,
            "tlswhy: --color mauve: not one of auto, always, never",
            None,
        ),
        (["explain", "weak.pcap", "--trust", "nowhere"], 2, "tlswhy: --trust nowhere: no such file or folder", None),
        (
            ["explain", "weak.pcap", "--keylog", "notes.txt"],
            2,
            "tlswhy: --keylog notes.txt: holds no TLS secrets",
            None,
        ),
        (["explain", "weak.pcap", "--keylog", "nowhere"], 2, "tlswhy: nowhere: no such file or folder", "a pattern"),
        (["explain"], 2, "tlswhy: the following arguments are required: EVIDENCE", "tlswhy explain --help"),
        (["explain", "weak.pcap", "--sing"], 2, "tlswhy: unrecognized arguments: --sing", "tlswhy explain --help"),
        (["explian", "weak.pcap"], 2, "tlswhy: there is no command “explian”", "did you mean tlswhy explain?"),
        (["--sing"], 2, "tlswhy: unknown option --sing", "tlswhy --help"),
        (["causes", "dh-to-small"], 2, "tlswhy: there is no cause “dh-to-small”", "nearest: dh-key-too-small"),
    ],
)
def test_bad_input_is_one_line_and_a_hint(folder, arguments, code, error, hint):
    done = tlswhy(*arguments, cwd=folder)
    assert done.stdout == ""
    first, *rest = done.stderr.splitlines()
    assert first == error
    assert done.returncode == code
    assert len(rest) == (1 if hint else 0), rest
    assert not hint or rest[0].startswith(f"hint: {hint}")


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


def test_no_name_is_a_gap_and_host_fills_it(folder):
    arguments = ("explain", "chain.pem", "--client", "java/8u51", "--trust", "trust.pem", "--format", "json")
    report = json.loads(tlswhy(*arguments, cwd=folder).stdout)
    assert {gap["code"] for gap in report["diagnoses"][0]["gaps"]} == {"host"}
    done = tlswhy(*arguments, "--host", "other.example.test", cwd=folder)
    assert done.returncode == 1
    assert json.loads(done.stdout)["diagnoses"][0]["refusals"][0]["cause"] == "hostname-mismatch"


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


def test_lists(folder):
    causes = tlswhy("causes").stdout
    assert "dh-key-too-small" in causes
    page = tlswhy("causes", "dh-key-too-small").stdout
    assert "RFC 5246, 7.4.3" in page
    assert "java/8u51" in tlswhy("clients").stdout
    assert "DH keySize < 768" in tlswhy("clients", "java/8u51").stdout
    assert json.loads(tlswhy("clients", "java/8u51", "--format", "json").stdout)["id"] == "java/8u51"
    assert {"id", "title", "rule"} <= set(json.loads(tlswhy("causes", "--format", "json").stdout)[0])


@pytest.mark.parametrize("command", ["explain", "handshakes", "clients", "causes"])
def test_every_help_has_examples_and_fits(command):
    done = tlswhy(command, "--help", env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert "Examples:\n  tlswhy " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_and_version():
    assert tlswhy("--help").stdout == tlswhy().stdout
    assert tlswhy("--version").stdout.startswith("tlswhy ")


def test_an_ascii_terminal_gets_ascii(folder):
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = tlswhy("explain", "weak.pcap", cwd=folder, env=env, raw=True)
    assert done.stdout.isascii()
    assert done.stdout.startswith(b"x java/8u51 refuses")
    done = tlswhy("explain", "weak.pcap", "--client", "java/8u5l", cwd=folder, env=env, raw=True)
    assert done.returncode == 2
    done = tlswhy("handshakes", "weak.pcap", cwd=folder, env=env, raw=True)
    assert done.stdout.isascii()


def test_colours_when_asked_for(folder):
    assert "\x1b[1;31m✘" in tlswhy("explain", "weak.pcap", "--color", "always", cwd=folder).stdout
    assert "\x1b" not in tlswhy("explain", "weak.pcap", "--color", "never", cwd=folder).stdout


def test_names_of_files_cannot_steer_the_terminal(folder):
    name = "evil\x1b[2J.pcap"
    (folder / name).write_bytes((folder / "weak.pcap").read_bytes())
    for command in ("explain", "handshakes"):
        done = tlswhy(command, name, f"missing{name}", cwd=folder)
        assert "\x1b" not in done.stdout
        assert "\x1b" not in done.stderr


def test_a_reader_that_goes_away_is_no_fault(folder):
    many = [str(folder / "weak.pcap")] * 400
    command = [sys.executable, "-c", "from tlswhy.cli import main; main()", "handshakes", *many, "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_interruption_is_silent():
    program = "import sys, time; from tlswhy.cli import main; main()"
    command = [sys.executable, "-c", program, "explain", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""


def test_a_fault_inside_is_one_line_unless_debug():
    program = (
        "import sys; import tlswhy.cli.library as l; l.run_causes = lambda o: 1 // 0;"
        " from tlswhy.cli import main; main()"
    )
    for extra, lines in (((), 2), (("--debug",), 6)):
        done = subprocess.run(
            [sys.executable, "-c", program, "causes", *extra], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 5
        assert done.stdout == ""
        assert "tlswhy: internal fault: ZeroDivisionError" in done.stderr
        assert ("Traceback" in done.stderr) is bool(extra)
        assert len(done.stderr.splitlines()) >= lines
