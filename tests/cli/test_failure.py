"""What goes wrong is one line and a hint, with the exit code of contract.md §1."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.command import tlswhy


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (
            ["explain", "notes.txt"],
            4,
            "tlswhy: notes.txt: no capture and nothing else that tlswhy reads",
            "captures (pcap",
        ),
        (["explain", "empty"], 4, "tlswhy: empty: the file is empty", None),
        (["explain", "nowhere.pcap"], 4, "tlswhy: nowhere.pcap: no such file or folder", "a pattern in quotes"),
        (
            ["explain", "weak.pcap", "--client", "java/8u5l"],
            2,
            "tlswhy: there is no client “java/8u5l”",
            "nearest: java/8u5",
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
        (["explain", ""], 4, 'tlswhy: "": no such file or folder', "a pattern in quotes"),
        (["explain", "weak.pcap", "--trust", ""], 2, 'tlswhy: --trust "": no such file or folder', None),
        (["explain", "weak.pcap", "--keylog", ""], 2, 'tlswhy: --keylog "": no such file', None),
        (["explain", "weak.pcap", "--client", "a/b.toml"], 2, "tlswhy: --client a/b.toml: no such file", None),
        (["explain", "weak.pcap", "--keylog", "nowhere"], 2, "tlswhy: --keylog nowhere: no such file", None),
        (["explain"], 2, "tlswhy: EVIDENCE is missing", "tlswhy explain --help"),
        (["explain", "weak.pcap", "--sing"], 2, "tlswhy: unknown option --sing", "did you mean --sni?"),
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
    # A test run in the background of a shell inherits SIGINT as ignored, which Python then leaves so.
    restored = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{restored}; from tlswhy.cli import main; main()"
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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", "from tlswhy.cli import main; main()", "causes"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 5
    assert done.stderr == "tlswhy: the output cannot be written (no space left on device)\n"
