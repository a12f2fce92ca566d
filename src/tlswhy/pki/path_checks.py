"""The checks along one path, in the order of sun.security.provider.certpath (8u, 11, 17, 21, 25).

Owns what PKIXMasterCertPathValidator runs on each certificate from the anchor down, the look at the anchor itself and
sun.security.validator.EndEntityChecker. Which path that is, is for ``paths``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tlswhy.frozen import frozen
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.java_extensions import Era
from tlswhy.pki.keys import ECDSA_SPECIFIED, PublicKey, inherit_parameters, lacks_parameters
from tlswhy.pki.name_constraints import NameLimits
from tlswhy.pki.path_outcome import PathObjection
from tlswhy.pki.path_policy import AlgorithmPolicy, Concern, PolicyObjection, Use
from tlswhy.pki.path_rules import AlgorithmCheck, PathRules
from tlswhy.pki.policy_tree import PolicyTree
from tlswhy.pki.signatures import is_signed_by


@frozen
class Context:
    """One judgement: the chain as sent and everything the checks ask about."""

    chain: tuple[Certificate, ...]
    moment: datetime
    rules: PathRules
    version: int
    authentication: str


@frozen
class _Signer:
    """Who signed the certificate at hand: a sent certificate, an anchor, or (key None) nobody known."""

    key: PublicKey | None
    certificate: int | None
    anchor: int | None


def check_path(
    context: Context,
    indices: tuple[int, ...],
    anchor: Certificate | None,
    anchor_index: int | None,
    *,
    names_checked: bool = True,
) -> Iterator[PathObjection]:
    """Every objection on the path, in the client's order; it stops at the first, this goes on.

    ``indices`` go up from the leaf; without an anchor the topmost signature stays unchecked. ``names_checked`` False:
    the builder has looked at name constraints in a way of its own.
    """
    signer = _Signer(anchor.public_key if anchor else None, None, anchor_index)
    constraints = _Constraints(len(indices), context.rules, names_checked)
    policies = PolicyTree(len(indices))
    for number, index in enumerate(reversed(indices), 1):
        certificate = context.chain[index]
        last = number == len(indices)
        yield from _check_algorithms(context, certificate, index, signer, anchor, number == 1)
        if not last:
            yield from _check_ca_key_usage(certificate, index)
        yield from constraints.check(certificate, index, number)
        yield from _check_policies(policies, certificate, index, last)
        yield from check_validity(context, certificate, index)
        if signer.key is not None:
            yield from check_signature(context, certificate, index, signer.key, signer.certificate, signer.anchor)
        yield from _check_listed(context, certificate, index, signer)
        yield from _check_critical(certificate, index)
        key = certificate.public_key
        signer = _Signer(inherit_parameters(key, signer.key) if signer.key is not None else key, index, None)


def unreadable(certificate: Certificate, rules: PathRules) -> PathObjection | None:
    """Why the runtime's CertificateFactory can't make anything of this certificate: nothing, as a rule.

    sun.security.x509.X509Key hands the key to its factory; what that refuses, refuses the whole certificate.
    """
    key = certificate.public_key
    if not rules.reads_curve(key):
        return PathObjection("cert-curve-unsupported", None, None, {"curve": key.curve}, "x509.X509Key.parse")
    if key.family == "RSA" and key.bits is not None and (key.bits + 7) & ~7 < rules.least_rsa:
        facts = {"algorithm": key.algorithm, "bits": key.bits}
        return PathObjection("cert-key-too-small", None, None, facts, "rsa.RSAKeyFactory.checkKeyLengths")
    reading = rules.read(certificate)
    if reading.fault is None:
        return None
    if reading.fault in ("curve-unknown", "curve-explicit"):
        return PathObjection("cert-curve-unsupported", None, None, {"curve": key.curve}, "util.ECParameters")
    blame = {"oid": reading.oid} if reading.oid else {}
    return PathObjection("cert-unreadable", None, None, {"reason": reading.fault, **blame}, "x509.X509CertImpl.parse")


def objection_to_anchor(anchor: Certificate, index: int, rules: PathRules) -> PathObjection | None:
    """PKIXValidator.verifyTrustAnchor: a v3 anchor must be a CA and may sign certificates."""
    if not rules.anchor_must_be_ca or anchor.version < 3:
        return None
    rule = "validator.PKIXValidator.verifyTrustAnchor"
    if anchor.basic_constraints is None or not anchor.basic_constraints.ca:
        return PathObjection("ca-constraint-violation", None, index, {"reason": "anchor-not-a-ca"}, rule)
    if anchor.key_usage is not None and "keyCertSign" not in anchor.key_usage:
        return PathObjection("ca-constraint-violation", None, index, {"reason": "anchor-may-not-sign"}, rule)
    return None


def objection_to_leaf_alone(context: Context, indices: tuple[int, ...]) -> Iterator[PathObjection]:
    """What no choice of anchors heals, unless the leaf itself is trusted: the leaf's own faults and, where a sent
    certificate really signed it, that key's."""
    leaf = context.chain[0]
    signer = _Signer(None, None, None)
    if len(indices) > 1 and is_signed_by(leaf, context.chain[indices[1]].public_key).valid:
        signer = _Signer(context.chain[indices[1]].public_key, indices[1], None)
    found = [*_check_algorithms(context, leaf, 0, signer, None, False)]
    found += check_validity(context, leaf, 0)
    if signer.key is not None:
        found += check_signature(context, leaf, 0, signer.key, signer.certificate, None)
    elif not context.rules.implements(leaf.signature):
        found.append(_unimplemented(leaf, 0))
    found += _check_listed(context, leaf, 0, signer)
    found += _check_critical(leaf, 0)
    found += check_end_entity(context)
    for o in found:
        yield PathObjection(o.fault, o.certificate, o.anchor, {**o.facts, "unless": "leaf-trusted"}, o.rule)


