"""Paths as GnuTLS verifies them (gnutls_x509_trust_list_verify_crt2 in lib/x509/verify-high.c and verify_crt in
lib/x509/verify.c), and its look at the key usage when the key exchange comes.

Owns GnuTLS's way: the chain is put in order, cut where it meets what is trusted, and checked from the top down.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from tlswhy.frozen import frozen
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.gnutls_reading import import_fault, is_broken, key_imports
from tlswhy.pki.keys import PublicKey
from tlswhy.pki.library_paths import (
    Link,
    Path,
    PathRequest,
    is_valid_at,
    lone_common_names,
    no_anchor,
    objection,
    outcome,
    outside_name_constraints,
    outside_validity,
    sent,
    trusted,
    unknown_critical,
    without_trust,
    wrong_signature,
)
from tlswhy.pki.path_outcome import PathObjection, PathOutcome
from tlswhy.unseen import Unseen

LONGEST = 16
"""DEFAULT_MAX_VERIFY_DEPTH."""


@frozen
class GnutlsRules:
    """The verification profile in numbers (gnutls_sec_param_to_pk_bits); NORMAL means GNUTLS_PROFILE_LOW."""

    least_rsa: int = 1024
    least_ec: int = 160
    sha1: bool = False
    """%VERIFY_ALLOW_SIGN_WITH_SHA1."""
    purpose: bool = True
    """The user asks for GNUTLS_KP_TLS_WWW_SERVER (gnutls_certificate_verify_peers; verify_peers2 asks for nothing)."""
    key_usage: bool = True
    """The key usage counts where the server's key is used; not with %COMPAT."""

    def judge(self, request: PathRequest) -> PathOutcome:
        """gnutls_certificate_verify_peers3, then the key exchange."""
        for link in sent(request.chain):
            if unread := _unreadable(link):
                return outcome((link,), (unread,))
        if isinstance(request.trust, Unseen):
            leaf = Link(request.chain[0], 0)
            found = [*_check_one(self, request, leaf, None), *_uses_of_leaf(self, request, leaf)]
            return without_trust(request, found, healed_by_trust=True)
        verdicts = []
        for path, gap in _attempts(request):
            steps = pairwise(link.certificate for link in path)
            if not gap and not all(_is_issuer(below, above) for below, above in steps):
                gap = [no_anchor(request, "find_issuer")]
            found = [*gap, *_check(self, request, path)]
            verdicts.append((path, found))
            if not any(o.fault in _OLD_OR_UNKNOWN for o in found):
                break
        known = (verdict for verdict in verdicts if not any(o.fault in _UNKNOWN for o in verdict[1]))
        path, found = verdicts[-1] if not verdicts[-1][1] else next(known, verdicts[0])
        return outcome(path, (*found, *(_key_usage(request) if self.key_usage else ())))


_UNKNOWN = frozenset(
    ("trust-anchor-missing", "trust-anchor-mismatch", "trust-store-empty", "self-signed-untrusted", "chain-incomplete")
)
_OLD_OR_UNKNOWN = _UNKNOWN | {
    "cert-expired",
    "cert-signature-disabled",
    "cert-key-too-small",
    "cert-curve-unsupported",
}
"""SIGNER_OLD_OR_UNKNOWN in verify-high.c: worth a second attempt, from the last certificate's own name."""


def _unreadable(link: Link) -> PathObjection | None:
    """What can't be imported: the peer's ends the handshake, a root's is as if it were not there."""
    fault = import_fault(link.certificate)
    if fault is None:
        return None
    blame = {"oid": fault[1]} if fault[1] else {}
    return objection("cert-unreadable", link, "gnutls_x509_crt_import", reason=fault[0], **blame)


def _attempts(request: PathRequest) -> Iterator[tuple[Path, list[PathObjection]]]:
    """The sent certificates that are left after sorting and cutting, and the anchor above them: first by the issuer of
    the last, then, where that leads nowhere, by its own name."""
    every = trusted(() if isinstance(request.trust, Unseen) else request.trust)
    store = tuple(link for link in every if _unreadable(link) is None)
    chain = _sorted(request.chain, store)
    if len(chain) > 1 and _is_issuer(chain[-1].certificate, chain[-1].certificate):
        chain = chain[:-1]
    top = chain[-1].certificate
    alone = len(sent(request.chain)) == 1
    for name in dict.fromkeys((top.issuer.der, *((top.subject.der,) if len(chain) > 1 else ()))):
        above = tuple(anchor for anchor in store if anchor.certificate.subject.der == name)
        lost = (_unreadable(link) for link in every if link.certificate.subject.der == name)
        path = _cut(chain, above, request.moment, leaf_too=alone)
        if path is not None:
            yield path, []
        else:
            yield chain, [next(filter(None, lost), None) or no_anchor(request, "find_issuer")]


