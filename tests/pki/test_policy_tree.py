"""The policy steps one by one; tests/live holds them against the JDK on random chains and on NIST's."""

import pytest
from cryptography import x509

from tests.pki.minting import mint, name, read, tlv
from tlswhy.pki.policy_tree import PolicyTree

ANY, ONE, TWO, THREE = (x509.ObjectIdentifier(text) for text in ("2.5.29.32.0", "1.2.3.1", "1.2.3.2", "1.2.3.3"))
REQUIRED = (x509.PolicyConstraints(0, None), True)


def policies(*stated, qualifier=None, critical=False):
    return x509.CertificatePolicies([x509.PolicyInformation(policy, qualifier) for policy in stated]), critical


def mappings(*pairs):
    encoded = {ANY: "551d2000", ONE: "2a0301", TWO: "2a0302", THREE: "2a0303"}
    entries = [tlv(0x30, *(tlv(0x06, bytes.fromhex(encoded[policy])) for policy in pair)) for pair in pairs]
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), tlv(0x30, *entries)), False


def ca(*extensions, self_issued=False):
    return read(mint(name("ca"), issuer=name("ca" if self_issued else "above"), extensions=extensions))


def walk(*downwards):
    """The reasons at each certificate from the topmost down to the leaf."""
    tree = PolicyTree(len(downwards))
    return [tuple(tree.objections(c, number == len(downwards))) for number, c in enumerate(downwards, 1)]


def ends(*downwards):
    *above, leaf = walk(*downwards)
    assert not any(above)
    return leaf


def test_nobody_asks_for_policies_by_default():
    assert ends(ca(), ca(policies(ONE)), ca()) == ()
    assert ends(ca(policies(ONE)), ca(policies(TWO))) == ()


@pytest.mark.parametrize(
    ("above", "leaf", "found"),
    [
        ([ONE], [ONE], ()),
        ([ONE, TWO], [TWO], ()),
        ([ONE], [TWO], ("policy-required",)),
        ([ANY], [TWO], ()),
        ([ONE], [ANY], ()),
    ],
)
def test_a_required_policy_must_hold_all_the_way(above, leaf, found):
    assert ends(ca(REQUIRED, policies(*above)), ca(policies(*leaf))) == found


def test_a_policy_lost_on_the_way_is_lost():
    assert ends(ca(policies(ONE)), ca(), ca(REQUIRED, policies(ONE)), ca(policies(ONE)))[-1:] == ("policy-required",)


def test_a_policy_may_be_required_only_further_down():
    later = (x509.PolicyConstraints(2, None), True)
    assert ends(ca(later), ca(), ca()) == ("policy-required",)
    assert ends(ca(later), ca()) == ()
    assert ends(ca(later), ca(self_issued=True), ca()) == ()


def test_the_leaf_itself_may_require_one():
    assert ends(ca(), ca(REQUIRED)) == ("policy-required",)


def test_mapped_policies_stand_for_each_other():
    mapped = ca(REQUIRED, policies(ONE), mappings((ONE, TWO), (ONE, THREE)))
    assert ends(mapped, ca(policies(TWO))) == ends(mapped, ca(policies(THREE))) == ()
    assert ends(mapped, ca(policies(ONE))) == ("policy-required",)


def test_inhibited_mapping_ends_the_policy():
    top = ca((x509.PolicyConstraints(0, 0), True), policies(ONE))
    mapped = ca(policies(ONE), mappings((ONE, TWO)))
    assert walk(top, mapped, ca(policies(TWO))) == [(), ("policy-required",), ("policy-required",)]


def test_any_policy_may_not_be_mapped():
    assert walk(ca(policies(ANY), mappings((ANY, ONE))), ca()) == [("any-policy-mapped",), ()]
    assert walk(ca(policies(ONE), mappings((ONE, ANY))), ca()) == [("any-policy-mapped",), ()]
    assert walk(ca(mappings((ONE, ANY))), ca()) == [(), ()]  # without a policy nobody looks at the mappings


def test_inhibited_any_policy_counts_for_self_issued_cas_alone():
    top = ca(REQUIRED, policies(ONE), (x509.InhibitAnyPolicy(0), True))
    assert ends(top, ca(policies(ANY))) == ("policy-required",)
    assert ends(top, ca(policies(ANY), self_issued=True), ca(policies(ONE))) == ()


def test_qualifiers_in_a_critical_extension_are_refused():
    qualified = ["https://policy.test/"]
    assert ends(ca(policies(ONE, qualifier=qualified, critical=True))) == ("policy-qualifiers",)
    assert ends(ca(policies(ONE, qualifier=qualified))) == ()
    assert ends(ca(policies(ANY, qualifier=qualified, critical=True))) == ()
    assert ends(ca(), ca(policies(ONE, qualifier=qualified, critical=True))) == ()  # the tree is gone already
