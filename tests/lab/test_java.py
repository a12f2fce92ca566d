"""The machine's own Java before every server of the lab: it says what we foretell for it."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from tlswhy.errors import BadRequest
from tlswhy.lab.asking import explain_case
from tlswhy.lab.java import find_java


@pytest.fixture(scope="module")
def java():
    if shutil.which("java") is None or shutil.which("javac") is None:
        pytest.skip("no JDK here")
    return find_java()


def test_java_gets_in_exactly_where_we_say_so(java, zoo, moment):
    said = java.connect(list(zoo.values()))
    assert said.keys() == zoo.keys()
    with ThreadPoolExecutor(16) as workers:
        found = list(workers.map(lambda each: explain_case(each, moment, java.client), zoo.values()))
    different = {
        each.case.id: (each.accepted, each.found, said[each.case.id])
        for each in found
        if each.accepted != (said[each.case.id] == "") and not (each.case.finishes and each.accepted is None)
    }
    assert different == {}


def test_what_java_says_names_the_fault(java, zoo):
    said = java.connect([zoo["leaf-expired"], zoo["other-name"], zoo["plain-http"], zoo["healthy"]])
    assert "CertificateExpiredException" in said["leaf-expired"]
    assert "No subject alternative DNS name matching localhost" in said["other-name"]
    assert "Unsupported or unrecognized SSL message" in said["plain-http"]
    assert said["healthy"] == ""


def test_the_profile_is_that_of_this_java(java):
    assert java.client.id.startswith("java/")
    assert java.client.members[0].disabled_tls.startswith("SSLv3")


def test_no_java_is_said_so():
    with pytest.raises(BadRequest) as refused:
        find_java("no-such-java")
    assert refused.value.code == "lab-java-missing"
    with pytest.raises(BadRequest) as refused:
        find_java("true")
    assert refused.value.code == "lab-java-old"
