"""A server's messages out of turn, in recorded flights told again with more behind them."""

import pytest

from tests.cases.retold import handshake
from tlswhy.observe.turns import breach_of

BASE = ("j8u212", "base-tls12")


@pytest.mark.parametrize(
    ("record", "kind", "number"),
    [
        ("160303000463000000", "unknown", 99),
        ("160303000400000000", "hello-request", 0),
        ("1603030000", "empty-record", None),
        ("1603030000160303000463000000", "unknown", 99),
        ("170303000568656c6c6f", "early-data", None),
        ("16030300070b000003000000", "repeated", 11),
        ("160303000408000000", "misplaced", 8),
        ("16030300100f00000c04010008" + "00" * 8, "misplaced", 15),
        ("1503030000", "alert-malformed", None),
    ],
)
def test_what_comes_out_of_turn(record, kind, number):
    breach = breach_of(handshake(*BASE, turns=2, then=[f"server {record}"]))
    assert breach is not None
    assert (breach.kind, breach.message_type, breach.where.place, breach.position) == (
        kind,
        number,
        "frame 6",
        "after-certificate",
    )


def test_behind_the_change_of_ciphers_nothing_is_out_of_turn():
    told = ["server 140303000101", "server 170303000568656c6c6f"]
    assert breach_of(handshake(*BASE, turns=2, then=told)) is None


@pytest.mark.parametrize(
    "case", ["base-tls12", "suite-rsa-aes128-cbc", "clientauth-requested", "dhe-1536-tls12-aes128cbc"]
)
def test_real_servers_keep_the_order(case):
    assert breach_of(handshake("j8u212", case)) is None