def _cut(chain: Path, above: Path, moment: datetime, *, leaf_too: bool) -> Path | None:
    """Drop the sent certificates that are trusted themselves (by key; the leaf only as it is, and where it is all that
    was sent), then find the issuer."""
    for number, link in enumerate(chain):
        if number == 0 and not leaf_too:
            continue
        for anchor in above:
            same = link.certificate == anchor.certificate
            if same or (number > 0 and _same_key(link.certificate, anchor.certificate)):
                return (*chain[:number], Link(anchor.certificate, link.index if same else None, anchor.anchor))
    issuers = [anchor for anchor in above if _is_issuer(chain[-1].certificate, anchor.certificate)]
    if not issuers:
        return None
    # find_issuer keeps the first until it meets another one that is valid now
    valid = [anchor for anchor in issuers[1:] if is_valid_at(anchor.certificate, moment)]
    return (*chain, valid[-1] if valid else issuers[0])


def _sorted(chain: tuple[Certificate, ...], store: Path) -> Path:
    """gnutls_x509_trust_list_verify_crt2: up from the leaf, segment by segment, and cut behind the first segment whose
    last has a trusted issuer. Where none has, all that was sent stays, and the last of it decides."""
    links, done = list(sent(chain)), 0
    while done < len(links):
        ordered, size = _segment(links[done:])
        links[done:] = ordered
        done += size
        if any(_is_issuer(links[done - 1].certificate, anchor.certificate) for anchor in store):
            return tuple(links[:done])
    return tuple(links)


def _segment(links: list[Link]) -> tuple[list[Link], int]:
    """_gnutls_sort_clist: each one's issuer is the first behind the first place that may be it, a self-signed one has
    none; what is not reached stays behind. And how many were."""
    if len(links) > LONGEST:  # "too many certificates; skipping sorting" (Debian's 3.7.9, and 3.8.4)
        return links, 1
    reached = [0]
    while not _is_issuer(links[reached[-1]].certificate, links[reached[-1]].certificate):
        below = reached[-1]
        others = (n for n in range(1, len(links)) if n != below)
        following = next((n for n in others if _is_issuer(links[below].certificate, links[n].certificate)), None)
        if following is None or following in reached:
            break
        reached.append(following)
    rest = [link for number, link in enumerate(links) if number not in reached]
    return [*(links[number] for number in reached), *rest], len(reached)


def _is_issuer(certificate: Certificate, issuer: Certificate) -> bool:
    """is_issuer: of the authority key identifier only the key's part counts."""
    if certificate.issuer.der != issuer.subject.der:
        return False
    wanted = certificate.authority_key_id.key_id if certificate.authority_key_id else None
    return wanted is None or issuer.subject_key_id is None or wanted == issuer.subject_key_id


def _same_key(one: Certificate, other: Certificate) -> bool:
    """_gnutls_check_if_same_key: a CA's certificate may have been renewed."""
    return one.subject.der == other.subject.der and one.public_key.spki == other.public_key.spki


# verify_crt, from the top down

