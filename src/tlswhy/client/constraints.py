"""The JDK's disabledAlgorithms language: parsed from the property's own text, applied as the JDK applies it.

Owns sun.security.util.DisabledAlgorithmConstraints, AlgorithmDecomposer and the suite side of
sun.security.ssl.SSLAlgorithmDecomposer (grammar: the comments in java.security). Knows nothing of certificates beyond
their algorithm and key, nor of when a path asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from tlswhy.errors import BadTable
from tlswhy.frozen import frozen
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm
from tlswhy.pki.path_policy import Concern, PolicyObjection, Use

HANDSHAKE_SIGNATURE = "HandshakeSignature"
CERTIFICATE_SIGNATURE = "CertificateSignature"


@frozen
class Condition:
    """``kind``: keySize, jdkCA, denyAfter or usage. ``operator`` and ``number`` are keySize's."""

    kind: str
    operator: str = ""
    number: int = 0
    after: datetime | None = None
    usages: frozenset[str] = frozenset()


@frozen
class Entry:
    """One entry of the property: ``text`` verbatim, ``name`` what it is about, ``conditions`` that must all hold.

    Without conditions the name is disabled altogether.
    """

    text: str
    name: str
    conditions: tuple[Condition, ...] = ()

    @property
    def plain(self) -> bool:
        """Disabled in every use."""
        return not self.conditions


@dataclass(frozen=True)
class DisabledAlgorithms:
    """One property, e.g. jdk.tls.disabledAlgorithms; order as written."""

    entries: tuple[Entry, ...]
    wildcards: bool = True

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Computed once: whatever is remembered of a client's rules asks for it."""
        return hash((self.entries, self.wildcards))

    @cached_property
    def _plain(self) -> dict[str, Entry]:
        plain: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.plain and "*" not in entry.text:
                plain.setdefault(entry.text.upper(), entry)
        return plain

    @cached_property
    def _named(self) -> dict[str, list[Entry]]:
        """Every entry by name, as DisabledAlgorithmConstraints.Constraints keeps them: SHA-1 is SHA1, DH both names."""
        named: dict[str, list[Entry]] = {}
        for entry in self.entries:
            name = _DIGESTS.get(entry.name, entry.name).upper()
            for alias in _ALIASES.get(name, (name,)):
                named.setdefault(alias, []).append(entry)
        return named

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Entry]]:
        starred = (entry for entry in self.entries if self.wildcards and "*" in entry.text)
        return [(re.compile(".*".join(map(re.escape, entry.text.split("*")))), entry) for entry in starred]

    # What certificate paths ask

    def objection_to_signature(self, algorithm: SignatureAlgorithm) -> PolicyObjection | None:
        """DisabledAlgorithmConstraints.permits(primitives, algorithm, parameters)."""
        entry = self.disabled(algorithm.name)
        return PolicyObjection(entry.text, Concern.SIGNATURE) if entry else None

    def objection_to_key(self, key: PublicKey) -> PolicyObjection | None:
        """DisabledAlgorithmConstraints.permits(primitives, key): kind, curve, then size."""
        for name in _key_names(key):
            if entry := self.disabled(name):
                return PolicyObjection(entry.text, Concern.KEY)
        for entry in self._named.get(_kind_of(key).upper(), ()):
            if key.bits is not None and _rules_out_size(entry, key.bits):
                return PolicyObjection(entry.text, Concern.KEY_SIZE)
        return None

    def objection_to_use(self, algorithm: SignatureAlgorithm, key: PublicKey, use: Use) -> PolicyObjection | None:
        """DisabledAlgorithmConstraints.permits(algorithm, ConstraintsParameters): a curve, then every entry by name."""
        for name in _key_names(key):
            if entry := self.disabled(name):
                return PolicyObjection(entry.text, Concern.KEY)
        of_signature = {_DIGESTS.get(part, part).upper() for part in decompose(algorithm.name)} | {
            algorithm.name.upper()
        }
        if algorithm.pss is not None:  # permitsPSSParams
            of_signature |= {_DIGESTS.get(name, name).upper() for name in (algorithm.pss.hash, algorithm.pss.mgf_hash)}
        for name in (*sorted(of_signature), _kind_of(key).upper()):
            for entry in self._named.get(name, ()):
                if all(_holds(condition, entry, key, use) for condition in entry.conditions):
                    return PolicyObjection(entry.text, _concern(entry, name, of_signature))
        return None

    # What handshakes ask

    def disabled(self, name: str) -> Entry | None:
        """The plain entry or pattern that rules out this algorithm, curve, suite or protocol version."""
        known = self._known
        if name not in known:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[name] = self._look_up(name)
        return known[name]

    @cached_property
    def _known(self) -> dict[str, Entry | None]:
        """What was looked up before: the same few names are asked about for every client and certificate."""
        return {}

    def _look_up(self, name: str) -> Entry | None:
        if entry := self._plain.get(name.upper()):
            return entry
        for part in decompose(name):
            if entry := self._plain.get(part.upper()):
                return entry
        return next((entry for pattern, entry in self._patterns if pattern.fullmatch(name)), None)

    def rules_out_exchange(self, suite: str) -> bool:
        """What a list for certificates says of a cipher suite: of its parts only the key exchange counts
        (SSLAlgorithmDecomposer with onlyX509)."""
        exchange = suite[4:].partition("_WITH_")[0]
        names = (suite, *(() if exchange.startswith(_ANONYMOUS) else _KEY_EXCHANGES.get(exchange, ())))
        return any(name.upper() in self._plain for name in names)

    def disabled_in(self, name: str, scope: str) -> Entry | None:
        """The entry that rules out a signature scheme in one scope (HandshakeSignature, CertificateSignature)."""
        for entry in self._named.get(name.upper(), ()):
            if any(c.kind == "usage" and scope.upper() in c.usages for c in entry.conditions):
                return entry
        return None

    def smallest_key(self, algorithm: str) -> int:
        """The least size in bits that the keySize entries leave to this kind of key; 0: any size."""
        least = 0
        for entry in self._named.get(algorithm.upper(), ()):
            if len(entry.conditions) == 1 and entry.conditions[0].operator in ("<", "<="):
                condition = entry.conditions[0]
                least = max(least, condition.number + (condition.operator == "<="))
        return least

    def key_size_entry(self, algorithm: str, bits: int) -> Entry | None:
        """The entry that a key of this kind and size falls under, e.g. ("DH", 512)."""
        for entry in self._named.get(algorithm.upper(), ()):
            if _rules_out_size(entry, bits):
                return entry
        return None