# AlgorithmChecker


def _check_algorithms(
    context: Context,
    certificate: Certificate,
    index: int,
    signer: _Signer,
    anchor: Certificate | None,
    first: bool,
) -> Iterator[PathObjection]:
    """The checker that always runs, with jdk.certpath.disabledAlgorithms."""
    rules, policy = context.rules, context.rules.certpath
    use = Use(context.moment, rules.ships(anchor))
    rule = "certpath.AlgorithmChecker"
    if rules.algorithm_check is AlgorithmCheck.ANCHOR_FIRST and first and signer.key is not None:
        yield from _refused(policy.objection_to_key(_known(signer.key, rules)), rule, None, signer.anchor, signer.key)
    yield from _refused(policy.objection_to_signature(certificate.signature), rule, index, None, certificate)
    if rules.algorithm_check is not AlgorithmCheck.ANCHOR_FIRST:
        yield from _check_any_usage(certificate, index)
    key = _known(certificate.public_key, rules)
    if rules.algorithm_check is AlgorithmCheck.CLASSIC:
        yield from _refused(policy.objection_to_key(key), rule, index, None, key)
    else:
        yield from _refused(policy.objection_to_use(certificate.signature, key, use), rule, index, None, certificate)
    if rules.algorithm_check is not AlgorithmCheck.ANCHOR_FIRST:
        yield from _check_signer(policy, signer, rules, rule)
    yield from _check_parameters(certificate, index, signer)


def _check_any_usage(certificate: Certificate, index: int) -> Iterator[PathObjection]:
    """AlgorithmChecker.check: a keyUsage that allows nothing (from 21 on only the trust manager's checker minds)."""
    if certificate.key_usage is not None and not certificate.key_usage - {"encipherOnly", "decipherOnly"}:
        facts = {"reason": "key-usage-empty", "has": tuple(sorted(certificate.key_usage))}
        yield PathObjection("cert-usage-not-allowed", index, None, facts, "certpath.AlgorithmChecker.check")