_KNOWN = frozenset(
    (
        oid.BASIC_CONSTRAINTS,
        oid.KEY_USAGE,
        oid.EXTENDED_KEY_USAGE,
        oid.SUBJECT_ALTERNATIVE_NAME,
        "2.5.29.18",  # issuerAltName
        oid.NAME_CONSTRAINTS,
        oid.CRL_DISTRIBUTION_POINTS,
        oid.AUTHORITY_KEY_ID,
        oid.SUBJECT_KEY_ID,
        oid.CERTIFICATE_POLICIES,
        oid.INHIBIT_ANY_POLICY,
        oid.AUTHORITY_INFORMATION_ACCESS,
        "1.3.6.1.5.5.7.1.24",  # TLS features
        "1.3.6.1.5.5.7.1.14",  # proxyCertInfo
    )
)
_BASIC = oid.BASIC_CONSTRAINTS
_TLS_FEATURES = "1.3.6.1.5.5.7.1.24"
_SERVER_USES = frozenset((oid.SERVER_AUTH, oid.ANY_EXTENDED_KEY_USAGE))
_OBSOLETE_USES = frozenset(("2.16.840.1.113730.4.1", "2.16.840.1.113733.1.8.1"))
_SHA3 = ("SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512")
_SIGNATURES = frozenset(
    f"{digest}with{key}"
    for digest in ("MD2", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", *_SHA3)
    for key in ("RSA", "DSA", "ECDSA")
) | {"Ed25519", "Ed448"}
_PSS_SALTS = {"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
_CURVES = frozenset(("secp192r1", "secp224r1", "secp256r1", "secp384r1", "secp521r1"))


def _check(rules: GnutlsRules, request: PathRequest, path: Path) -> Iterator[PathObjection]:
    if path[-1].trusted:
        yield from outside_validity(path[-1], request.moment, "check_time_status")
        yield from _weak_key(rules, path[-1])
    room = LONGEST
    for depth in range(len(path) - 1, -1, -1):
        link = path[depth]
        if link.trusted:
            continue
        issuer = path[depth + 1] if depth + 1 < len(path) else None
        if issuer is not None:
            yield from _check_issuer(issuer)
            constraints = issuer.certificate.basic_constraints
            limit = constraints.path_length if constraints else None
            room = min(room, depth if limit is None else limit)
            if depth > room:
                rule = "check_if_ca"
                yield objection("ca-constraint-violation", issuer, rule, reason="path-too-long", limit=limit)
        yield from _check_one(rules, request, link, issuer)
        if depth and rules.purpose:
            yield from _purpose(link, any_allowed=False)
    rule = "gnutls_x509_name_constraints_check_crt"
    for violation in outside_name_constraints(path, rule, common_names=lone_common_names, directory=False):
        if violation.certificate == 0:  # only the server's names are held against them
            yield violation
    for link in path[1:]:
        yield from _promises(link, path[0])
        if is_broken(link.certificate, oid.NAME_CONSTRAINTS):
            yield _broken(link, oid.NAME_CONSTRAINTS)
        named = link.certificate.name_constraints
        if named is not None and named.excluded is not None and named.excluded.directory:
            # it can't compare names of entries, and so takes none where some are excluded (seen with certtool 3.7.9)
            yield objection("name-constraints-violation", path[0], rule, reason="excluded", kind="directory")
    if rules.purpose and (not path[0].trusted or len(path) == 1):
        yield from _purpose(path[0], any_allowed=True)


def _broken(link: Link, kind: str) -> PathObjection:
    return objection("cert-unreadable", link, "gnutls_x509_ext_import", reason="extension-broken", oid=kind)


def _promises(link: Link, leaf: Link) -> Iterator[PathObjection]:
    """gnutls_x509_tlsfeatures_check_crt: what a CA demands of TLS, such as a stapled status, those below demand too."""
    demanded = link.certificate.extensions.raw.get(_TLS_FEATURES)
    if demanded is not None and leaf.certificate.extensions.raw.get(_TLS_FEATURES) is None:
        yield objection("ca-constraint-violation", link, "gnutls_x509_tlsfeatures_check_crt", reason="tls-features")


def _check_issuer(issuer: Link) -> Iterator[PathObjection]:
    certificate = issuer.certificate
    yield from unknown_critical(issuer, _KNOWN, "check_for_unknown_exts")
    # GNUTLS_VERIFY_DO_NOT_ALLOW_X509_V1_CA_CRT is not set for what is trusted: v1 passes, and self-signed in silence
    if issuer.trusted and certificate.version == 1:
        return
    lax = issuer.trusted and _is_issuer(certificate, certificate) and not certificate.extensions.has(_BASIC)
    is_ca = certificate.basic_constraints.ca if certificate.basic_constraints else lax
    # check_if_ca reads the issuer's own signature first (_gnutls_x509_get_signature), whatever it then makes of it
    if is_broken(certificate, _BASIC) or not is_ca or not certificate.signature_value:
        facts = {"reason": "not-a-ca", "version": certificate.version}
        yield objection("ca-constraint-violation", issuer, "check_if_ca", **facts)
    if is_broken(certificate, oid.KEY_USAGE):
        yield _broken(issuer, oid.KEY_USAGE)
    elif certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        yield objection("ca-constraint-violation", issuer, "verify_crt", reason="may-not-sign")


def _check_one(rules: GnutlsRules, request: PathRequest, link: Link, issuer: Link | None) -> Iterator[PathObjection]:
    signature = link.certificate.signature
    weak = [*_weak_key(rules, link), *(_weak_key(rules, issuer) if issuer else ())]
    if issuer is not None and not weak:
        yield from _odd_salt(link)
        yield from wrong_signature(link, issuer.certificate.public_key, "_gnutls_x509_verify_data")
    if link.index == 0:
        yield from unknown_critical(link, _KNOWN, "check_for_unknown_exts")
    yield from weak
    broken = signature.digest in ("MD2", "MD5") or (signature.digest == "SHA-1" and not rules.sha1)
    if broken and not _is_issuer(link.certificate, link.certificate):
        facts = {"algorithm": signature.name, "digest": signature.digest, "reason": "insecure-algorithm"}
        yield objection("cert-signature-disabled", link, "_gnutls_sign_is_secure2", **facts)
    elif signature.name not in _SIGNATURES and (signature.pss is None or signature.digest not in _PSS_SALTS):
        yield objection("cert-signature-unsupported", link, "gnutls_sign_algorithm_t", algorithm=signature.name)
    yield from outside_validity(link, request.moment, "check_time_status")


def _odd_salt(link: Link) -> Iterator[PathObjection]:
    """Nettle is told to expect a salt of the digest's size (rsa_pss_sha*_verify_digest), whatever the parameters say:
    GNUTLS_E_PK_SIG_VERIFY_FAILED (seen with certtool 3.7.9)."""
    pss = link.certificate.signature.pss
    if pss is not None and pss.salt_length != _PSS_SALTS.get(pss.hash, pss.salt_length):
        facts = {"reason": "salt-length", "digest": pss.hash, "salt": pss.salt_length}
        yield objection("cert-signature-unsupported", link, "_gnutls_x509_verify_data", **facts)


def _weak_key(rules: GnutlsRules, link: Link) -> Iterator[PathObjection]:
    """is_level_acceptable."""
    key, rule = link.certificate.public_key, "is_level_acceptable"
    if not key_imports(key) and (key.curve is None or key.curve in _CURVES):
        yield objection("cert-unreadable", link, rule, reason="public-key")
    elif key.curve is not None and key.curve not in _CURVES:
        yield objection("cert-curve-unsupported", link, rule, curve=key.curve)
    elif key.bits is not None and key.bits < _least(rules, key):
        yield objection("cert-key-too-small", link, rule, algorithm=key.algorithm, bits=key.bits)


def _least(rules: GnutlsRules, key: PublicKey) -> int:
    return rules.least_rsa if key.family in ("RSA", "DSA") else rules.least_ec


def _uses_of_leaf(rules: GnutlsRules, request: PathRequest, leaf: Link) -> Iterator[PathObjection]:
    if rules.purpose:
        yield from _purpose(leaf, any_allowed=True)
    if rules.key_usage:
        yield from _key_usage(request)


def _purpose(link: Link, *, any_allowed: bool) -> Iterator[PathObjection]:
    """_gnutls_check_key_purpose: in CAs "any" does not count, two obsolete uses do."""
    uses = link.certificate.extended_key_usage or None
    if is_broken(link.certificate, oid.EXTENDED_KEY_USAGE):
        yield _broken(link, oid.EXTENDED_KEY_USAGE)
        return
    accepted = _SERVER_USES if any_allowed else frozenset((oid.SERVER_AUTH,))
    if link.certificate.basic_constraints is not None and link.certificate.basic_constraints.ca:
        accepted |= _OBSOLETE_USES
    if uses is not None and not accepted.intersection(uses):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", link, "_gnutls_check_key_purpose", **facts)


def _key_usage(request: PathRequest) -> Iterator[PathObjection]:
    """_gnutls_check_key_usage_for_sig and for_enc, when the server's key is used: GNUTLS_E_KEY_USAGE_VIOLATION."""
    usage = request.chain[0].key_usage
    needed = "keyEncipherment" if request.authentication in ("RSA", "RSA_EXPORT") else "digitalSignature"
    if usage is not None and needed not in usage:
        facts = {"reason": "key-usage", "needs": needed, "has": tuple(sorted(usage))}
        yield objection("cert-usage-not-allowed", Link(request.chain[0], 0), "_gnutls_check_key_usage", **facts)
