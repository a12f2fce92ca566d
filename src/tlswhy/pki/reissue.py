"""Certificates that are still to be issued: what one would say after a CA made it anew, so that paths can be judged.

Owns which facts a reissue changes and which it keeps. A certificate made here has no signature: ``to_be_signed_by``
names the key that will make it, and ``signatures`` takes it at its word. Knows nothing of why somebody wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address

from tlswhy.frozen import frozen
from tlswhy.pki import der
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.distinguished import DistinguishedName, read_name
from tlswhy.pki.extensions import (
    AUTHORITY_KEY_ID,
    BASIC_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    EXTENDED_KEY_USAGE,
    INHIBIT_ANY_POLICY,
    KEY_USAGE,
    NAME_CONSTRAINTS,
    NETSCAPE_CERT_TYPE,
    POLICY_CONSTRAINTS,
    POLICY_MAPPINGS,
    SERVER_AUTH,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_ID,
    AuthorityKeyId,
    BasicConstraints,
    Extensions,
    SubjectAlternativeNames,
)
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm

RSA = "RSA"
EC = "EC"
SOUND_RSA_BITS = 2048
"""RSA of that size is what every client of this century takes, and what the BSI and NIST SP 800-57 still allow."""

_SIGNATURES = {
    RSA: SignatureAlgorithm("1.2.840.113549.1.1.11", "SHA256withRSA", RSA, "SHA-256"),
    EC: SignatureAlgorithm("1.2.840.10045.4.3.2", "SHA256withECDSA", EC, "SHA-256"),
    "Ed25519": SignatureAlgorithm("1.3.101.112", "Ed25519", "Ed25519", None),
    "Ed448": SignatureAlgorithm("1.3.101.113", "Ed448", "Ed448", None),
}
_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
_P256 = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
_EDWARDS: Mapping[str, tuple[bytes, int, int]] = {
    "Ed25519": (bytes.fromhex("302a300506032b6570032100"), 255, 32),
    "Ed448": (bytes.fromhex("3043300506032b6571033a00"), 448, 57),
}
"""How such a key's SubjectPublicKeyInfo begins (RFC 8410), its bits, and the octets of its point."""
_OF_A_CA: Mapping[str, bytes] = {
    BASIC_CONSTRAINTS: bytes.fromhex("30030101ff"),
    KEY_USAGE: bytes.fromhex("03020106"),
}
_OF_A_SERVER: Mapping[str, bytes] = {
    KEY_USAGE: bytes.fromhex("030205a0"),
    EXTENDED_KEY_USAGE: bytes.fromhex("300a06082b06010505070301"),
}
"""The same as they stand in a certificate: some clients read them their own way."""
_CERT_SIGN = "keyCertSign"
_LEAF_KEY_USAGE = frozenset({"digitalSignature", "keyEncipherment"})
_CA_KEY_USAGE = frozenset({_CERT_SIGN, "cRLSign"})


@frozen
class Reissue:
    """What is to be different in the certificate made anew; None or empty: as it was."""

    signature: str | None = None
    """The kind of key whose plain signature with SHA-256 it shall carry: "RSA" or "EC"."""
    key: str | None = None
    """The kind of new key: "RSA" (2048 bits) or "EC" (secp256r1)."""
    validity: tuple[datetime, datetime] | None = None
    add_name: str | None = None
    """A DNS name or an IP address for subjectAltName; the names of the old one are kept."""
    only_name: str | None = None
    """The same, and the names of the old one are not kept."""
    authority: bool | None = None
    """True: a CA without a limit on its path, that may sign certificates; False: a server's certificate, keyUsage and
    extKeyUsage as RFC 5280 and TLS want them."""
    without: tuple[str, ...] = ()
    """OIDs of extensions to leave out."""
    profile: bool | None = None
    """True: written as RFC 5280, 4.1 and 4.2, asks of those who issue: identifiers of both keys, each extension once
    and readable, in a CA keyUsage and critical basicConstraints, in others nothing of a CA."""

    def merged(self, later: Reissue) -> Reissue:
        """Both wishes for one certificate in one reissue."""
        return Reissue(
            signature=later.signature or self.signature,
            key=later.key or self.key,
            validity=later.validity or self.validity,
            add_name=later.add_name or self.add_name,
            only_name=later.only_name or self.only_name,
            authority=self.authority if later.authority is None else later.authority,
            without=tuple(dict.fromkeys((*self.without, *later.without))),
            profile=later.profile or self.profile,
        )


