"""NIST's path validation tests, judged by this machine's own Java and by us as that release."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.live.machine_java import OK, Question
from tests.live.pkits import END, PkitsTest, pkits_anchor, pkits_tests


def asked_of(test: PkitsTest, root: bytes) -> Iterator[Question]:
    """A test's certificates as a server would send them: leaf first and up; in an order that needs a search; with a
    damaged signature; to a client that trusts the CA above the leaf instead of the root."""
    upwards = (test.leaf, *reversed(test.carried))
    yield Question(f"{test.name} in order", upwards, (root,))
    if len(test.carried) > 1:
        yield Question(f"{test.name} out of order", (test.leaf, *test.carried), (root,))
    damaged = test.leaf[:-1] + bytes((test.leaf[-1] ^ 1,))
    yield Question(f"{test.name} damaged", (damaged, *upwards[1:]), (root,))
    for ca in test.carried[-1:]:
        yield Question(f"{test.name} under the lowest CA", upwards[:1], (ca,))


def test_pkits_is_judged_as_by_the_machine_s_java(machine_java):
    if datetime.now(UTC) > END:  # noqa: TID251 - the JDK's clock can't be set
        pytest.skip("the suite's certificates have expired")
    root = pkits_anchor()
    questions = [question for test in pkits_tests() for question in asked_of(test, root)]
    assert len(questions) > 700
    stories = machine_java.stories(questions)
    assert 200 < stories.count(OK) < 500
    differing = machine_java.differing(questions, stories)
    if differing.keys() == NAMES_BY_THE_BUILDER:
        assert tuple(map(int, machine_java.version.split("."))) < (17, 0, 9)
        differing = {}
    assert differing == {}


NAMES_BY_THE_BUILDER = {
    "InvalidDNandRFC822nameConstraintsTest29 out of order",
    "ValidDNnameConstraintsTest14 out of order",
}
"""A limit of ours: up to 17.0.7 and in 11 a path that had to be searched gets its names checked by the builder alone
(ForwardBuilder, X509CertSelector.setPathToNames): an empty subject is a name to it, an e-mail address in one is not."""
