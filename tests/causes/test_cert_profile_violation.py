"""The strict client's own cause, with its inverses: a sound chain, and a client that is not strict."""

import pytest

from tests.live.test_openssl_chains import pem
from tests.pki.faults import faults_for
from tests.pki.paper import common_name, key, sound
from tests.pki.shaping import HOST, MOMENT
from tlswhy import diagnose, read_evidence
from tlswhy.source import source_of_bytes


def causes(client, role=None, fault=None):
    papers = []
    for number, (kind, name) in enumerate((("root", "Root"), ("ca", "Int"), ("leaf", HOST))):
        above = papers[-1] if papers else None
        paper = sound(kind, common_name(name), key("rsa2048", number), MOMENT, above, HOST, number + 1)
        if kind == role:
            faults_for(role)[fault](paper, None)
        papers.append(paper)
    root, middle, leaf = (paper.der() for paper in papers)
    evidence = list(read_evidence(source_of_bytes("chain.pem", (pem(leaf) + pem(middle)).encode())))
    asked = {"clients": [client], "trust": [root], "host": HOST, "moment": MOMENT}
    (diagnosis,) = diagnose(evidence, **asked).diagnoses
    return [refusal.cause for refusal in diagnosis.verdict.refusals]


@pytest.mark.parametrize(("role", "fault"), [("leaf", "no AKI"), ("ca", "no KU"), ("root", "BC not critical")])
def test_a_strict_client_minds_what_others_pass_over(role, fault):
    assert causes("python/3.13", role, fault) == ["cert-profile-violation"]
    assert causes("python/3.11", role, fault) == []
    assert causes("python/3.13") == []