def reissued(certificate: Certificate, wish: Reissue, issuer: Certificate | None) -> Certificate:
    """The certificate as ``issuer`` would issue it anew (None: with its own key, a root)."""
    key = certificate.public_key if wish.key is None else stand_in_key(wish.key, certificate.subject.text)
    signer = issuer.public_key if issuer is not None else key
    wished = wish.signature if wish.signature == signer.algorithm else None  # no key makes another kind's signature
    signature = _SIGNATURES[wished] if wished else _plain(certificate.signature, signer)
    first, last = wish.validity or (certificate.not_before, certificate.not_after)
    changed = replace(
        certificate,
        version=3,
        not_before=first,
        not_after=last,
        public_key=key,
        signature=signature,
        signature_mismatch=False,
        extensions=_extensions(certificate, wish, key, issuer),
        oddities=(),
        to_be_signed_by=signer,
    )
    saved = len(certificate.extensions.raw.get(SUBJECT_ALTERNATIVE_NAME, b"")) if wish.only_name else 0
    return _with_identity(changed, certificate.der[saved:], (wish, signer.spki))


def unseen_issuer(
    below: Certificate, issuer: Certificate | None, lifetime: tuple[datetime, datetime]
) -> tuple[Certificate, Certificate]:
    """``below``, vouched for by an issuer whom nobody has seen; and in that one's place a sound CA, of the name, key
    identifier and serial number that ``below`` states, under ``issuer`` (None: self-signed)."""
    named = below.authority_key_id
    kind = below.signature.key if below.signature.key in (EC, *_EDWARDS) else RSA
    above = stand_in(below.issuer, issuer, lifetime, kind)
    extensions = above.extensions
    if named is not None and named.key_id:
        octets = der.encode(der.OCTET_STRING, named.key_id)
        raw = {**extensions.raw, SUBJECT_KEY_ID: octets}
        extensions = replace(extensions, subject_key_id=named.key_id, raw=raw)
    serial = named.serial if named is not None and named.serial is not None else above.serial
    above = replace(above, extensions=extensions, serial=serial)
    return replace(below, vouched_by=above.public_key), _with_identity(above, above.der, (below.der, serial))


def stand_in(
    subject: DistinguishedName, issuer: Certificate | None, lifetime: tuple[datetime, datetime], kind: str = RSA
) -> Certificate:
    """A sound certificate nobody has seen: a CA of that name and kind of key, under ``issuer`` (None: self-signed)."""
    key = stand_in_key(kind, subject.text)
    signer = issuer.public_key if issuer is not None else key
    made_by = signer.family if signer.family in _SIGNATURES else RSA
    blank = Certificate(
        der=b"",
        sha256="",
        version=3,
        serial=1,
        subject=subject,
        issuer=issuer.subject if issuer is not None else subject,
        not_before=lifetime[0],
        not_after=lifetime[1],
        public_key=key,
        signature=_SIGNATURES[made_by],
        signature_mismatch=False,
        tbs=b"",
        signature_value=_UNMADE,
        extensions=_identified(
            Extensions(
                all=(BASIC_CONSTRAINTS, KEY_USAGE),
                critical=(BASIC_CONSTRAINTS, KEY_USAGE),
                basic_constraints=BasicConstraints(True, None),
                key_usage=_CA_KEY_USAGE,
                raw=_OF_A_CA,
            ),
            key,
            issuer,
        ),
        oddities=(),
        to_be_signed_by=signer,
    )
    return _with_identity(blank, _TYPICAL, (subject.der, signer.spki))


def stand_in_leaf(name: str, lifetime: tuple[datetime, datetime]) -> tuple[Certificate, Certificate]:
    """A sound certificate of a server of that name, and the root that issued it, neither of them seen."""
    root = stand_in(_named("root"), None, lifetime)
    issued = stand_in(_named(name), root, lifetime)
    own = Extensions(key_usage=_LEAF_KEY_USAGE, extended_key_usage=(SERVER_AUTH,), raw=_OF_A_SERVER)
    own = _listed(_identified(own, issued.public_key, root), KEY_USAGE, EXTENDED_KEY_USAGE)
    issued = replace(issued, extensions=own)
    return reissued(issued, Reissue(add_name=name), root), root


def _named(common_name: str) -> DistinguishedName:
    attribute = der.encode(der.OBJECT_IDENTIFIER, b"\x55\4\3") + der.encode(der.UTF8_STRING, common_name.encode())
    name = der.encode(der.SEQUENCE, der.encode(der.SET, der.encode(der.SEQUENCE, attribute)))
    return read_name(der.read_element(name))


