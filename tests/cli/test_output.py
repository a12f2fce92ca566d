"""Where output goes, and what it looks like there."""

from tests.cli.command import tlswhy


def test_output_goes_to_a_file(folder):
    done = tlswhy("explain", "weak.pcap", "--output", "report.txt", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert "512 bits" in (folder / "report.txt").read_text(encoding="utf-8")
    done = tlswhy("explain", "weak.pcap", "--output", "missing/report.txt", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("tlswhy: --output missing/report.txt: cannot be written (no such file")


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
