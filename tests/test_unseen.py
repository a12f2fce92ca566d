import copy
import pickle

import pytest

from tlswhy.unseen import UNSEEN, NotSeen, seen


def test_what_was_seen_comes_back_even_when_it_is_nothing():
    for value in (None, (), 0, "", False):
        assert seen(value, "server-flight") is value


def test_what_was_not_seen_names_the_evidence_it_needs():
    with pytest.raises(NotSeen) as missing:
        seen(UNSEEN, "trust")
    assert missing.value.needs == "trust"


def test_unseen_is_one_value_however_it_travels():
    assert copy.deepcopy(UNSEEN) is UNSEEN
    assert pickle.loads(pickle.dumps(UNSEEN)) is UNSEEN
    assert UNSEEN is not None
