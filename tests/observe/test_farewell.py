"""Whether a client left a finished handshake without a word: held against every recorded connection, and made ones."""

import pytest

from tests.cases.retold import handshake, seen
from tests.oracle import recorded
from tlswhy.model.handshake import Outcome
from tlswhy.observe.farewell import left_without_a_word

TLS12, TLS13 = ("j8u212", "base-tls12"), ("j17.0.9", "base-tls12-13")
ENCRYPTED_ALERT = "client 15 0303 0030 " + "ab" * 48
DATA = "client 17 0303 0060 " + "cd" * 96
ALERT_IN_TLS13 = "client 17 0303 0013 " + "ef" * 19


@pytest.mark.parametrize("keys", [True, False], ids=["with keys", "without keys"])
@pytest.mark.parametrize("half", ["java", "others"])
def test_who_finished_and_refused_left_without_a_word_and_nobody_else(half: str, keys: bool):
    """Node, curl and NSS judge some certificates behind the handshake; where the server took it back, it was it."""
    wrong = []
    for row in recorded.rows() if half == "java" else recorded.other_rows():
        connection = seen(recorded.capture(row), row, keys=keys)
        finished = connection.outcome is Outcome.COMPLETED and row["label"] != "client-cert-required"
        if finished and left_without_a_word(connection) == row["connected"]:
            wrong.append((row["client"], row["case"]))
    assert wrong == []


@pytest.mark.parametrize(
    ("of", "turns", "then", "left"),
    [
        (TLS12, 6, ["client fin"], True),
        (TLS12, 6, ["client rst"], True),
        (TLS12, 6, [ENCRYPTED_ALERT, "server fin"], True),
        (TLS12, 6, ["server fin", "client fin"], False),
        (TLS12, 6, [DATA, "client fin"], False),
        (TLS12, 6, [], False),
        (TLS12, 4, ["client fin"], False),
        (TLS13, 4, [ALERT_IN_TLS13, "client fin"], True),
        (TLS13, 4, [ALERT_IN_TLS13, "server fin"], True),
        (TLS13, 4, [DATA, "client fin"], False),
        (TLS13, 4, ["server fin"], False),
    ],
)
def test_how_it_went(of: tuple[str, str], turns: int, then: list[str], left: bool):
    assert left_without_a_word(handshake(*of, turns=turns, then=then, keys=False)) is left


def test_keys_show_the_finished_message_itself():
    assert left_without_a_word(handshake(*TLS13, turns=4, then=[ALERT_IN_TLS13, "client fin"], keys=True))
    assert not left_without_a_word(handshake(*TLS13, keys=True))
