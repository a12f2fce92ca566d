"""The table of flows of IPv4: found by their numbers, never confused, rows without a flow never found."""

import random

import numpy as np

from tlswhy.packets.pairs import PAIR, Pairs


def flows(seed: int, count: int) -> np.ndarray:
    return np.frombuffer(random.Random(seed).randbytes(12 * count), PAIR)


def test_flows_are_found_and_strangers_are_not():
    known, strange = flows(1, 3_000), flows(2, 5_000)
    pairs = Pairs(known, np.arange(3_000))
    row = pairs.find(known["addresses"], known["ports"])
    found = row >= 0
    assert found.mean() > 0.9  # some share a place in the table
    assert (row[found] == np.flatnonzero(found)).all()
    assert (pairs.find(strange["addresses"], strange["ports"]) == -1).all()


def test_few_flows_are_all_found():
    known = flows(3, 40)
    pairs = Pairs(known, np.arange(40))
    assert pairs.find(known["addresses"], known["ports"]).tolist() == list(range(40))


def test_a_row_without_a_flow_is_not_found_whatever_stands_there():
    known = np.zeros(3, PAIR)
    known[1] = (5, 6)
    pairs = Pairs(known, np.array([1]))
    assert pairs.find(np.array([0, 5, 5], np.uint64), np.array([0, 6, 7], np.uint32)).tolist() == [-1, 1, -1]
