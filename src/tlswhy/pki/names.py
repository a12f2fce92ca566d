"""Does this certificate name that host? By the rules of the client that asks, which differ.

Owns one matcher per dialect, each written after the source of the client named in its comment. Knows nothing of who
asks, or of public suffixes: the JDK's extra rule for wildcards right below one applies only to chains that end in a
root shipped with Java, and is not modelled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import field
from functools import lru_cache

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.pki.certificate import LARGEST_CACHED, Certificate
from tlswhy.pki.distinguished import COMMON_NAME, DistinguishedName
from tlswhy.pki.extensions import SUBJECT_ALTERNATIVE_NAME
from tlswhy.pki.java_extensions import Era
from tlswhy.pki.java_reading import java_reading
from tlswhy.pki.library_names import MATCHERS, Matcher
from tlswhy.pki.public_suffixes import icann_suffix


@frozen
class PresentedName:
    """One name in a certificate: ``kind`` is "dns", "ip" (subjectAltName) or "cn" (subject)."""

    kind: str
    text: str


@frozen
class NameMatch:
    """``by`` is the name that matched; ``tried`` those compared, in order; ``ignored`` those the dialect skipped.

    ``reason`` is a code: "" when matched; "no-alternative-names", "no-name-matches", "no-names",
    "host-not-a-domain-name", "verifier-breaks" (the client's own code throws on this name).
    """

    dialect: str
    host: str
    matched: bool
    by: PresentedName | None = None
    tried: tuple[PresentedName, ...] = ()
    ignored: tuple[PresentedName, ...] = ()
    reason: str = ""


def match_host(host: str, certificate: Certificate, dialect: str) -> NameMatch:
    """Match ``host`` (a name or IP literal, as in a URL) by ``dialect``; raises ``BadRequest`` for an unknown one."""
    rule = _DIALECTS.get(dialect)
    if rule is None:
        raise BadRequest("unknown-name-dialect", dialect=dialect, known=", ".join(DIALECTS))
    if len(host) > _LONGEST_HOST and dialect != "none":
        return NameMatch(dialect, host, matched=False, reason="host-not-a-domain-name")
    small = len(certificate.der) <= LARGEST_CACHED
    return _match_once(dialect, host, certificate) if small else rule(dialect, host, certificate)


@lru_cache(maxsize=256)
def _match_once(dialect: str, host: str, certificate: Certificate) -> NameMatch:
    """Many clients have the same rule, and one certificate is before all of them."""
    return _DIALECTS[dialect](dialect, host, certificate)


def is_address(host: str) -> bool:
    """The JDK takes this host for an IP address (sun.net.util.IPAddressUtil)."""
    return _java_address(host) is not None


_LONGEST_HOST = 1024  # DNS allows 253; what is longer is no host, and must not cost anything
_LONGEST_TEMPLATE = 1024


# JSSE: sun.security.ssl.X509TrustManagerImpl.checkIdentity, sun.security.util.HostnameChecker TYPE_TLS


@frozen
class _Jsse:
    """``checks_syntax``: host and names must be domain names (SNIHostName), and a wildcard needs a dot after it.
    ``drops_dot``: a host's final dot is taken off before (since JDK-8065422; before, it was no domain name; 8 never
    looks)."""

    era: Era
    checks_syntax: bool = True
    leftmost_only: bool = False
    drops_dot: bool = True

    def __call__(self, dialect: str, host: str, certificate: Certificate) -> NameMatch:
        stated, certificate = certificate, java_reading(certificate, self.era).certificate
        names = certificate.names
        if broken := self._broken_alternatives(stated, certificate):
            return NameMatch(dialect, host, matched=False, reason=broken)
        asked = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        dns = [PresentedName("dns", text) for text in names.dns] if names else []
        ip = [PresentedName("ip", text) for text in names.ip_text] if names else []
        cn = [PresentedName("cn", text) for text in filter(None, [certificate.subject.most_specific_common_name])]
        address = _java_address(asked)
        if address is not None:
            reason = "no-alternative-names" if names is None else "no-name-matches"
            outcome = _first(ip, lambda name: _java_address(name.text) == address, reason, ignored=(*dns, *cn))
            return outcome.of(dialect, host)
        asked = asked.removesuffix(".") if self.drops_dot else asked
        if self.checks_syntax and not _is_domain_name(asked):
            return NameMatch(dialect, host, matched=False, ignored=(*dns, *ip, *cn), reason="host-not-a-domain-name")
        if dns:  # RFC 2818: a dNSName hides the CN
            return _first(dns, lambda name: self._matches(asked, name.text), ignored=(*ip, *cn)).of(dialect, host)
        if self.checks_syntax and not all(map(_is_formal, cn)):
            return NameMatch(dialect, host, matched=False, tried=(*cn,), ignored=(*ip,), reason="no-name-matches")
        reason = "no-name-matches" if cn else "no-names"
        return _first(cn, lambda name: self._matches(asked, name.text), reason, ignored=(*ip,)).of(dialect, host)

    def _broken_alternatives(self, stated: Certificate, seen: Certificate) -> str:
        """X509CertImpl.getSubjectAlternativeNames: from 21 on it throws where the extension can't be parsed; before, it
        can't write an EDIPartyName whose party it has not understood (one that is tagged as X.680 wants)."""
        if self.era is Era.STRICT:
            unread = seen.names is None and stated.extensions.has(SUBJECT_ALTERNATIVE_NAME)
            return "alternative-names-unreadable" if unread else ""
        odd = seen.names is not None and any(kind == 5 and b"\x81" not in der for kind, der in seen.names.other)
        return "verifier-breaks" if odd else ""

    def _matches(self, host: str, template: str) -> bool:
        if len(template) > _LONGEST_TEMPLATE:
            return False
        if self.checks_syntax:
            try:
                host, template = _to_unicode(host), _to_unicode(template)
            except UnicodeError:
                return False
            if "*" in template and "." not in template.rpartition("*")[2]:  # hasIllegalWildcard: "*", "*com"
                return False
            if not _is_domain_name(template.replace("*", "z")):
                return False
        host, template = host.lower(), template.lower()
        if self.leftmost_only:
            host_label, host_dot, host_rest = host.partition(".")
            label, dot, rest = template.partition(".")
            return _matches_wildcards(host_label, label) and (host_dot, host_rest) == (dot, rest)
        # StringTokenizer drops empty labels, so that dots at either end don't count
        host_labels, labels = list(filter(None, host.split("."))), list(filter(None, template.split(".")))
        return len(host_labels) == len(labels) and all(map(_matches_wildcards, host_labels, labels))


