"""Every claim of every case: the named clients are refused for its cause, or get in."""

import time
from concurrent.futures import ThreadPoolExecutor

from tlswhy.client.profiles import load_client
from tlswhy.lab.asking import explain_case

AT_ONCE = 16


def explained(servers, moment, clients):
    """Each server asked as each of its clients; wrong ones by (case, client)."""
    asked = [(running, client) for running in servers for client in clients(running.case)]
    with ThreadPoolExecutor(AT_ONCE) as workers:
        found = list(workers.map(lambda pair: explain_case(pair[0], moment, _other(*pair)), asked))
    return {(running.case.id, client): each for (running, client), each in zip(asked, found, strict=True)}


def _other(running, client):
    """None for the case's own client."""
    return None if client == running.case.client else load_client(client)


def test_every_case_is_explained_with_its_own_cause(zoo, moment):
    began = time.monotonic()
    found = explained(zoo.values(), moment, lambda case: [case.client])
    assert {key: (each.found, each.accepted) for key, each in found.items() if not each.right} == {}
    assert time.monotonic() - began < 20


def test_every_client_that_a_case_names_is_refused_for_that_cause(zoo, moment):
    found = explained(zoo.values(), moment, lambda case: case.refuses[1:])
    assert {key: (each.found, each.accepted) for key, each in found.items() if not each.right} == {}


def test_every_client_that_gets_in_gets_in(zoo, moment):
    found = explained(zoo.values(), moment, lambda case: case.accepts)
    assert {key: each.found for key, each in found.items() if each.accepted is not True} == {}


def test_a_survey_shows_what_is_behind_a_bare_refusal(zoo, moment):
    found = explain_case(zoo["aes256-only"], moment)
    assert (found.found, found.candidate, found.right) == ("no-common-cipher", False, True)


def test_where_nothing_can_show_it_the_cause_is_among_the_candidates(zoo, moment):
    found = explain_case(zoo["name-needed"], moment)
    assert (found.found, found.candidate, found.right) == ("server-alert", True, True)


def test_the_wrong_client_makes_a_wrong_answer(zoo, moment):
    found = explain_case(zoo["dh-768"], moment, load_client("java/8u51"))
    assert (found.right, found.accepted, found.found) == (False, True, None)