def _check_parameters(certificate: Certificate, index: int, signer: _Signer) -> Iterator[PathObjection]:
    """DSA keys without parameters have their issuer's; AlgorithmChecker and BasicChecker refuse where it has none."""
    facts = {"algorithm": "DSA", "reason": "key-parameters-missing"}
    if signer.key is None:
        return
    if signer.certificate is None and lacks_parameters(signer.key):
        facts["reason"] = "anchor-key-parameters-missing"
        yield PathObjection("cert-key-disabled", None, signer.anchor, facts, "certpath.BasicChecker.init")
    elif lacks_parameters(inherit_parameters(certificate.public_key, signer.key)):
        yield PathObjection("cert-key-disabled", index, None, facts, "certpath.AlgorithmChecker")


def _check_listed(context: Context, certificate: Certificate, index: int, signer: _Signer) -> Iterator[PathObjection]:
    """The checker that the trust manager adds: SSLAlgorithmConstraints, after everything else (it is a user's)."""
    rules = context.rules
    if not rules.lists(certificate.signature, context.version):
        facts = {"algorithm": certificate.signature.name, "reason": "not-in-signature-algorithms"}
        rule = "ssl.SSLAlgorithmConstraints.SupportedSignatureAlgorithmConstraints"
        yield PathObjection("cert-signature-disabled", index, None, facts, rule)
    rule = "ssl.SSLAlgorithmConstraints"
    if rules.algorithm_check is AlgorithmCheck.ANCHOR_FIRST:
        yield from _check_any_usage(certificate, index)
    yield from _refused(rules.tls.objection_to_signature(certificate.signature), rule, index, None, certificate)
    key = _known(certificate.public_key, rules)
    yield from _refused(rules.tls.objection_to_key(key), rule, index, None, key)
    # PKIXCertPathValidator tells this checker no anchor, so the topmost certificate has no issuer for it
    if signer.certificate is not None:
        yield from _check_signer(rules.tls, signer, rules, rule)


def _check_signer(policy: AlgorithmPolicy, signer: _Signer, rules: PathRules, rule: str) -> Iterator[PathObjection]:
    """permits(SIGNATURE, algorithm, issuer's key): the fault stands where the key is."""
    if signer.key is not None:
        key = _known(signer.key, rules)
        yield from _refused(policy.objection_to_key(key), rule, signer.certificate, signer.anchor, key)


_FAULTS = {
    Concern.SIGNATURE: "cert-signature-disabled",
    Concern.KEY_SIZE: "cert-key-too-small",
    Concern.KEY: "cert-key-disabled",
}


def _refused(
    objection: PolicyObjection | None,
    rule: str,
    certificate: int | None,
    anchor: int | None,
    what: Certificate | PublicKey,
) -> Iterator[PathObjection]:
    if objection is None:
        return
    facts: dict[str, object] = {"entry": objection.entry}
    key = what.public_key if isinstance(what, Certificate) else what
    if isinstance(what, Certificate) and objection.concern is Concern.SIGNATURE:
        facts["algorithm"] = what.signature.name
    else:
        facts |= {"algorithm": key.algorithm, "bits": key.bits}
        if key.curve is not None:
            facts["curve"] = key.curve
    yield PathObjection(_FAULTS[objection.concern], certificate, anchor, facts, rule)


def _known(key: PublicKey, rules: PathRules) -> PublicKey:
    """The key as this runtime sees it: without an EC key factory, bits and curve are hidden in a lump."""
    if key.algorithm == "EC" and not rules.knows_ec:
        return PublicKey("EC", key.spki)
    return key


# KeyChecker, ConstraintsChecker, PolicyChecker


def _check_ca_key_usage(certificate: Certificate, index: int) -> Iterator[PathObjection]:
    usage = certificate.key_usage
    if usage is not None and "keyCertSign" not in usage:
        facts = {"reason": "may-not-sign"}
        yield PathObjection("ca-constraint-violation", index, None, facts, "certpath.KeyChecker.verifyCAKeyUsage")


def name_limits(rules: PathRules) -> NameLimits:
    """Name constraints as this client compares them."""
    constrained, dots = rules.common_name_constrained, rules.leading_dot_constraints
    return NameLimits(constrained, dots, wildcards=rules.wildcards_excluded, empty_covers=False)


