"""The order of the builder's search, its bounds, and what it says of an anchor with another key."""

import time
from datetime import UTC, datetime

import pytest

from tests.pki.faults import faults_for
from tests.pki.paper import common_name, key, key_id, sound
from tlswhy.client.profiles import load_client
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.path_outcome import PATH_CHOICE
from tlswhy.pki.paths import judge_path

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
HOST = "gadgets.example.test"


def ca(name, number, issuer=None, *, serial=1):
    return sound("ca" if issuer else "root", common_name(name), key("p256", number), MOMENT, issuer, serial=serial)


def judged(chain, trust, client="java/17.0.9"):
    rules = load_client(client).members[0].path_rules
    certificates = (tuple(read_certificate(paper.der()) for paper in side) for side in (chain, trust))
    return judge_path(*certificates, moment=MOMENT, rules=rules, version=0x0303, authentication="ECDHE_ECDSA")


def web(count):
    """CAs that all certify each other, and a leaf of the first."""
    alone = [ca(f"ca {i}", i) for i in range(count)]
    crossed = [ca(f"ca {i}", i, alone[j], serial=100 * i + j + 2) for i in range(count) for j in range(count) if i != j]
    return alone, [sound("leaf", common_name(HOST), key("p256", 50), MOMENT, alone[0], HOST), *crossed]


def test_a_way_out_of_a_web_is_found():
    alone, chain = web(5)
    root = ca("root", 60)
    assert not judged(chain, [root]).accepted
    assert judged([*chain, ca("ca 4", 4, root, serial=7)], [root]).accepted
    assert judged(chain, [alone[3]]).accepted


def test_a_large_web_ends_soon():
    _, chain = web(14)
    began = time.process_time()
    assert not judged(chain, [ca("root", 60)]).accepted
    assert time.process_time() - began < 10


def test_an_anchor_with_another_key_is_shown_with_both_identifiers():
    trusted, signer = ca("root", 60), ca("root", 61)
    middle = ca("ca", 62, signer)
    leaf = sound("leaf", common_name(HOST), key("p256", 63), MOMENT, middle, HOST)
    (objection,) = judged([leaf, middle], [trusted]).objections
    assert objection.fault == "trust-anchor-mismatch"
    assert objection.facts["wanted_key"] == key_id(signer.key).hex(":")
    assert objection.facts["trusted_key"] == key_id(trusted.key).hex(":")


def test_anchor_constraints_count_in_the_old_builder_only():
    """ForwardBuilder before the rewrite passes over anchors whose name constraints forbid a name below; in order, or
    with a newer builder, an anchor's own constraints count for nothing."""
    root = ca("root", 60)
    faults_for("root")["NC DNS 'other.test'"](root, None)
    middle, stranger = ca("ca", 62, root), ca("stranger", 64)
    leaf = sound("leaf", common_name(HOST), key("p256", 63), MOMENT, middle, HOST)
    assert judged([leaf, middle], [root], "java/11.0.13").accepted
    assert not judged([leaf, stranger, middle], [root], "java/11.0.13").accepted
    assert not judged([leaf, stranger, middle], [root], "java/17.0.7").accepted
    assert judged([leaf, stranger, middle], [root], "java/17.0.9").accepted
    assert judged([leaf, stranger, middle], [root], "java/11.0.31").accepted


CLIENTS = ("java/17.0.9", "java/8u212", "go/1.24", "chromium/156", "openssl/3.0", "gnutls/3.7", "nss/3.87")


def knot(count):
    """A web of CAs of which one, deep in it, was issued by the root that is trusted."""
    root, chain = ca("root", 60), web(count)[1]
    return root, [*chain, ca(f"ca {count - 1}", 80, root, serial=7)]


@pytest.mark.parametrize("client", CLIENTS)
def test_where_a_search_is_cut_nothing_is_claimed(client):
    root, chain = knot(12)
    began = time.process_time()
    found = judged(chain, [root], client)
    assert time.process_time() - began < 10
    assert not found.accepted
    if client in ("java/17.0.9", "java/8u212", "chromium/156"):
        assert (found.accepted, found.undecided) == (None, PATH_CHOICE)
    else:  # Go gives up after a hundred signatures; the others go one way only
        assert found.accepted is False


@pytest.mark.parametrize("client", CLIENTS)
def test_where_no_name_leads_to_an_anchor_a_cut_search_decides(client):
    _, chain = knot(12)
    began = time.process_time()
    assert judged(chain, [ca("stranger", 61)], client).accepted is False
    assert time.process_time() - began < 10


def test_a_faulty_leaf_is_refused_on_every_way():
    root, chain = knot(12)
    faults_for("leaf")["expired"](chain[0], None)
    found = judged(chain, [root], "java/17.0.9")
    assert [objection.fault for objection in found.objections] == ["cert-expired"]
    assert found.accepted is False


def test_go_passes_over_what_is_wrong_and_so_gets_further():
    """Fifty twins of an intermediate that the wrong key made, each a dead end after one look."""
    root = ca("root", 60)
    middle = ca("ca", 62, root)
    leaf = sound("leaf", common_name(HOST), key("p256", 63), MOMENT, middle, HOST)
    wrong = [ca("ca", 70 + number % 3, ca("root", 61), serial=100 + number) for number in range(50)]
    assert judged([leaf, *wrong, middle], [root], "go/1.24").accepted
