"""Targets: forms that name a server, and what is said of those that do not."""

import pytest

from tlswhy.errors import BadRequest
from tlswhy.gather.targets import Target, is_target, shown, target_of


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("https://gadgets.example.test", "gadgets.example.test", 443, "/"),
        ("https://Gadgets.Example.Test:8443/a/b.xml?x=1#y", "gadgets.example.test", 8443, "/a/b.xml?x=1"),
        ("gadgets.example.test:8443", "gadgets.example.test", 8443, None),
        ("https://[2001:db8::1]:8443/", "2001:db8::1", 8443, "/"),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443, None),
        ("[::1]", "::1", 443, None),
        ("::1", "::1", 443, None),
        ("fe80::1%eth0.7", "fe80::1%eth0.7", 443, None),
        ("[fe80::1%wlp3s0-x]:8443", "fe80::1%wlp3s0-x", 8443, None),
        ("https://[fe80::1%25eth0]/", "fe80::1%eth0", 443, "/"),
        ("https://[fe80::1%eth0]/", "fe80::1%eth0", 443, "/"),
        ("192.0.2.7:443", "192.0.2.7", 443, None),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://under_score.example.test/", "under_score.example.test", 443, "/"),
    ],
)
def test_what_a_target_names(text, host, port, path):
    assert is_target(text)
    target = target_of(text)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://gadgets.example.test/g.xml", "target-http"),
        ("ftp://gadgets.example.test/", "target-scheme"),
        ("https:///g.xml", "target-without-host"),
        ("https://a b/", "target-name"),
        ("https://a..b/", "target-name"),
        ("https://-a.example/", "target-name"),
        (f"https://{'a' * 64}.example/", "target-name"),
        ("https://[2001:db8::zz]/", "target-malformed"),
        ("https://host:99999/", "target-malformed"),
        ("https://host:port/", "target-malformed"),
        ("https://host:0/", "target-malformed"),
        ("https://[::1]x/", "target-malformed"),
    ],
)
def test_what_is_no_target_is_told(text, code):
    with pytest.raises(BadRequest) as failure:
        target_of(text)
    assert failure.value.code == code


def test_files_come_before_targets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_target("capture:1")
    (tmp_path / "capture:1").write_bytes(b"")
    assert not is_target("capture:1")
    assert not is_target("capture.pcap")
    assert not is_target("-")
    assert not is_target("::1:24433")


def test_a_password_in_a_url_is_not_kept():
    target = target_of("https://user:secret@gadgets.example.test/x@y")
    assert "secret" not in repr(target)
    assert target.text == shown("https://user:secret@gadgets.example.test/x@y") == "https://gadgets.example.test/x@y"


def test_authority_as_http_writes_it():
    assert Target("", "::1", 8443).authority == "[::1]:8443"
    assert Target("", "a.example", 443).authority == "a.example:443"
