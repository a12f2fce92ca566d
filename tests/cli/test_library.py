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