class _Constraints:
    """ConstraintsChecker: basic constraints first, then the names of all certificates above."""

    def __init__(self, length: int, rules: PathRules, names_checked: bool) -> None:
        self._length = length
        self._room = length
        self._limits = name_limits(rules)
        self._names_checked = names_checked

    def check(self, certificate: Certificate, index: int, number: int) -> Iterator[PathObjection]:
        if number < self._length:
            yield from self._check_basic(certificate, index, number)
        counts = self._names_checked and (number == self._length or not certificate.self_issued)
        if counts and (violation := self._limits.violation(certificate)) is not None:
            rule = "certpath.ConstraintsChecker.verifyNameConstraints"
            yield PathObjection("name-constraints-violation", index, None, dict(violation), rule)
        self._limits.add(certificate)

    def _check_basic(self, certificate: Certificate, index: int, number: int) -> Iterator[PathObjection]:
        rule = "certpath.ConstraintsChecker.checkBasicConstraints"
        path_length = _path_length(certificate)
        if certificate.version < 3:
            path_length = _NO_LIMIT if number == 1 and certificate.self_issued else None
        if path_length is None:
            facts = {"reason": "not-a-ca", "version": certificate.version}
            yield PathObjection("ca-constraint-violation", index, None, facts, rule)
            path_length = _NO_LIMIT
        if not certificate.self_issued:
            if self._room <= 0:
                yield PathObjection("ca-constraint-violation", index, None, {"reason": "path-too-long"}, rule)
            self._room -= 1
        self._room = min(self._room, path_length)


_NO_LIMIT = 1 << 31


def _path_length(certificate: Certificate) -> int | None:
    """X509Certificate.getBasicConstraints: None for no CA."""
    constraints = certificate.basic_constraints
    if constraints is None or not constraints.ca:
        return None
    return _NO_LIMIT if constraints.path_length is None else constraints.path_length


def _check_policies(policies: PolicyTree, certificate: Certificate, index: int, last: bool) -> Iterator[PathObjection]:
    for reason in policies.objections(certificate, last):
        facts: dict[str, object] = {"reason": reason}
        fault = "ca-constraint-violation"
        if reason == "policy-qualifiers":
            fault, facts["oids"] = "cert-critical-extension-unknown", (oid.CERTIFICATE_POLICIES,)
        yield PathObjection(fault, index, None, facts, "certpath.PolicyChecker")


# BasicChecker


def check_validity(context: Context, certificate: Certificate, index: int | None) -> Iterator[PathObjection]:
    """CertificateValidity.valid(Date): not before first, both ends count as valid."""
    if certificate.not_before <= context.moment <= certificate.not_after:
        return
    facts = {"not_before": certificate.not_before.isoformat(), "not_after": certificate.not_after.isoformat()}
    if context.moment < certificate.not_before:
        yield PathObjection("cert-not-yet-valid", index, None, facts, "x509.CertificateValidity")
    elif context.moment > certificate.not_after:
        yield PathObjection("cert-expired", index, None, facts, "x509.CertificateValidity")


def check_signature(
    context: Context,
    certificate: Certificate,
    index: int,
    key: PublicKey,
    key_certificate: int | None,
    key_anchor: int | None,
) -> Iterator[PathObjection]:
    """BasicChecker.verifySignature: X509CertImpl.verify, whose first step is to find an implementation."""
    rules = context.rules
    if not rules.implements(certificate.signature):
        yield _unimplemented(certificate, index)
        return
    if certificate.signature.key == "EC" and not rules.verifies_on_curve(key):
        facts = {"curve": key.curve, "signed": index}
        yield PathObjection("cert-curve-unsupported", key_certificate, key_anchor, facts, "ec.ECDSASignature")
        return
    if rules.sets_signature_parameters and (odd := _odd_parameters(certificate, rules.era)):
        facts = {"reason": odd, "algorithm": certificate.signature.name}
        yield PathObjection("cert-signature-invalid", index, None, facts, "util.SignatureUtil.getParamSpec")
        return
    check = is_signed_by(certificate, key)
    if check.invalid:
        facts = {"reason": check.reason, "algorithm": certificate.signature.name}
        yield PathObjection("cert-signature-invalid", index, None, facts, "certpath.BasicChecker.verifySignature")


