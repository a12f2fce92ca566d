"""Processes that share the work: the same lines in the same order, and no silence where one of them fails."""

import os

import pytest

from bench.captures import dense, write_capture
from tests.cli.command import tlswhy
from tlswhy.cli.shares import in_shares, others, processes

pytestmark = pytest.mark.skipif(processes() == 1 and not hasattr(os, "fork"), reason="processes cannot be split here")


def test_lines_are_merged_in_their_order():
    lines = list(in_shares(3, lambda number: ((0, key, b"%d" % key) for key in range(number, 30, 3))))
    assert lines == [b"%d" % key for key in range(30)]


def test_a_share_that_fails_is_no_silence():
    def work(number):
        yield 0, number, b"line"
        if number:
            os._exit(9)

    with pytest.raises(ChildProcessError):
        list(in_shares(2, work))


def test_nobody_is_left_behind_when_the_reader_goes_away():
    lines = in_shares(2, lambda number: ((0, key, bytes(1000)) for key in range(1 << 30)))
    next(lines)
    lines.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    first, second = others()
    assert first is second
    return first


def test_another_process_works_ahead_and_what_it_yields_comes_here(elsewhere):
    with elsewhere(lambda: iter([b"", b"one", bytes(3 << 20), os.getpid().to_bytes(8)])) as pieces:
        none, one, large, process = pieces
    assert (none, one, len(large)) == (b"", b"one", 3 << 20)
    assert int.from_bytes(process) != os.getpid()


def test_another_process_that_ends_early_or_is_not_waited_for(elsewhere):
    def work():
        yield b"one"
        os._exit(9)

    with elsewhere(work) as pieces:
        assert list(pieces) == [b"one"]
    with elsewhere(lambda: (bytes(1_000) for _ in range(1 << 30))) as pieces:
        next(pieces)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_dense_capture_is_listed_as_by_one_process(tmp_path):
    write_capture(tmp_path / "dense.pcap", dense(900), pcapng=False)
    assert (tmp_path / "dense.pcap").stat().st_size > 4 << 20
    shared = tlswhy("handshakes", "dense.pcap", "--format", "jsonl", cwd=tmp_path)
    # Standard input cannot be read by several: one process.
    alone = tlswhy("handshakes", "-", "--format", "jsonl", cwd=tmp_path, stdin=(tmp_path / "dense.pcap").read_bytes())
    assert shared.returncode == alone.returncode == 0
    assert shared.stdout == alone.stdout.replace('"capture":"-"', '"capture":"dense.pcap"')
    assert len(shared.stdout.splitlines()) == 900
