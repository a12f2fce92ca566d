"""The progress bar: only on a terminal, only when it takes longer than a moment."""

import io
import sys

from tlswhy.cli import progress
from tlswhy.cli.progress import Progress
from tlswhy.render.words import load_words


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress(load_words()) as bar:
        assert bar.of("a.pcap", 100) is None


def test_a_quick_read_shows_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with Progress(load_words()) as bar:
        taken = bar.of("a.pcap", 100)
        for count in range(0, 100, 10):
            taken(count)
    assert sys.stderr.getvalue() == ""


def test_a_long_read_shows_a_bar_and_takes_it_away(monkeypatch):
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    with Progress(load_words()) as bar:
        taken = bar.of("folder/evil\x1b]0;[bold]x.pcap", 1000)
        taken(500)
    shown = sys.stderr.getvalue()
    assert "reading evil\\x1b]0;[bold]x.pcap" in shown
    assert "0.5/1.0 kB" in shown
    assert shown.endswith("\x1b[2K") or "\x1b[1A\x1b[2K" in shown


def test_quiet_where_output_streams_to_the_same_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with Progress(load_words(), quiet=True) as bar:
        assert bar.of("a.pcap", 100) is None


def test_a_long_wait_for_a_server_is_one_line_that_goes_away(monkeypatch):
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with Progress(load_words()) as bar:
        bar.asking("https://a.example", 1)
        assert sys.stderr.getvalue() == ""
        monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
        bar.asking("https://a.example/\x1b]0;x", 2)
    shown = sys.stderr.getvalue()
    assert "asking https://a.example/\\x1b]0;x, connection 2" in shown
    assert shown.endswith("\r\x1b[K")