def _odd_parameters(certificate: Certificate, era: Era) -> str | None:
    """RSASSA-PSS wants its parameters stated, the other RSA signatures none (NULL counts as none)."""
    signature = certificate.signature
    if signature.oid == ECDSA_SPECIFIED and era is Era.LENIENT:
        return "parameters-unexpected"
    if certificate.to_be_signed_by is not None:
        return None
    if signature.key != "RSA" or (signature.pss is not None) is signature.stated:
        return None
    return "parameters-missing" if signature.pss is not None else "parameters-unexpected"


def _unimplemented(certificate: Certificate, index: int) -> PathObjection:
    signature = certificate.signature
    facts: dict[str, object] = {"algorithm": signature.name, "oid": signature.oid}
    if signature.pss is not None:
        facts["digest"] = signature.pss.hash
    return PathObjection("cert-signature-unsupported", index, None, facts, "java.security.Signature.getInstance")


# PKIXMasterCertPathValidator: what no checker took off the set of critical extensions

_RESOLVED = {
    oid.KEY_USAGE,
    oid.EXTENDED_KEY_USAGE,
    oid.SUBJECT_ALTERNATIVE_NAME,
    oid.BASIC_CONSTRAINTS,
    oid.NAME_CONSTRAINTS,
    oid.CERTIFICATE_POLICIES,
    oid.POLICY_MAPPINGS,
    oid.POLICY_CONSTRAINTS,
    oid.INHIBIT_ANY_POLICY,
}


def _check_critical(certificate: Certificate, index: int) -> Iterator[PathObjection]:
    unknown = tuple(extension for extension in certificate.critical_extensions if extension not in _RESOLVED)
    if unknown:
        facts = {"oids": unknown}
        rule = "certpath.PKIXMasterCertPathValidator"
        yield PathObjection("cert-critical-extension-unknown", index, None, facts, rule)


# EndEntityChecker

_SIGNS = {"DHE_DSS", "DHE_RSA", "ECDHE_ECDSA", "ECDHE_RSA", "RSA_EXPORT", "UNKNOWN"}
_NEEDED = (
    {"RSA": "keyEncipherment"}
    | dict.fromkeys(_SIGNS, "digitalSignature")
    | dict.fromkeys(("DH_DSS", "DH_RSA", "ECDH_ECDSA", "ECDH_RSA"), "keyAgreement")
)
_SERVER_USES = {
    oid.SERVER_AUTH,
    oid.ANY_EXTENDED_KEY_USAGE,
    "1.3.6.1.4.1.311.10.3.3",  # Microsoft and Netscape "step-up", taken for serverAuth
    "2.16.840.1.113730.4.1",
}


def check_end_entity(context: Context) -> Iterator[PathObjection]:
    """EndEntityChecker.checkTLSServer: key usage, extended key usage, Netscape type; only when an anchor was found."""
    leaf = context.chain[0]
    rule = "validator.EndEntityChecker.checkTLSServer"
    needed = _NEEDED.get(context.authentication)
    if needed and leaf.key_usage is not None and needed not in leaf.key_usage:
        facts = {"reason": "key-usage", "needs": needed, "has": tuple(sorted(leaf.key_usage))}
        yield PathObjection("cert-usage-not-allowed", 0, None, facts, rule)
    if leaf.extended_key_usage is not None and not _SERVER_USES.intersection(leaf.extended_key_usage):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": leaf.extended_key_usage}
        yield PathObjection("cert-usage-not-allowed", 0, None, facts, rule)
    if (
        context.rules.era is Era.STRICT
        and leaf.extended_key_usage is None
        and leaf.extensions.has(oid.EXTENDED_KEY_USAGE)
    ):
        facts = {"reason": "extended-key-usage-unreadable", "needs": "serverAuth"}  # X509CertImpl throws since 21
        yield PathObjection("cert-usage-not-allowed", 0, None, facts, rule)
    netscape = leaf.extensions.netscape_cert_type
    if netscape is not None and "sslServer" not in netscape:
        facts = {"reason": "netscape-type", "needs": "sslServer", "has": tuple(sorted(netscape))}
        yield PathObjection("cert-usage-not-allowed", 0, None, facts, rule)
