"""The shapes of public suites of path tests (odd fields, several ways up, loops), judged by real Javas and by us.

A sample of them; TLSWHY_ALL_CASES=1: every fault, and many more random chains.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from tests.live.machine_java import OK, MachineJava, Question, same
from tests.pki.path_shapes import Shape, shapes, single_faults

ALL = os.environ.get("TLSWHY_ALL_CASES") == "1"
OVER = ((0x0303, "ECDHE_RSA"), (0x0304, "UNKNOWN"), (0x0303, "RSA"), (0x0303, "ECDHE_ECDSA"))


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the JDK's clock can't be set


def asked_of(cases: Sequence[Shape]) -> list[Question]:
    return [
        Question(f"{number}: {case.what}", case.chain, case.trust, case.host, *OVER[number % len(OVER)])
        for number, case in enumerate(cases)
    ]


def differing(java: MachineJava, cases: Sequence[Shape]) -> Iterator[str]:
    """What we answer otherwise. Of two trusted certificates of one name Java asks either first: the verdict counts."""
    questions = asked_of(cases)
    for case, question, story in zip(cases, questions, java.stories(questions), strict=True):
        ours = java.ours(question)
        if not same(story, ours) and not (case.twins and (ours == OK) is (story == OK)):
            yield f"{question.name}: we {ours}, Java {story}"


@pytest.mark.timeout(900 if ALL else 300)
def test_every_single_fault(machine_java):
    cases = list(single_faults(now()))
    assert len(cases) > 1200
    assert list(differing(machine_java, cases if ALL else cases[::8])) == []


@pytest.mark.timeout(3000 if ALL else 300)
def test_random_shapes(machine_java):
    assert list(differing(machine_java, list(shapes(8, 10_000 if ALL else 120, now())))) == []