def stand_in_key(kind: str, seed: str) -> PublicKey:
    """A public key of that kind whose private half nobody has; the same seed gives the same key."""
    if kind == EC:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        secret = int.from_bytes(sha256(seed.encode()).digest(), "big") >> 1 | 1
        spki = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
        return PublicKey(EC, spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), 256, "secp256r1")
    if kind in _EDWARDS:
        head, strength, size = _EDWARDS[kind]
        point = sha256(seed.encode()).digest() + sha256(kind.encode()).digest()
        return PublicKey(kind, head + point[:size], strength)
    octets = b"".join(sha256(f"{seed}\0{block}".encode()).digest() for block in range(SOUND_RSA_BITS // 256))
    modulus = bytes([octets[0] | 0x80]) + octets[1:-1] + bytes([octets[-1] | 1])
    numbers = der.encode(der.INTEGER, b"\0" + modulus) + der.encode(der.INTEGER, b"\1\0\1")
    bits = der.encode(der.BIT_STRING, b"\0" + der.encode(der.SEQUENCE, numbers))
    return PublicKey(RSA, der.encode(der.SEQUENCE, _RSA_ENCRYPTION + bits), SOUND_RSA_BITS)


_UNMADE = bytes(256)
"""Stands for the signature that is still to be made: GnuTLS takes no issuer that has none."""
_TYPICAL = bytes(900)
"""As long as a CA certificate usually is."""


def _plain(old: SignatureAlgorithm, signer: PublicKey) -> SignatureAlgorithm:
    """As it was where that key can make it, else the plain one of the key's kind."""
    if old.key == signer.family:
        return old
    return _SIGNATURES.get(signer.family, old)


def _with_identity(certificate: Certificate, like: bytes, made_of: object) -> Certificate:
    """Bytes of its own, of the length that the real one would have: equality and sizes go by them."""
    mark = sha256(repr(made_of).encode() + like).digest()
    octets = like[: -len(mark)] + mark
    return replace(certificate, der=octets, sha256=sha256(octets).hexdigest())


def _extensions(certificate: Certificate, wish: Reissue, key: PublicKey, issuer: Certificate | None) -> Extensions:
    old = certificate.extensions
    found = replace(
        old,
        subject_key_id=_key_id(key) if wish.key and old.subject_key_id is not None else old.subject_key_id,
        authority_key_id=_authority(old, issuer),
        unreadable=(),
    )
    if wish.add_name:
        found = replace(found, subject_alternative_names=_names(certificate, wish.add_name))
        found = _listed(found, SUBJECT_ALTERNATIVE_NAME)
    if wish.only_name:
        found = replace(found, subject_alternative_names=_named_alone(wish.only_name))
        found = _listed(found, SUBJECT_ALTERNATIVE_NAME)
    if wish.authority is True:
        found = replace(
            found, basic_constraints=BasicConstraints(True, None), key_usage=_CA_KEY_USAGE, extended_key_usage=None
        )
        found = _left_out(found, (EXTENDED_KEY_USAGE,))
        found = _listed(found, BASIC_CONSTRAINTS, KEY_USAGE)
        found = replace(found, raw={**found.raw, **_OF_A_CA})
    elif wish.authority is False:
        found = replace(
            found,
            basic_constraints=None,
            key_usage=_LEAF_KEY_USAGE,
            extended_key_usage=(SERVER_AUTH,),
            netscape_cert_type=None,
        )
        found = _left_out(found, (BASIC_CONSTRAINTS, NETSCAPE_CERT_TYPE))
        found = _listed(found, KEY_USAGE, EXTENDED_KEY_USAGE)
        found = replace(found, raw={**found.raw, **_OF_A_SERVER})
    found = _left_out(found, wish.without)
    return _by_the_book(found, old.unreadable, key, issuer) if wish.profile else found


def _by_the_book(
    extensions: Extensions, unreadable: tuple[str, ...], key: PublicKey, issuer: Certificate | None
) -> Extensions:
    """RFC 5280, 4.2: once each, 4.2.1.1 to 4.2.1.3, 4.2.1.9; what could not be read is left out, or made anew."""
    found = _left_out(extensions, unreadable)
    basic, usage = found.basic_constraints, found.key_usage
    if basic is not None and basic.ca:
        usage = (usage or _CA_KEY_USAGE) | {_CERT_SIGN}
        found = replace(found, key_usage=usage, raw={**found.raw, **_OF_A_CA})
        found = _listed(found, BASIC_CONSTRAINTS, KEY_USAGE)
        critical = (*found.critical, BASIC_CONSTRAINTS, KEY_USAGE)
    else:
        usage = None if usage is None else (usage - {_CERT_SIGN}) or _LEAF_KEY_USAGE
        found = _left_out(found, (BASIC_CONSTRAINTS,))
        raw = {**found.raw, KEY_USAGE: _OF_A_SERVER[KEY_USAGE]} if usage is not None else found.raw
        found = replace(found, basic_constraints=None, key_usage=usage, raw=raw)
        critical = found.critical
    above = None if issuer is None else issuer.subject_key_id or _key_id(issuer.public_key)
    found = _with_identifiers(found, found.subject_key_id or _key_id(key), above)
    never = (SUBJECT_KEY_ID, AUTHORITY_KEY_ID)
    return replace(found, critical=tuple(dict.fromkeys(each for each in critical if each not in never)))


def _listed(extensions: Extensions, *oids: str) -> Extensions:
    return replace(extensions, all=tuple(dict.fromkeys((*extensions.all, *oids))))


_FIELDS: Mapping[str, str] = {
    SUBJECT_KEY_ID: "subject_key_id",
    KEY_USAGE: "key_usage",
    SUBJECT_ALTERNATIVE_NAME: "subject_alternative_names",
    BASIC_CONSTRAINTS: "basic_constraints",
    NAME_CONSTRAINTS: "name_constraints",
    AUTHORITY_KEY_ID: "authority_key_id",
    EXTENDED_KEY_USAGE: "extended_key_usage",
    CERTIFICATE_POLICIES: "certificate_policies",
    POLICY_CONSTRAINTS: "policy_constraints",
    INHIBIT_ANY_POLICY: "inhibit_any_policy",
    NETSCAPE_CERT_TYPE: "netscape_cert_type",
}


def _left_out(extensions: Extensions, oids: tuple[str, ...]) -> Extensions:
    if not oids:
        return extensions
    gone: dict[str, object] = {_FIELDS[oid]: None for oid in oids if oid in _FIELDS}
    if POLICY_MAPPINGS in oids:
        gone["policy_mappings"] = ()
    kept = {oid: value for oid, value in extensions.raw.items() if oid not in oids}
    return replace(
        extensions,
        all=tuple(oid for oid in extensions.all if oid not in oids),
        critical=tuple(oid for oid in extensions.critical if oid not in oids),
        raw=kept,
        **gone,  # type: ignore[arg-type]
    )


def _names(certificate: Certificate, name: str) -> SubjectAlternativeNames:
    """The old names and the new one; a common name that served as a name moves over, since a dNSName would hide it."""
    names = certificate.names or SubjectAlternativeNames()
    try:
        return replace(names, ip=(*names.ip, ip_address(name.strip("[]")).packed))
    except ValueError:
        common = certificate.subject.most_specific_common_name if certificate.names is None else None
        kept = (common,) if common and "." in common and common != name else ()
        return replace(names, dns=(*names.dns, *kept, name))


def _named_alone(name: str) -> SubjectAlternativeNames:
    try:
        return SubjectAlternativeNames(ip=(ip_address(name.strip("[]")).packed,))
    except ValueError:
        return SubjectAlternativeNames(dns=(name,))


def _identified(extensions: Extensions, key: PublicKey, issuer: Certificate | None) -> Extensions:
    """With the identifiers of its key and its issuer's (RFC 5280 §4.2.1.1, §4.2.1.2)."""
    return _with_identifiers(extensions, _key_id(key), issuer.subject_key_id if issuer is not None else None)


def _with_identifiers(extensions: Extensions, own: bytes, above: bytes | None) -> Extensions:
    octets = der.encode(der.OCTET_STRING, own)
    found = replace(extensions, subject_key_id=own, raw={**extensions.raw, SUBJECT_KEY_ID: octets})
    if above is None:
        return _listed(found, SUBJECT_KEY_ID)
    named = der.encode(der.SEQUENCE, der.encode(0x80, above))
    raw = {**found.raw, AUTHORITY_KEY_ID: named}
    found = replace(found, authority_key_id=AuthorityKeyId(above, (), None), raw=raw)
    return _listed(found, SUBJECT_KEY_ID, AUTHORITY_KEY_ID)


def _authority(old: Extensions, issuer: Certificate | None) -> AuthorityKeyId | None:
    """By the identifier of the key that signs now; a root needs none (RFC 5280 §4.2.1.1)."""
    if old.authority_key_id is None or issuer is None or issuer.subject_key_id is None:
        return None
    return AuthorityKeyId(issuer.subject_key_id, (), None)


def _key_id(key: PublicKey) -> bytes:
    """Some identifier of its own (RFC 5280 §4.2.1.2 leaves the way open)."""
    return sha256(key.spki).digest()[:20]
