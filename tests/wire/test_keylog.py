"""Key logs as programs and people write them."""

from tlswhy.wire import keylog
from tlswhy.wire.keylog import KeyLog

RANDOM = "ab" * 32


def test_lines_of_all_kinds():
    lines = [
        "# a comment",
        "",
        f"CLIENT_RANDOM {RANDOM} {'11' * 48}",
        f"SERVER_TRAFFIC_SECRET_0 {RANDOM.upper()} {'22' * 32}",
        "RSA 0011223344556677 " + "33" * 48,
        f"CLIENT_RANDOM {RANDOM} short",
        "garbage",
        f"CLIENT_RANDOM {RANDOM[:-1]} {'44' * 48}",
    ]
    log = KeyLog.parse("\r\n".join(lines))
    assert len(log) == 2
    assert log.skipped == 4
    assert log.secret("CLIENT_RANDOM", bytes.fromhex(RANDOM)) == b"\x11" * 48
    assert log.secret("SERVER_TRAFFIC_SECRET_0", bytes.fromhex(RANDOM)) == b"\x22" * 32
    assert log.secret("EXPORTER_SECRET", bytes.fromhex(RANDOM)) is None


def test_several_logs_are_merged_and_the_later_wins():
    one, two = (f"CLIENT_RANDOM {RANDOM} {digit * 96}" for digit in "12")
    log = KeyLog.parse(one.encode(), two)
    assert log.secret("CLIENT_RANDOM", bytes.fromhex(RANDOM)) == b"\x22" * 48
    assert not KeyLog.parse("")


def test_a_long_log_loses_its_oldest(monkeypatch):
    monkeypatch.setattr(keylog, "LIMIT", 3)
    log = KeyLog.parse("\n".join(f"CLIENT_RANDOM {number:064x} {'11' * 48}" for number in range(5)))
    assert len(log) == 3
    assert log.secret("CLIENT_RANDOM", (0).to_bytes(32, "big")) is None
    assert log.secret("CLIENT_RANDOM", (4).to_bytes(32, "big")) is not None
