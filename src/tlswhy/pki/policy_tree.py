"""Certificate policies along one path: sun.security.provider.certpath.PolicyChecker (the same in 8u, 11, 17, 21, 25).

Owns the policy steps of RFC 5280 §6.1 with the parameters that a TLS client leaves as they are: any policy will do,
none is demanded at the start, qualifiers in a critical extension are rejected (java.security.cert.PKIXParameters).
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.pki.certificate import Certificate
from tlswhy.pki.extensions import CERTIFICATE_POLICIES, PolicyConstraints

ANY_POLICY = "2.5.29.32.0"


class PolicyTree:
    """The valid_policy_tree on the way down from the anchor.

    All that is asked of the tree is whether it is empty. That hangs on its lowest level alone, where nodes of one
    policy behave alike; so the policies which that level expects next, as one set, stand for the tree.
    """

    def __init__(self, length: int) -> None:
        self._expected: set[str] = {ANY_POLICY}
        self._until_explicit = self._until_unmapped = self._until_no_any = length + 1

    def objections(self, certificate: Certificate, last: bool) -> Iterator[str]:
        """Go down to the next certificate; the reasons to refuse it, as codes (PolicyChecker.processPolicies)."""
        stated = certificate.extensions.certificate_policies
        if self._expected and stated is not None:
            critical = CERTIFICATE_POLICIES in certificate.critical_extensions
            if critical and certificate.extensions.qualified_policies - {ANY_POLICY}:
                yield "policy-qualifiers"
            any_counts = self._until_no_any > 0 or (certificate.self_issued and not last)
            level = {policy: {policy} for policy in self._valid(stated, any_counts)}
            if level and not last:
                if any(ANY_POLICY in mapping for mapping in certificate.extensions.policy_mappings):
                    yield "any-policy-mapped"
                self._map(level, certificate.extensions.policy_mappings)
            self._expected = set().union(*level.values())
        else:
            self._expected = set()
        constraints = certificate.extensions.policy_constraints or PolicyConstraints(None, None)
        if last:
            explicit = 0 if constraints.require_explicit == 0 else _one_down(self._until_explicit, certificate)
        else:
            explicit = self._until_explicit
        if explicit == 0 and not self._expected:
            yield "policy-required"
        self._count(certificate, constraints)

    def _valid(self, stated: tuple[str, ...], any_counts: bool) -> set[str]:
        """RFC 5280 §6.1.3 (d): the policies of the nodes on the certificate's own level."""
        open_to_all = ANY_POLICY in self._expected
        valid = {policy for policy in stated if policy != ANY_POLICY and (open_to_all or policy in self._expected)}
        return valid | self._expected if ANY_POLICY in stated and any_counts else valid

    def _map(self, level: dict[str, set[str]], mappings: tuple[tuple[str, str], ...]) -> None:
        """RFC 5280 §6.1.4 (b), one mapping after the other (PolicyChecker.processPolicyMappings)."""
        allowed = self._until_unmapped > 0
        mapped: set[str] = set()
        for issuers, subjects in mappings:
            if not allowed:
                level.pop(issuers, None)
            elif issuers in mapped:
                level[issuers].add(subjects)
            elif issuers in level or ANY_POLICY in level:
                level[issuers] = {subjects}
                mapped.add(issuers)

    def _count(self, certificate: Certificate, constraints: PolicyConstraints) -> None:
        """RFC 5280 §6.1.4 (h), (i), (j)."""
        self._until_explicit = _sooner(_one_down(self._until_explicit, certificate), constraints.require_explicit)
        self._until_unmapped = _sooner(_one_down(self._until_unmapped, certificate), constraints.inhibit_mapping)
        self._until_no_any = _sooner(
            _one_down(self._until_no_any, certificate), certificate.extensions.inhibit_any_policy
        )


def _one_down(counter: int, certificate: Certificate) -> int:
    return counter - 1 if counter > 0 and not certificate.self_issued else counter


def _sooner(counter: int, limit: int | None) -> int:
    return counter if limit is None or limit == -1 else min(counter, limit)  # PolicyConstraintsExtension: -1 is absent
