"""The process that waits: called up for large files only, told or dismissed, and never left behind."""

import os
import subprocess
import sys
from functools import partial

import pytest

from bench.captures import bulk, dense, write_capture
from tests.cli.command import tlswhy
from tlswhy.cli import standby
from tlswhy.cli.shares import end

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be split here")


@pytest.fixture(autouse=True)
def large(monkeypatch):
    monkeypatch.setattr(standby, "WORTH_IT", 10_000)


@pytest.fixture
def capture(tmp_path):
    write_capture(tmp_path / "bulk.pcap", bulk(300_000, 100_000), pcapng=False)
    return str(tmp_path / "bulk.pcap")


def modules(pipe):
    """What is loaded in the process that is told this."""
    pipe.write("\n".join(sys.modules).encode())


def told(task):
    child = standby.take().tell(task)
    try:
        return child[1].read().decode()
    finally:
        end(child)


def test_it_has_loaded_what_it_will_need(capture):
    standby.call_up(["--format", "jsonl", capture])
    loaded = told(modules).splitlines()
    assert {"numpy", "tlswhy.packets.scan", "tlswhy.packets.presort", "tlswhy.cli.ahead"} <= {*loaded}
    assert standby.take() is None


def test_what_it_is_told_may_be_large(capture):
    standby.call_up([capture])
    assert told(partial(_echo, "x" * 300_000)) == "x" * 300_000


def test_nobody_waits_where_no_file_is_large(tmp_path, capture, monkeypatch):
    standby.call_up(["--only", "port=443", str(tmp_path / "nowhere"), "", "a\0b", str(tmp_path)])
    assert standby.take() is None
    monkeypatch.setattr(standby, "WORTH_IT", 1 << 20)
    standby.call_up([capture])
    assert standby.take() is None


def test_a_dense_capture_is_not_waited_for_with_numpy(tmp_path):
    write_capture(tmp_path / "dense.pcap", dense(60), pcapng=False)
    program = (
        "import sys\nfrom tlswhy.cli import standby\n"
        "standby._load(sys.argv[1])\nprint('numpy' in sys.modules, 'tlswhy.evidence.capture' in sys.modules)"
    )
    for name, loads in (("dense.pcap", "False True"), ("bulk.pcap", "True True")):
        if not (tmp_path / name).exists():
            write_capture(tmp_path / name, bulk(300_000, 100_000), pcapng=False)
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], capture_output=True, text=True)
        assert done.stdout.strip() == loads


def test_it_ends_when_it_is_dismissed_or_its_caller_is_gone(capture):
    standby.call_up([capture])
    child = standby._waiting[0]._child
    standby.dismiss()
    standby.dismiss()
    with pytest.raises(ProcessLookupError):
        os.kill(child[0], 0)
    standby.call_up([capture])
    process = standby.take()
    process._orders.close()  # as when the caller has ended
    assert process._child[1].read() == b""
    end(process._child)


@pytest.mark.parametrize("arguments", [["--help"], ["--format", "nonsense"], ["--lang", "tlh"], ["--nonsense"]])
def test_a_command_that_reads_nothing_dismisses_it(tmp_path, arguments):
    path = tmp_path / "large.pcap"
    with path.open("wb") as file:
        file.truncate(40 << 20)
    done = tlswhy("handshakes", str(path), *arguments)
    assert done.returncode == (0 if arguments == ["--help"] else 2)
    assert "Traceback" not in done.stderr


def _echo(text, pipe):
    pipe.write(text.encode())
