"""Certificates still to be issued: what changes in them, who is to sign them, and that paths take them for real."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.oracle import recorded
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.extensions import (
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    POLICY_CONSTRAINTS,
    POLICY_MAPPINGS,
    SERVER_AUTH,
    PolicyConstraints,
)
from tlswhy.pki.reissue import Reissue, reissued, stand_in, stand_in_key, stand_in_leaf, unseen_issuer
from tlswhy.pki.signatures import is_signed_by
from tlswhy.pki.stores import read_certificates

MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
LIFETIME = (MOMENT - timedelta(days=1), MOMENT + timedelta(days=400))


def chain_of(case: str) -> list[Certificate]:
    return [entry.certificate for entry in read_certificates(recorded.chain(recorded.row("j8u212", case)))]


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_a_stand_in_key_is_the_same_for_the_same_seed_alone(kind):
    key = stand_in_key(kind, "CN=one")
    assert key == stand_in_key(kind, "CN=one")
    assert key.spki != stand_in_key(kind, "CN=other").spki
    assert (key.algorithm, key.bits) == (kind, 2048 if kind == "RSA" else 256)


def test_other_signature_same_key_other_bytes():
    leaf, issuer = chain_of("pss-sha384-leaf")[:2]
    again = reissued(leaf, Reissue(signature="RSA"), issuer)
    assert (leaf.signature.name, again.signature.name) == ("RSASSA-PSS", "SHA256withRSA")
    assert again.public_key == leaf.public_key
    assert again != leaf
    assert len(again.der) == len(leaf.der)
    assert is_signed_by(again, issuer.public_key).valid
    assert is_signed_by(again, leaf.public_key).invalid
    assert reissued(leaf, Reissue(signature="RSA"), issuer) == again


def test_a_new_key_brings_a_new_identifier_and_its_children_name_it():
    leaf, issuer = chain_of("base-tls12")[:2]
    anew = reissued(issuer, Reissue(key="EC"), stand_in(issuer.issuer, None, LIFETIME))
    assert anew.public_key.curve == "secp256r1"
    child = reissued(leaf, Reissue(), anew)
    assert child.signature.name == "SHA256withECDSA"
    assert child.to_be_signed_by == anew.public_key
    if leaf.authority_key_id is not None and anew.subject_key_id is not None:
        assert child.authority_key_id.key_id == anew.subject_key_id


def test_a_name_is_added_and_a_common_name_that_was_one_is_kept():
    (leaf, *_) = chain_of("base-tls12")
    again = reissued(leaf, Reissue(add_name="other.example"), None)
    assert "other.example" in again.names.dns
    assert set(leaf.names.dns) <= set(again.names.dns)
    assert reissued(leaf, Reissue(add_name="192.0.2.1"), None).names.ip_text[-1] == "192.0.2.1"


def test_uses_constraints_and_extensions():
    leaf, issuer = chain_of("base-tls12")[:2]
    server = reissued(leaf, Reissue(authority=False), issuer)
    assert server.extended_key_usage == (SERVER_AUTH,)
    assert {"digitalSignature", "keyEncipherment"} == server.key_usage
    ca = reissued(leaf, Reissue(authority=True, validity=LIFETIME), issuer)
    assert ca.basic_constraints.ca
    assert (ca.not_before, ca.not_after) == LIFETIME
    bare = reissued(leaf, Reissue(without=leaf.extensions.all), issuer)
    assert bare.extensions.all == ()
    assert bare.names is None


def test_wishes_add_up():
    both = Reissue(signature="RSA", without=("1.2",)).merged(Reissue(key="EC", without=("1.2", "1.3")))
    assert both == Reissue(signature="RSA", key="EC", without=("1.2", "1.3"))


def test_a_server_nobody_has_seen():
    leaf, root = stand_in_leaf("gadgets.example", LIFETIME)
    assert leaf.names.dns == ("gadgets.example",)
    assert is_signed_by(leaf, root.public_key).valid
    assert root.self_issued
    assert is_signed_by(root, root.public_key).valid


def test_no_key_makes_the_signature_of_another_kind():
    (leaf, *_) = chain_of("base-tls12")
    ec = stand_in(leaf.issuer, None, LIFETIME, "EC")
    assert reissued(leaf, Reissue(signature="RSA"), ec).signature.name == "SHA256withECDSA"


@pytest.mark.parametrize("kind", ["RSA", "EC", "Ed25519", "Ed448"])
def test_a_stand_in_signs_itself_with_a_key_of_its_kind(kind):
    root = stand_in(chain_of("base-tls12")[0].issuer, None, LIFETIME, kind)
    assert (root.public_key.algorithm, root.signature.key) == (kind, kind)
    assert is_signed_by(root, root.public_key).valid


def test_an_issuer_that_nobody_saw_is_the_one_that_the_certificate_names():
    leaf, issuer = chain_of("base-tls12")[:2]
    vouched, unseen = unseen_issuer(leaf, None, LIFETIME)
    assert (vouched.der, vouched.extensions) == (leaf.der, leaf.extensions)  # it is the very certificate that was sent
    assert vouched != leaf
    assert is_signed_by(vouched, unseen.public_key).valid
    assert is_signed_by(vouched, issuer.public_key).invalid
    assert (unseen.subject, unseen.subject_key_id) == (leaf.issuer, leaf.authority_key_id.key_id)


def test_by_the_book():
    leaf, issuer = chain_of("base-tls12")[:2]
    bare = replace(
        issuer,
        extensions=replace(issuer.extensions, key_usage=None, critical=(), authority_key_id=None, subject_key_id=None),
    )
    root = stand_in(issuer.issuer, None, LIFETIME)
    ca = reissued(bare, Reissue(profile=True), root)
    assert {"keyCertSign"} <= ca.key_usage
    assert {BASIC_CONSTRAINTS, KEY_USAGE} <= set(ca.critical_extensions)
    assert (ca.authority_key_id.key_id, ca.subject_key_id) == (root.subject_key_id, ca.subject_key_id)
    assert ca.subject_key_id is not None
    signs = replace(leaf, extensions=replace(leaf.extensions, key_usage=frozenset({"keyCertSign", "digitalSignature"})))
    again = reissued(signs, Reissue(profile=True), ca)
    assert again.key_usage == {"digitalSignature"}
    assert again.basic_constraints is None
    assert again.authority_key_id.key_id == ca.subject_key_id


def test_policies_go_with_their_extension():
    (leaf, *_) = chain_of("base-tls12")
    limited = replace(leaf.extensions, policy_constraints=PolicyConstraints(0, None), policy_mappings=(("1.2", "1.3"),))
    again = reissued(replace(leaf, extensions=limited), Reissue(without=(POLICY_CONSTRAINTS, POLICY_MAPPINGS)), None)
    assert (again.extensions.policy_constraints, again.extensions.policy_mappings) == (None, ())
