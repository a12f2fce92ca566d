"""The rules by which a client judges a path: what differs between releases, as plain fields.

Owns the shape. Which values a client has is for ``client.path_rules``; what they lead to is for ``paths``.
"""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum

from tlswhy.frozen import frozen
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.java_extensions import Era
from tlswhy.pki.java_reading import Reading, java_reading
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm
from tlswhy.pki.path_policy import AlgorithmPolicy, NoPolicy

TLS12 = 0x0303
TLS13 = 0x0304


class AlgorithmCheck(IntEnum):
    """The generations of sun.security.provider.certpath.AlgorithmChecker."""

    CLASSIC = 1
    """7u and 8u up to 8u112: the signature algorithm, the certificate's key, then the algorithm with the issuer's
    key."""
    CONDITIONAL = 2
    """8u121 on, 11, 17: between these, the conditional entries (jdkCA, usage, denyAfter)."""
    ANCHOR_FIRST = 3
    """21 on (JDK-8283577 and its neighbours): the anchor's key first, then one look at each certificate."""


@frozen
class PathRules:
    """What differs between clients when they build and check a path (SunJSSE with the PKIX trust manager).

    The defaults are a client that minds nothing beyond RFC 5280.
    """

    certpath: AlgorithmPolicy = field(default_factory=NoPolicy)
    """jdk.certpath.disabledAlgorithms."""
    tls: AlgorithmPolicy = field(default_factory=NoPolicy)
    """jdk.tls.disabledAlgorithms, which the trust manager applies to certificates as well."""
    implemented: frozenset[str] | None = None
    """JCA names of the signature algorithms the runtime has; None: all."""
    listed: frozenset[str] | None = None
    """JCA names behind its signature_algorithms(_cert): from TLS 1.2 on, certificates may carry no others
    (SSLAlgorithmConstraints.SupportedSignatureAlgorithmConstraints); None: no such limit."""
    listed_tls13: frozenset[str] | None = None
    """The same over TLS 1.3; None: as ``listed``."""
    curves_unread: frozenset[str] = frozenset()
    """Curves whose keys it can't parse; a certificate with such a key can't even be read."""
    curves_verified: frozenset[str] | None = None
    """Curves on which it can verify a signature; None: all."""
    curves_unverified: frozenset[str] = frozenset()
    """Curves that it reads, but can't verify signatures on."""
    knows_ec: bool = True
    """There is an EC key factory; without one an EC key is an opaque lump of no known size."""
    least_rsa: int = 512
    """RSA keys below can't be parsed (sun.security.rsa.RSAKeyFactory)."""
    algorithm_check: AlgorithmCheck = AlgorithmCheck.ANCHOR_FIRST
    anchor_must_be_ca: bool = True
    """jdk.security.allowNonCaAnchor=false, 8u251, 11.0.7 and later (PKIXValidator.verifyTrustAnchor)."""
    leaf_trusted_by_key: bool = False
    """A leaf with the subject and key of a trusted certificate passes, not only that very certificate (PKIXValidator
    before 8u251, 11.0.7)."""
    common_name_constrained: bool = True
    """Name constraints apply to the CN when no DNS name is in the subjectAltName (NameConstraintsExtension)."""
    leading_dot_constraints: bool = True
    """A DNS constraint ".example.com" covers the names below it (x509.DNSName.constrains since JDK-8311546: 22,
    21.0.7, 17.0.15; before, and in 8 and 11, it covers nothing at all)."""
    builder_minds_key_id: bool = False
    """The builder, too, passes over issuers whose key identifier differs (ForwardBuilder before 8u20);
    PKIXCertPathValidator always does for the anchor."""
    longest_path: int = 5
    """Intermediates that SunCertPathBuilder tries (PKIXBuilderParameters.maxPathLength); no limit for chains in
    order."""
    era: Era = Era.STRICT
    """How it reads certificates, and builds paths."""
    builder_selects_by_names: bool = False
    """The builder passes over issuers, anchors too, whose own name constraints forbid a name below; along a path that
    it has built nobody looks at name constraints again (ForwardBuilder with setPathToNames). ConstraintsChecker came in
    its place with JDK-8309966: 8u392, 11.0.21, 17.0.9 (seen: 17.0.7 still does, 17.0.9 no more)."""
    wildcards_excluded: bool = False
    """A wildcard in a DNS name is held against excluded subtrees that it could stand for (17.0.21)."""
    shipped_anchors: frozenset[str] = frozenset()
    """SHA-256 of the certificates in the client's own cacerts (what jdkCA asks)."""

    def read(self, certificate: Certificate) -> Reading:
        """The certificate as this runtime sees it, or why it can't."""
        return java_reading(certificate, self.era, knows_ec=self.knows_ec)

    @property
    def sets_signature_parameters(self) -> bool:
        """It hands the algorithm's parameters to the signature before verifying (sun.security.util.SignatureUtil, which
        came with RSASSA-PSS)."""
        return self.implemented is None or "RSASSA-PSS" in self.implemented

    def implements(self, algorithm: SignatureAlgorithm) -> bool:
        """The runtime has code for this signature algorithm."""
        return self.implemented is None or algorithm.name in self.implemented

    def lists(self, algorithm: SignatureAlgorithm, version: int) -> bool:
        """Its own list of signature algorithms allows this one in certificates over this TLS version."""
        listed = self.listed_tls13 if version >= TLS13 and self.listed_tls13 is not None else self.listed
        return version < TLS12 or listed is None or algorithm.name in listed

    def reads_curve(self, key: PublicKey) -> bool:
        """The key's curve is one that it can parse (always so without an EC key factory)."""
        return not self.knows_ec or key.curve not in self.curves_unread

    def verifies_on_curve(self, key: PublicKey) -> bool:
        """It can verify a signature made by this key."""
        if key.curve is None:
            return True
        hopeless = key.curve in self.curves_unread or key.curve in self.curves_unverified
        return not hopeless and (self.curves_verified is None or key.curve in self.curves_verified)

    def ships(self, anchor: Certificate | None) -> bool:
        """The anchor is one of the client's own."""
        return anchor is not None and anchor.sha256 in self.shipped_anchors
