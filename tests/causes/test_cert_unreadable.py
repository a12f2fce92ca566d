"""A chain with a certificate that Java can't read, wherever it stands, and the same chain without it."""

from tests.pki.paper import common_name, key, sound
from tests.pki.shaping import HOST, MOMENT, odd
from tlswhy.client.profiles import load_client
from tlswhy.pki.certificate import read_certificate, unreadable_certificate
from tlswhy.pki.paths import judge_path

ROOT = sound("root", common_name("Root"), key("p256", 7), MOMENT)
LEAF = sound("leaf", common_name(HOST), key("p256", 8), MOMENT, ROOT, HOST)


def judged(*extra, client="java/17.0.9"):
    return judge_path(
        (read_certificate(LEAF.der()), *extra),
        (read_certificate(ROOT.der()),),
        moment=MOMENT,
        rules=load_client(client).members[0].path_rules,
        version=0x0303,
        authentication="ECDHE_ECDSA",
    )


def test_accepted_without_it():
    assert judged().accepted


def test_refused_for_a_certificate_that_no_path_needs():
    outcome = judged(read_certificate(odd("ca", "BC twice").der()))
    assert not outcome.accepted
    (objection,) = outcome.objections
    assert (objection.fault, objection.certificate) == ("cert-unreadable", 1)
    assert objection.facts == {"reason": "extension-twice", "oid": "2.5.29.19"}


def test_what_is_no_certificate_at_all_is_refused_by_every_client():
    for client in ("java/8u212", "java/25", "python/3.11", "go/1.24", "gnutls/3.7", "nss/3.87"):
        outcome = judged(unreadable_certificate(b"nothing"), client=client)
        assert [o.fault for o in outcome.objections] == ["cert-unreadable"], client