def _is_formal(name: PresentedName) -> bool:
    """HostnameChecker.matchDNS: a CN that is not in normal form KC is not looked at."""
    return len(name.text) <= _LONGEST_TEMPLATE and unicodedata.is_normalized("NFKC", name.text)


def _matches_wildcards(name: str, template: str) -> bool:
    """HostnameChecker.matchWildCards: each fixed part in turn at its first place, the last one at the end."""
    first, *rest = template.split("*")
    if not rest:
        return name == template
    if not name.startswith(first):
        return False
    name = name[len(first) :]
    for part in rest[:-1]:
        position = name.find(part)
        if position < 0:
            return False
        name = name[position + len(part) :]
    return name.endswith(rest[-1])


def _java_address(text: str) -> bytes | None:
    """The octets of an IP literal as sun.net.util.IPAddressUtil reads it: also "127.1" and "2130706433"."""
    if text.isascii() and 0 < len(text) <= 15 and re.fullmatch(r"\d+(\.\d+){0,3}", text):
        *leading, last = map(int, text.split("."))
        width = 4 - len(leading)
        if all(octet < 256 for octet in leading) and last < 1 << 8 * width:
            return bytes(leading) + last.to_bytes(width, "big")
    if ":" in text and len(text) < 64:
        from ipaddress import AddressValueError, IPv6Address

        try:
            address = IPv6Address(text.partition("%")[0])
        except AddressValueError:
            return None
        return (address.ipv4_mapped or address).packed  # Inet6Address.getByAddress unwraps mapped addresses
    return None


_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def _is_domain_name(text: str) -> bool:
    """javax.net.ssl.SNIHostName accepts it: IDN.toASCII with STD3 rules, not empty, no dot at the end."""
    try:
        labels = _to_ascii(text).split(".")
    except UnicodeError:
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def _to_ascii(text: str) -> str:
    if text.isascii():
        if any(len(label) > 63 for label in text.split(".")):
            raise UnicodeError("label too long")
        return text
    from encodings.idna import ToASCII, nameprep  # IDNA 2003, which java.net.IDN implements as well

    labels = re.split("[.\u3002\uff0e\uff61]", text)
    return ".".join(ToASCII(nameprep(label)).decode("ascii") if label else "" for label in labels)


def _to_unicode(text: str) -> str:
    ascii_text = _to_ascii(text)
    if "xn--" not in ascii_text.lower():
        return ascii_text
    from encodings.idna import ToUnicode

    def readable(label: str) -> str:
        try:
            return ToUnicode(label) if label else ""
        except UnicodeError:  # java.net.IDN.toUnicode never fails: it hands back its input
            return label

    return ".".join(map(readable, ascii_text.split(".")))


def wildcard_stands_for(template: str, host: str) -> bool:
    """HostnameChecker.isMatched as x509.DNSName asks it."""
    return _Jsse(Era.REWRITTEN)._matches(host, template)


