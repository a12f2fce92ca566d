"""The recorded exceptions alone, written as a log: the true cause is always named or among the candidates."""

from collections import Counter

from tests.oracle import recorded
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.observe.words import meaning_of
from tlswhy.source import source_of_bytes

MOST_CANDIDATES = 8


def refused_rows():
    return [row for row in recorded.rows() if not row["connected"]]


def as_log(row):
    """The masked message and the chain, as a logger with printStackTrace writes them."""
    lines = []
    if row["finesse_error"]:
        lines.append(f"There were issues rendering this gadget. {row['finesse_error']}")
    for number, thrown in enumerate(row["exception_chain"] or []):
        message = f": {thrown['message']}" if thrown.get("message") else ""
        lines.append(f"{'Caused by: ' if number else ''}{thrown['class']}{message}")
        method = thrown["at"]
        owner = method.rpartition(".")[0].rpartition(".")[2].partition("$")[0]
        lines += [f"\tat {method}({owner}.java:1{number})", "\t... 12 more"]
    return "\n".join(lines) + "\n"


def meanings(row):
    words = list(read_evidence(source_of_bytes("gadget.log", as_log(row).encode())))
    return [found for said in words if isinstance(said, ClientWords) and (found := meaning_of(said))]


def test_the_true_cause_is_always_named_or_among_at_most_eight():
    wrong = Counter()
    for row in refused_rows():
        found = min(meanings(row), key=lambda meaning: len(meaning.causes), default=None)
        causes = () if found is None else found.causes
        named = {*causes, "server-alert"} if found is not None and found.by == "server" else set(causes)
        if row["label"] not in named or len(causes) > MOST_CANDIDATES:
            wrong[row["label"], str(row["exception_chain"][-1:]), causes] += 1
    assert wrong == {}
