from tests.oracle import recorded
from tlswhy.evidence import key_log
from tlswhy.evidence.types import Secrets
from tlswhy.source import source_of_bytes

KEYS = recorded.keylog(recorded.row("j17.0.9", "base-tls12-13")) or b""


def test_one_line_of_the_format_is_enough():
    assert key_log.likelihood(KEYS) > 0
    assert key_log.likelihood(b"# SSL/TLS secrets log file\n" + KEYS.splitlines()[3] + b"\n") > 0
    assert key_log.likelihood(b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48) > 0


def test_words_alone_are_not():
    assert key_log.likelihood(b"CLIENT_RANDOM is a label of key logs") == 0
    assert key_log.likelihood(b"CLIENT_RANDOM " + b"ab" * 31 + b" " + b"cd" * 48) == 0


def test_the_text_is_handed_on_as_it_is():
    assert list(key_log.read(source_of_bytes("keys.txt", KEYS))) == [Secrets("keys.txt", KEYS.decode())]
    assert list(key_log.read(source_of_bytes("keys.txt", b"\xff"))) == [
        Secrets("keys.txt", "\N{REPLACEMENT CHARACTER}")
    ]
