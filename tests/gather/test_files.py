"""Files, folders and standard input as Sources."""

import io
import os
import sys
import threading

import pytest

from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.gather.files import open_file, open_sources


def test_a_file_is_read_anew_each_time(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(b"x" * 3_000_000)
    (source,) = open_sources([str(path)])
    assert source.name == str(path)
    assert source.size == 3_000_000
    assert sum(map(len, source.blocks())) == sum(map(len, source.blocks())) == 3_000_000
    assert max(map(len, source.blocks())) <= 2 << 20


def test_windows_of_a_file(tmp_path):
    path = tmp_path / "a.pcap"
    content = os.urandom(200_000)
    path.write_bytes(content)
    assert open_file(str(path)).windows is None
    (source,) = open_sources([str(path)], mapped=True)
    with source.windows() as window:
        assert window(0, 100)[:] == content[:100]
        part = window(131_072, 1 << 20)
        assert (len(part), part[5], part[1_000:2_000]) == (68_928, content[131_077], content[132_072:133_072])
        assert window(262_144, 10) == b""
        with path.open("ab") as file:  # a capture that still grows
            file.write(bytes(100_000))
        assert len(window(196_608, 1 << 20)) == 103_392
        path.unlink()
        assert window(0, 10)[:] == content[:10]  # still the same file


def test_a_folder_is_walked_in_order(tmp_path):
    for name in ("b/2.pcap", "b/1.pcap", "a.pcap", "c/d/e.pem", ".hidden/x", "b/.hidden"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    names = [os.path.relpath(source.name, tmp_path) for source in open_sources([str(tmp_path)])]
    assert names == ["a.pcap", "b/1.pcap", "b/2.pcap", "c/d/e.pem"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "file-missing"),
        (lambda path: path.mkdir(), "folder-empty"),
        (lambda path: os.mkfifo(path), "not-a-file"),
    ],
)
def test_what_cannot_be_opened(tmp_path, make, code):
    path = tmp_path / "it"
    make(path)
    with pytest.raises(BadEvidence) as raised:
        list(open_sources([str(path)]))
    assert raised.value.code == code
    assert raised.value.item == str(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(BadEvidence) as raised:
        open_file(str(path))
    assert raised.value.code == "file-unreadable"


def test_a_name_that_no_system_call_takes():
    with pytest.raises(BadEvidence) as raised:
        open_file("a\0b")
    assert raised.value.code == "file-unreadable"


def test_a_file_that_goes_away_while_it_is_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x")
    source = open_file(str(path))
    path.unlink()
    with pytest.raises(BadEvidence):
        list(source.blocks())


class _Input:
    def __init__(self, data, terminal=False):
        self.buffer = io.BytesIO(data)
        self._terminal = terminal

    def isatty(self):
        return self._terminal


def test_standard_input_can_be_read_twice(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Input(b"x" * 2_500_000))
    (source,) = open_sources(["-"])
    assert source.name == "-"
    assert source.size == 2_500_000
    assert source.head(4) == b"xxxx"
    assert b"".join(source.blocks()) == b"x" * 2_500_000


def test_a_terminal_is_no_capture(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Input(b"", terminal=True))
    with pytest.raises(BadRequest) as raised:
        list(open_sources(["-"]))
    assert raised.value.code == "stdin-terminal"


def test_standard_input_only_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Input(b"x"))
    with pytest.raises(BadRequest):
        list(open_sources(["-", "-"]))


def test_a_pipe_of_the_shell(tmp_path):
    reading, writing = os.pipe()

    def write():
        with os.fdopen(writing, "wb") as end:
            end.write(b"y" * 300_000)

    writer = threading.Thread(target=write)
    writer.start()
    source = open_file(f"/dev/fd/{reading}")
    writer.join()
    os.close(reading)
    assert b"".join(source.blocks()) == b"y" * 300_000
