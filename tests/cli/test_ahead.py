"""Reading in another process gives what reading here gives, wherever that process ends."""

import os
import signal

import pytest

from bench.captures import bulk, dense, write_capture
from tests.cli.command import tlswhy
from tlswhy.cli import standby
from tlswhy.cli.ahead import Ahead, is_worth_it
from tlswhy.cli.evidence import EvidenceReading
from tlswhy.cli.reading import Reading
from tlswhy.render.words import load_words


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ahead")
    write_capture(folder / "one.pcap", dense(12), pcapng=False)
    (folder / "text.txt").write_text("nothing of interest")
    return [str(folder / "one.pcap"), str(folder / "text.txt"), str(folder / "nowhere.pcap")]


def reading(names):
    return EvidenceReading(names, None, load_words(), brief=True)


def read(names):
    here = reading(names)
    other = Ahead(here, quiet=True)
    try:
        return list(other), here
    finally:
        other.close()


def same(names):
    (found, there), here = read(names), reading(names)
    assert found == list(here)
    assert (there.read, there.order) == (here.read, here.order)
    assert [str(each) for each in there.failures] == [str(each) for each in here.failures]
    return found


def test_the_same_evidence_and_the_same_failures(names):
    assert len(same(names)) == 12 + 1 + 2  # connections, facts of the capture, failures


def test_failures_are_known_before_what_is_told_of_them(names):
    here = reading(names)
    evidence = Ahead(here, quiet=True)
    told = [(type(item).__name__, len(here.failures)) for item in evidence]
    assert [count for kind, count in told if kind == "Oddity"] == [2, 2]


@pytest.mark.parametrize("after", [0, 1, 7, 14])
def test_a_process_that_is_killed(names, after, monkeypatch):
    careful = Reading.__iter__
    ours = os.getpid()

    def broken(self):
        for number, item in enumerate(careful(self)):
            if number == after and os.getpid() != ours:
                os.kill(os.getpid(), signal.SIGKILL)  # SIGBUS is no other, where a file is cut off under a window
            yield item

    monkeypatch.setattr(Reading, "__iter__", broken)
    same(names)


def test_a_fault_in_it_is_met_again_here(names, monkeypatch):
    def faulty(self):
        raise RuntimeError("a bug")
        yield

    monkeypatch.setattr(Reading, "__iter__", faulty)
    with pytest.raises(RuntimeError, match="a bug"):
        read(names)


def test_what_is_worth_it(names, tmp_path, monkeypatch):
    monkeypatch.setattr(standby, "WORTH_IT", 10_000)
    assert is_worth_it(names[:1])
    assert not is_worth_it(names[1:2])
    assert not is_worth_it([names[0], "-"])
    os.mkfifo(tmp_path / "pipe")
    assert not is_worth_it([names[0], str(tmp_path / "pipe")])


@pytest.mark.parametrize("pcapng", [False, True])
def test_a_large_capture_is_listed_as_when_it_comes_through_a_pipe(tmp_path, pcapng):
    path = tmp_path / "bulk"
    write_capture(path, bulk(2 * standby.WORTH_IT, 4 << 20), pcapng=pcapng)
    assert is_worth_it([str(path)])
    done = tlswhy("handshakes", str(path), "--format", "jsonl")
    piped = tlswhy("handshakes", "-", "--format", "jsonl", stdin=path.read_bytes())
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 16
    assert done.stdout.replace(f'"capture":"{path}"', '"capture":"-"') == piped.stdout


@pytest.mark.parametrize("killed", [False, True])
def test_the_process_that_waits_is_the_one_that_reads(names, killed, monkeypatch):
    monkeypatch.setattr(standby, "WORTH_IT", 10_000)
    standby.call_up(names)
    process = standby._waiting[0]._child[0]
    if killed:
        os.kill(process, signal.SIGKILL)
    here = reading(names)
    other = Ahead(here, quiet=True)
    assert other._child[0] == process
    assert list(other) == list(reading(names))
    assert standby.take() is None


def test_nobody_is_left_behind(names):
    other = Ahead(reading(names), quiet=True)
    child, _ = other._child
    next(iter(other))
    other.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
