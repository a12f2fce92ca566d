"""Sources by name: in their order, and what cannot be read costs nothing of the rest."""

import subprocess
import sys

import pytest

from bench.captures import dense, write_capture
from tlswhy.cli import reading
from tlswhy.cli.reading import Reading
from tlswhy.evidence.captured import CaptureFacts, Transcript
from tlswhy.oddity import Oddity


@pytest.fixture
def names(tmp_path):
    write_capture(tmp_path / "one.pcap", dense(3), pcapng=False)
    (tmp_path / "notes.txt").write_text("nothing of interest")
    return [str(tmp_path / name) for name in ("nowhere.pcap", "one.pcap", "notes.txt")]


def test_what_can_be_read_and_what_cannot(names):
    read = Reading(names, brief=True)
    found = list(read)
    assert [type(item) for item in found] == [Transcript] * 3 + [CaptureFacts] + [Oddity] * 2
    assert [failure.code for failure in read.failures] == ["file-missing", "evidence-unknown"]
    assert [oddity.item for oddity in read.oddities] == [names[0], names[2]]
    assert read.read == 1
    assert read.order == {names[1]: 0, names[2]: 1}


def test_progress_is_told_of_each_source(names):
    told = []
    read = Reading(names, progress=lambda name, size: told.append((name, size)))
    list(read)
    assert [name for name, _ in told] == names[1:]
    assert all(size > 0 for _, size in told)


def test_others_that_can_help_are_handed_on(names, monkeypatch):
    seen = []
    careful = reading.read_together
    monkeypatch.setattr(
        reading, "read_together", lambda sources, *rest, **more: seen.extend(sources) or careful([], *rest)
    )
    list(Reading(names[1:2], mapped=True, elsewhere=[print]))
    list(Reading(names[1:2]))
    assert [(source.windows is not None, source.elsewhere) for source in seen] == [(True, [print]), (False, ())]


def test_it_needs_no_words():
    program = (
        "import sys, tlswhy.cli.reading; print([name for name in sys.modules if name.startswith('tlswhy.render')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