@lru_cache(maxsize=256)
def parse_disabled(text: str | None, named_curves: str | None = None, *, wildcards: bool = True) -> DisabledAlgorithms:
    """Parse a property's value; ``named_curves`` is what ``include jdk.disabled.namedCurves`` stands for.

    ``wildcards``: the release knows "TLS_RSA_*" (JDK-8341964); to others it is the name of nothing.

    Raises ``BadTable`` for a constraint the JDK does not know (it would not start either).
    """
    entries: list[Entry] = []
    for raw in _split(text):
        if raw.lower() == "include jdk.disabled.namedcurves":
            entries += (Entry(curve, curve) for curve in _split(named_curves))
        else:
            entries.append(_parse_entry(raw))
    if wildcards and any("*" in entry.text and not entry.text.startswith("TLS_") for entry in entries):
        raise BadTable("disabled-algorithms-unknown-constraint", entry=text)
    return DisabledAlgorithms(tuple(entries), wildcards)


_MOST_KNOWN = 1024


@lru_cache(maxsize=4096)
def decompose(name: str) -> frozenset[str]:
    """An algorithm's parts as AlgorithmDecomposer and SSLAlgorithmDecomposer see them: "SHA1withRSA" is SHA1, SHA-1
    and RSA."""
    if name.startswith(("TLS_", "SSL_")) and (suite := _suite_parts(name)) is not None:
        return suite
    parts = frozenset(p for piece in name.split("/") for p in re.split(r"(?i)with|and|(?<!padd)in", piece) if p)
    if "SHA" in name:
        parts |= {long for long, short in _DIGESTS.items() if short in parts}
        parts |= {short for long, short in _DIGESTS.items() if long in parts}
    return parts