# Apache HttpClient 4.1 to 4.2.2: org.apache.http.conn.ssl.AbstractVerifier

_COUNTRY_SECOND_LEVEL = frozenset(
    ("ac", "co", "com", "ed", "edu", "go", "gouv", "gov", "info", "lg", "ne", "net", "or", "org")
)
_APACHE_IPV4 = re.compile(r"(25[0-5]|2[0-4]\d|[0-1]?\d?\d)(\.(25[0-5]|2[0-4]\d|[0-1]?\d?\d)){3}", re.ASCII)
_APACHE_IPV6 = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:]*")


@frozen
class _Apache4:
    """First CN and all dNSName (for an IP literal: all iPAddress) are equals; a wildcard spans labels unless strict."""

    strict: bool

    def __call__(self, dialect: str, host: str, certificate: Certificate) -> NameMatch:
        is_address = _is_apache_address(host)
        names = java_reading(certificate, Era.REWRITTEN).certificate.names
        alternative = [
            *(PresentedName("dns", text) for text in (names.dns if names else ())),
            *(PresentedName("ip", _java_address_text(octets)) for octets in (names.ip if names else ())),
        ]
        kind = "ip" if is_address else "dns"
        first_cn = _apache_common_name(certificate.subject)
        used = [PresentedName("cn", first_cn)] if first_cn is not None else []
        used += [name for name in alternative if name.kind == kind]
        ignored = tuple(name for name in alternative if name.kind != kind)
        asked = host.strip(_TRIMMED).lower()
        reason = "no-name-matches" if used else "no-names"
        try:
            outcome = _first(used, lambda name: self._matches(asked, name.text, is_address), reason, ignored=ignored)
        except IndexError:  # StringIndexOutOfBoundsException leaves the verifier
            return NameMatch(dialect, host, False, None, tuple(used), ignored, "verifier-breaks")
        return outcome.of(dialect, host)

    def _matches(self, host: str, name: str, is_address: bool) -> bool:
        name = name.lower()
        parts = name.rstrip(".").split(".")  # String.split drops empty parts at the end
        if len(parts) < 3 or not parts[0].endswith("*") or is_address or not _allowed_below_country(parts):
            return host == name
        if parts[0] == "*":
            matches = host.endswith(name[1:])
        else:
            # 4.1 to 4.2.2 take (number of labels - 2) characters for the prefix, not the label's own (HTTPCLIENT-1255)
            size = len(parts) - 2
            if size > len(parts[0]) or size > len(host):
                raise IndexError
            matches = host.startswith(parts[0][:size]) and host[size:].endswith(name[len(parts[0]) :])
        return matches and (not self.strict or host.count(".") == name.count("."))


def _allowed_below_country(parts: list[str]) -> bool:
    """AbstractVerifier.acceptableCountryWildcard: not "*.co.uk"."""
    return len(parts) != 3 or len(parts[2]) != 2 or parts[1] not in _COUNTRY_SECOND_LEVEL


def _is_apache_address(host: str) -> bool:
    """InetAddressUtils: dotted quads, and IPv6 in hexadecimal only (no brackets, zone or dotted tail)."""
    if _APACHE_IPV4.fullmatch(host):
        return True
    return _APACHE_IPV6.fullmatch(host) is not None and _java_address(host) is not None


def _java_address_text(octets: bytes) -> str:
    """As InetAddress.getHostAddress writes it: IPv6 in full, without leading zeros and without "::"."""
    if len(octets) == 16:
        return ":".join(f"{int.from_bytes(octets[i : i + 2], 'big'):x}" for i in range(0, 16, 2))
    return ".".join(map(str, octets))


def _apache_common_name(subject: DistinguishedName) -> str | None:
    """AbstractVerifier.getCNs()[0]: cut out of X500Principal.toString(), so with all the flaws of that cut."""
    for token in filter(None, _jdk_text(subject).split(",")):
        _, found, value = token.partition("CN=")
        if found:
            return value
    return None


_TRIMMED = "".join(map(chr, range(0x21)))
_QUOTED = re.compile(r'[,+=\n<>#;\\"]|  |^ | $')


def _jdk_text(name: DistinguishedName) -> str:
    """sun.security.x509.X500Name.toString as far as commas and "CN=" go; other keywords are left as OID."""

    def written(oid: str, text: str | None) -> str:
        keyword = "CN" if oid == COMMON_NAME else oid
        if text is None:
            return f"{keyword}=#"
        already = len(text) > 1 and text.startswith('"') and text.endswith('"')
        if already or not _QUOTED.search(text):
            return f"{keyword}={text}"
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{keyword}="{escaped}"'

    return ", ".join(" + ".join(written(a.oid, a.text) for a in rdn) for rdn in reversed(name.rdns))


