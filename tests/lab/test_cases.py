from dataclasses import replace

import pytest

from tlswhy.causes import cause_ids
from tlswhy.client.profiles import client_ids
from tlswhy.errors import BadRequest, BadTable
from tlswhy.lab.cases import HEALTHY, all_cases, find_cases, read_case
from tlswhy.render.words import languages, load_words

FAULTY = {"cause": "cert-expired", "refuses": ["java/8u212"]}


def test_there_are_more_than_forty_faults_and_nearly_every_one_has_a_healthy_twin():
    faults = [case for case in all_cases() if case.cause]
    assert len(faults) >= 40
    assert sum(case.has_twin for case in faults) >= 40
    assert len({case.cause for case in faults}) >= 30


def test_causes_and_clients_exist():
    named = {client for case in all_cases() for client in (*case.refuses, *case.accepts)}
    assert named <= set(client_ids())
    assert {case.cause for case in all_cases()} - {None} <= set(cause_ids())


@pytest.mark.parametrize("language", languages())
def test_every_case_teaches_something_and_nobody_else_does(language):
    words = load_words(language)
    assert set(words.table("lab.teaches")) == {case.id for case in all_cases() if not case.twin_of}
    assert set(words.table("lab.group")) == {case.group for case in all_cases()}


def test_a_twin_differs_from_its_case_in_what_it_says_and_nothing_else():
    for twin in (case for case in all_cases() if case.twin_of):
        (faulty,) = find_cases([twin.twin_of])
        same = replace(
            twin, id=faulty.id, cause=faulty.cause, refuses=faulty.refuses, accepts=faulty.accepts, twin_of=None
        )
        assert replace(same, has_twin=True) != faulty
        assert twin.accepts == (faulty.client,)


def test_cases_are_found_by_name_in_the_order_asked():
    assert [case.id for case in find_cases(["reset", "dh-512-healthy", "reset"])] == ["reset", "dh-512-healthy"]
    assert find_cases([]) == all_cases()


def test_an_unknown_case_is_refused_with_the_nearest():
    with pytest.raises(BadRequest) as refused:
        find_cases(["dh-767"])
    assert refused.value.code == "unknown-case"
    assert "dh-768" in refused.value.facts["nearest"]


def test_a_case_says_only_what_differs():
    (case,) = read_case("x", FAULTY | {"certificates": {"leaf": {"days": [-9, -1]}}}, "certificates")
    assert case.certificates["leaf"]["days"] == [-9, -1]
    assert case.certificates["leaf"]["subject"] == "localhost"
    assert (case.serves, case.trusts, case.host) == (("leaf", "issuing"), ("root",), "localhost")


def test_depth_puts_authorities_between_leaf_and_root():
    (case,) = read_case("x", FAULTY | {"depth": 3}, "trust")
    assert case.serves == ("leaf", "issuing", "issuing-2", "issuing-3")
    assert [case.certificates[name]["issuer"] for name in case.serves] == ["issuing", "issuing-2", "issuing-3", "root"]


def test_a_healthy_twin_is_the_case_with_one_thing_changed():
    faulty, twin = read_case("x", FAULTY | {"serves": ["leaf"], "healthy": {"serves": ["leaf", "issuing"]}}, "trust")
    assert (faulty.cause, faulty.serves, faulty.has_twin) == ("cert-expired", ("leaf",), True)
    assert (twin.id, twin.cause, twin.serves, twin.twin_of) == (f"x{HEALTHY}", None, ("leaf", "issuing"), "x")


@pytest.mark.parametrize(
    "table",
    [
        {"colour": "red"},
        {"server": {"speed": 1}},
        {"certificates": {"leaf": {"colour": "red"}}},
        {"server": {"versions": ["TLS9"]}},
        {"server": {"suites": ["TLS_NO_SUCH"]}},
        {"server": {"speaker": "somebody"}},
        {"serves": ["nobody"]},
        {"refuses": []},
        {"healthy": {"cause": "x"}},
    ],
)
def test_what_nobody_reads_or_knows_is_refused(table):
    with pytest.raises(BadTable):
        read_case("x", FAULTY | table, "x")
