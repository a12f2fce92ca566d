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


def written(row):
    """The same chain as other loggers write it, and what is left of it in a ticket."""
    told = [thrown["class"] + (f": {thrown['message']}" if thrown.get("message") else "") for thrown in row]
    frames = [f"{text}\n\tat a.b.C.d(C.java:1) ~[na:1.8]\n\t... 9 common frames omitted\n" for text in told]
    return {
        "outermost alone": told[0],
        "innermost alone": told[-1],
        "one line": "ERROR [http-1] " + "; nested exception is: ".join(told),
        "logback": "2026-11-23 10:00:00,123 [http-1] ERROR c.e.X - failed\n" + "Caused by: ".join(frames),
        "java.util.logging": "Nov 23, 2026 10:00:00 AM a.b.C d\nSEVERE: " + "\nCaused by: ".join(told),
        "root cause first": "".join(f"{'Wrapped by: ' if n else ''}{text}\n" for n, text in enumerate(reversed(told))),
    }


def test_however_the_chain_is_written():
    wrong = Counter()
    for row in refused_rows()[::3]:
        for way, text in written(row["exception_chain"] or []).items() if row["exception_chain"] else ():
            words = read_evidence(source_of_bytes("ticket.txt", text.encode()))
            found = [m for said in words if isinstance(said, ClientWords) and (m := meaning_of(said))]
            causes = min(found, key=lambda meaning: len(meaning.causes)).causes if found else ()
            by_server = any(meaning.by == "server" for meaning in found)
            if row["label"] not in {*causes, "server-alert" if by_server else ""} or len(causes) > MOST_CANDIDATES:
                wrong[way, row["label"], text[:200], causes] += 1
    assert wrong == {}