_DIGESTS = {
    "SHA-1": "SHA1",
    "SHA-224": "SHA224",
    "SHA-256": "SHA256",
    "SHA-384": "SHA384",
    "SHA-512": "SHA512",
    "SHA-512/224": "SHA512/224",
    "SHA-512/256": "SHA512/256",
}
_ALIASES = {"DH": ("DH", "DIFFIEHELLMAN"), "DIFFIEHELLMAN": ("DH", "DIFFIEHELLMAN")}
_CONDITION = re.compile(
    r"(?P<keySize>keySize\s+(?P<operator><=|<|==|!=|>=|>)\s+(?P<number>\d+))"
    r"|(?P<jdkCA>(?i:jdkCA))"
    r"|(?P<denyAfter>denyAfter\s+(?P<date>\d{4}-\d{2}-\d{2}))"
    r"|(?P<usage>usage(?P<usages>(?:\s+\w+)*))"
)


def _split(text: str | None) -> Iterable[str]:
    """AbstractAlgorithmConstraints.getAlgorithms: a quoted value loses its quotes, blanks around commas go."""
    stripped = (text or "").strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == '"':
        stripped = stripped[1:-1]
    return filter(None, (part.strip() for part in stripped.split(",")))


def _parse_entry(text: str) -> Entry:
    name, _, policy = text.partition(" ")
    if not policy or name == "X9.62":  # the curve names of ANSI X9.62 hold a blank
        return Entry(text, text)
    conditions = tuple(_parse_condition(part.strip(), text) for part in policy.split("&"))
    kinds = [condition.kind for condition in conditions]
    if max(kinds.count("jdkCA"), kinds.count("denyAfter")) > 1:
        raise BadTable("disabled-algorithms-unknown-constraint", entry=text)
    return Entry(text, name, conditions)


def _parse_condition(part: str, entry: str) -> Condition:
    match = _CONDITION.fullmatch(part)
    if match is None:
        raise BadTable("disabled-algorithms-unknown-constraint", entry=entry)
    if match["keySize"]:
        return Condition("keySize", match["operator"], int(match["number"]))
    if match["denyAfter"]:
        try:
            return Condition("denyAfter", after=datetime.fromisoformat(match["date"]).replace(tzinfo=UTC))
        except ValueError:
            raise BadTable("disabled-algorithms-unknown-constraint", entry=entry) from None
    if match["usage"]:
        return Condition("usage", usages=frozenset(match["usages"].upper().split()))
    return Condition("jdkCA")


def _holds(condition: Condition, entry: Entry, key: PublicKey, use: Use) -> bool:
    match condition.kind:
        case "keySize":
            # KeySizeConstraint.permitsImpl: only keys of the entry's own algorithm
            return (
                entry.name.upper() == key.algorithm.upper()
                and key.bits is not None
                and _size_falls(condition, key.bits)
            )
        case "jdkCA":
            return use.anchor_ships_with_client
        case "denyAfter":
            return condition.after is not None and condition.after <= use.moment
        case _:
            return use.usage.upper() in condition.usages


def _rules_out_size(entry: Entry, bits: int) -> bool:
    """DisabledAlgorithmConstraints.Constraint.permits(Key): a chain permits the key if one of its conditions does, and
    jdkCA and usage permit any (denyAfter goes by today, which nobody here knows)."""
    conditions = entry.conditions
    return bool(conditions) and all(c.kind == "keySize" and _size_falls(c, bits) for c in conditions)


def _size_falls(condition: Condition, bits: int) -> bool:
    """Is this size one that the condition rules out? Size 0 always is (KeySizeConstraint)."""
    number = condition.number
    return (
        bits == 0
        or {
            "<": bits < number,
            "<=": bits <= number,
            "==": bits == number,
            "!=": bits != number,
            ">": bits > number,
            ">=": bits >= number,
        }[condition.operator]
    )


def _key_names(key: PublicKey) -> tuple[str, ...]:
    return (key.algorithm, key.curve) if key.curve else (_kind_of(key),)


def _kind_of(key: PublicKey) -> str:
    """Key.getAlgorithm: that of Ed25519 and Ed448 keys is EdDSA."""
    return "EdDSA" if key.algorithm in {"Ed25519", "Ed448"} else key.algorithm


def _concern(entry: Entry, name: str, of_signature: set[str]) -> Concern:
    if any(condition.kind == "keySize" for condition in entry.conditions):
        return Concern.KEY_SIZE
    return Concern.SIGNATURE if name in of_signature else Concern.KEY