# Apache HttpClient 4.5: org.apache.http.conn.ssl.DefaultHostnameVerifier with the public suffixes that HttpClients has
# for it (PublicSuffixMatcherLoader.getDefault)


def _apache45(dialect: str, host: str, certificate: Certificate) -> NameMatch:
    names = java_reading(certificate, Era.REWRITTEN).certificate.names
    dns = [PresentedName("dns", text) for text in names.dns] if names else []
    ip = [PresentedName("ip", text) for text in names.ip_text] if names else []
    cns = certificate.subject.common_names
    cn = [PresentedName("cn", cns[-1])] if cns else []
    if dns or ip:
        literal = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if _is_apache_address(literal):
            address = _java_address(literal)
            outcome = _first(ip, lambda name: _java_address(name.text) == address, ignored=(*dns, *cn))
            return outcome.of(dialect, host)
        return _first(dns, lambda name: _matches_identity(host, name.text), ignored=(*ip, *cn)).of(dialect, host)
    reason = "no-name-matches" if cn else "no-names"
    return _first(cn, lambda name: _matches_identity(host, name.text), reason).of(dialect, host)


def _matches_identity(host: str, identity: str) -> bool:
    """DefaultHostnameVerifier.matchIdentityStrict: one wildcard, not across a dot, and nothing of what is sold."""
    host, identity = host.lower(), identity.lower()
    return _fits(host, identity) and ("." not in host or _is_below_root(host, identity))


def _is_below_root(host: str, identity: str) -> bool:
    """PublicSuffixMatcher.getDomainRoot(identity, ICANN) and matchDomainRoot: the host lies below the one label that
    the identity has below a public suffix (of names that no list knows: below the last label)."""
    suffix = icann_suffix(identity)
    if identity.startswith(".") or suffix == identity:
        return False
    above = identity if suffix is None else identity.removesuffix(f".{suffix}")
    own = above.rpartition(".")[2]
    return f".{host}".endswith(f".{own}" if suffix is None else f".{own}.{suffix}")


def _fits(host: str, identity: str) -> bool:
    prefix, wildcard, suffix = identity.partition("*")
    if not wildcard:
        return host == identity
    if not (host.startswith(prefix) and host.endswith(suffix)) or len(prefix) + len(suffix) > len(host):
        return False
    return "." not in host[len(prefix) : len(host) - len(suffix)]


def _unchecked(dialect: str, host: str, certificate: Certificate) -> NameMatch:
    return NameMatch(dialect, host, matched=True)


@frozen
class _Library:
    """A library that is not Java: its matcher's answer in this file's words."""

    matcher: Matcher

    def __call__(self, dialect: str, host: str, certificate: Certificate) -> NameMatch:
        found = self.matcher(host, certificate)
        tried, ignored = ([PresentedName(*name) for name in names] for names in (found.tried, found.ignored))
        by = PresentedName(*found.by) if found.by else None
        return NameMatch(dialect, host, by is not None, by, tuple(tried), tuple(ignored), found.reason)


@frozen
class _Outcome:
    by: PresentedName | None
    tried: tuple[PresentedName, ...]
    ignored: tuple[PresentedName, ...] = field(default=())
    reason: str = ""

    def of(self, dialect: str, host: str) -> NameMatch:
        return NameMatch(dialect, host, self.by is not None, self.by, self.tried, self.ignored, self.reason)


def _first(
    names: list[PresentedName],
    matches: Callable[[PresentedName], bool],
    reason: str = "no-name-matches",
    ignored: tuple[PresentedName, ...] = (),
) -> _Outcome:
    for count, name in enumerate(names, 1):
        if matches(name):
            return _Outcome(name, tuple(names[:count]), ignored)
    return _Outcome(None, tuple(names), ignored, reason)


_DIALECTS: dict[str, Callable[[str, str, Certificate], NameMatch]] = {
    "jsse-8": _Jsse(Era.MINIMAL, checks_syntax=False),  # 7, 8
    "jsse-11": _Jsse(Era.MINIMAL, drops_dot=False),  # 11
    "jsse-11.0.19": _Jsse(Era.MINIMAL),  # JDK-8065422
    "jsse-17.0.0": _Jsse(Era.REWRITTEN, drops_dot=False),  # 17 before 17.0.6
    "jsse": _Jsse(Era.REWRITTEN),  # 17
    "jsse-leftmost": _Jsse(Era.STRICT, leftmost_only=True),  # 21 and later (RFC 6125, JDK-8282630)
    "apache-4": _Apache4(strict=False),  # BrowserCompatHostnameVerifier, the default of 4.1 to 4.2
    "apache-4-strict": _Apache4(strict=True),
    "apache-4.5": _apache45,
    "none": _unchecked,
    **{name: _Library(matcher) for name, matcher in MATCHERS.items()},
}
DIALECTS = tuple(_DIALECTS)
