"""RFC 5280 to the letter, as Python 3.13 wants it; tests/live/test_openssl_chains has ``openssl verify`` judge it."""

import pytest

from tests.pki.faults import faults_for
from tests.pki.paper import common_name, key, sound
from tests.pki.shaping import HOST, MOMENT
from tlswhy.client.profiles import load_client
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.paths import judge_path


def objections(client, role, fault=None):
    papers = []
    for number, (kind, name) in enumerate((("root", "Root"), ("ca", "Int"), ("leaf", HOST))):
        above = papers[-1] if papers else None
        paper = sound(kind, common_name(name), key("rsa2048", number), MOMENT, above, HOST, number + 1)
        if kind == role and fault is not None:
            faults_for(role)[fault](paper, None)
        papers.append(paper)
    root, middle, leaf = (read_certificate(paper.der()) for paper in papers)
    rules = load_client(client).members[0].path_rules
    made = {"moment": MOMENT, "rules": rules, "version": 0x0304, "authentication": "UNKNOWN"}
    return [(o.facts["reason"], o.certificate) for o in judge_path((leaf, middle), (root,), **made).objections]


def test_a_sound_chain_is_accepted():
    assert objections("python/3.13", "leaf") == []


@pytest.mark.parametrize(
    ("role", "fault", "reason", "place"),
    [
        ("leaf", "no AKI", "identifier-missing", 0),
        ("ca", "no AKI", "identifier-missing", 1),
        ("ca", "no SKI", "identifier-missing", 1),
        ("root", "no SKI", "identifier-missing", None),
        ("ca", "no KU", "ca-without-key-usage", 1),
        ("root", "no KU", "ca-without-key-usage", None),
        ("root", "BC not critical", "constraints-not-critical", None),
        ("leaf", "SAN empty", "extension-broken", 0),
        ("leaf", "subject empty", "subject-empty", 0),
        ("root", "v1", "not-a-ca", None),
    ],
)
def test_what_python_3_13_minds_and_3_11_did_not(role, fault, reason, place):
    assert (reason, place) in objections("python/3.13", role, fault)
    assert objections("python/3.11", role, fault) == []


@pytest.mark.parametrize(
    ("role", "fault"), [("root", "no AKI"), ("leaf", "no SKI"), ("leaf", "no BC"), ("leaf", "no KU")]
)
def test_what_even_python_3_13_lets_pass(role, fault):
    assert objections("python/3.13", role, fault) == []