# Suites: sun.security.ssl.SSLAlgorithmDecomposer

_ANONYMOUS = ("DH_anon", "ECDH_anon")
_KEY_EXCHANGES = {
    "RSA": {"RSA"},
    "RSA_EXPORT": {"RSA", "RSA_EXPORT"},
    "DH_RSA": {"RSA", "DH", "DiffieHellman", "DH_RSA"},
    "DH_DSS": {"DSA", "DSS", "DH", "DiffieHellman", "DH_DSS"},
    "DHE_DSS": {"DSA", "DSS", "DH", "DHE", "DiffieHellman", "DHE_DSS"},
    "DHE_RSA": {"RSA", "DH", "DHE", "DiffieHellman", "DHE_RSA"},
    "DHE_RSA_EXPORT": set(),
    "DHE_DSS_EXPORT": set(),
    "DH_anon": {"ANON", "DH", "DiffieHellman", "DH_ANON"},
    "DH_anon_EXPORT": {"ANON", "DH", "DiffieHellman", "DH_anon_EXPORT"},
    "ECDH_ECDSA": {"ECDH", "ECDSA", "ECDH_ECDSA"},
    "ECDH_RSA": {"ECDH", "RSA", "ECDH_RSA"},
    "ECDHE_ECDSA": {"ECDHE", "ECDSA", "ECDHE_ECDSA"},
    "ECDHE_RSA": {"ECDHE", "RSA", "ECDHE_RSA"},
    "ECDH_anon": {"ECDH", "ANON", "ECDH_ANON"},
}
_CIPHERS = {
    "NULL": {"NULL", "C_NULL"},
    "RC2_CBC_40": {"RC2", "RC2_CBC_40"},
    "RC4_40": {"RC4", "RC4_40"},
    "RC4_128": {"RC4", "RC4_128"},
    "DES40_CBC": {"DES", "CBC", "NoPadding", "DES40_CBC", "DES_CBC_40"},
    "DES_CBC": {"DES", "CBC", "NoPadding", "DES_CBC"},
    "3DES_EDE_CBC": {"DESede", "CBC", "NoPadding", "3DES_EDE_CBC"},
    "AES_128_CBC": {"AES", "CBC", "NoPadding", "AES_128_CBC"},
    "AES_256_CBC": {"AES", "CBC", "NoPadding", "AES_256_CBC"},
    "AES_128_GCM": {"AES", "GCM", "NoPadding", "AES_128_GCM"},
    "AES_256_GCM": {"AES", "GCM", "NoPadding", "AES_256_GCM"},
    "CHACHA20_POLY1305": {"ChaCha20-Poly1305"},
}
_OF_TLS13 = {"AES_128_GCM": {"AES", "GCM", "NoPadding"}, "AES_256_GCM": {"AES", "GCM", "NoPadding"}}
_BEFORE_SHA2 = {"MD5", "SHA"}
_BEFORE_TLS12 = {"RC2_CBC_40", "RC4_40", "DES40_CBC", "DES_CBC"}
"""Ciphers that end with TLS 1.1."""
_MACS = {
    "MD5": {"MD5", "HmacMD5"},
    "SHA": {"SHA1", "SHA-1", "HmacSHA1"},
    "SHA256": {"SHA256", "SHA-256", "HmacSHA256"},
    "SHA384": {"SHA384", "SHA-384", "HmacSHA384"},
}


def _suite_parts(name: str) -> frozenset[str] | None:
    exchange, found, rest = name[4:].partition("_WITH_")
    if not found:
        exchange, rest = "", name[4:]
    cipher, _, mac = rest.rpartition("_")
    parts: set[str] = set()
    if not found and cipher in _OF_TLS13:  # B_AES_128_GCM_IV: the cipher's name of TLS 1.2 is not among its parts
        parts, cipher = set(_OF_TLS13[cipher]), ""
    if mac in _BEFORE_SHA2 and cipher not in _BEFORE_TLS12:
        parts |= _MACS["SHA256"] - {"HmacSHA256"}  # what TLS 1.2 derives keys with (CipherSuite.hashAlg, H_SHA256)
    for table, word in ((_KEY_EXCHANGES, exchange), (_CIPHERS, cipher), (_MACS, mac)):
        if word and word not in table:
            return None
        parts |= table.get(word, set())
    return frozenset(parts)
