"""``tlswhy clients`` and ``tlswhy causes``."""

import json

from tests.cli.command import tlswhy


def test_lists(folder):
    causes = tlswhy("causes").stdout
    assert "dh-key-too-small" in causes
    page = tlswhy("causes", "dh-key-too-small").stdout
    assert "RFC 5246, 7.4.3" in page
    assert "java/8u51" in tlswhy("clients").stdout
    assert "DH keySize < 768" in tlswhy("clients", "java/8u51").stdout
    assert json.loads(tlswhy("clients", "java/8u51", "--format", "json").stdout)["id"] == "java/8u51"
    assert {"id", "title", "rule"} <= set(json.loads(tlswhy("causes", "--format", "json").stdout)[0])


def test_a_profile_of_ones_own_is_shown_as_it_is_understood(folder):
    (folder / "gadget.toml").write_text('extends = "java/8u51"\n[dh]\nmost = 1024\n')
    done = tlswhy("clients", "gadget.toml", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("java/gadget · ")
    assert "  768 to 1024 bits, multiples of 64\n" in done.stdout
