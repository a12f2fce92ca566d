"""Host names as the libraries that are not Java match them: OpenSSL, Node.js, curl, Go, GnuTLS, NSS, Chromium.

Owns one matcher per library, each written after the source named in its comment; ``names`` offers them as dialects.
A matcher answers with the names it compared (until one fits), those it passed over, and why none fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from tlswhy.frozen import frozen
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.public_suffixes import icann_suffix

Name = tuple[str, str]
"""Kind ("dns", "ip", "cn") and text."""


@frozen
class Match:
    """``by``: the name that fits; ``tried``: those compared; ``ignored``: those this library passed over."""

    by: Name | None
    tried: tuple[Name, ...]
    ignored: tuple[Name, ...] = ()
    reason: str = ""


Matcher = Callable[[str, Certificate], Match]
_LONGEST_NAME = 1024


def openssl(host: str, certificate: Certificate) -> Match:
    """X509_check_host and X509_check_ip (crypto/x509/v3_utl.c), with X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS as Python
    sets it. A trailing dot belongs to the name; every CN counts where there is no dNSName."""
    return _openssl(host, certificate, partial=False)


def openssl_s_client(host: str, certificate: Certificate) -> Match:
    """The same without flags, as s_client -verify_hostname asks: "g*" and "*s" are wildcards too."""
    return _openssl(host, certificate, partial=True)


def _openssl(host: str, certificate: Certificate, *, partial: bool) -> Match:
    dns, ip, cns = _presented(certificate)
    address = _address(host)
    if address is not None:
        return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
    names, others = (dns, (*ip, *cns)) if dns else (cns, ip)
    return _first(names, lambda text: _openssl_matches(text, host, partial=partial), ignored=others)


def _openssl_matches(pattern: str, host: str, *, partial: bool) -> bool:
    """equal_wildcard: a star (valid_star) stands for one label's letters, in an IDN's only where it is all of it."""
    pattern, host = pattern.lower(), host.lower()
    star = _OPENSSL_STAR.fullmatch(pattern)
    if star is None or (star["prefix"] and star["suffix"]) or (star["prefix"] + star["suffix"] and not partial):
        return pattern == host
    prefix, suffix = star["prefix"], star["suffix"] + star["rest"]
    whole = not prefix and suffix.startswith(".")
    covered = host[len(prefix) : len(host) - len(suffix)]
    if not (host.startswith(prefix) and host.endswith(suffix) and len(host) >= len(prefix) + len(suffix) + whole):
        return False
    return re.fullmatch(r"[a-z0-9-]*", covered) is not None and (whole or not host.startswith("xn--"))


_OPENSSL_STAR = re.compile(
    r"(?!xn--)(?P<prefix>(?:[a-z0-9][a-z0-9-]*)?)\*(?P<suffix>(?:[a-z0-9-]*[a-z0-9])?)"
    r"(?P<rest>(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?){2,})"
)


def node(host: str, certificate: Certificate) -> Match:
    """tls.checkServerIdentity (lib/tls.js): dots at the end dropped, one "*" anywhere in the first label, the CN only
    where there is no dNSName."""
    dns, ip, cns = _presented(certificate)
    host = host.removesuffix(".")
    address = _address(host)
    if address is not None:
        return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
    names, others = (dns, (*ip, *cns)) if dns else (cns, ip)
    return _first(names, lambda text: _node_matches(text, host), ignored=others)


def _node_matches(pattern: str, host: str) -> bool:
    parts, asked = pattern.removesuffix(".").lower().split("."), host.lower().split(".")
    if len(parts) != len(asked) or "" in parts or re.search(r"[^\x21-\x7f]", pattern):
        return False
    if parts[1:] != asked[1:]:
        return False
    pieces = parts[0].split("*")
    if len(pieces) == 1 or "xn--" in parts[0]:
        return parts[0] == asked[0]
    if len(pieces) > 2 or len(parts) <= 2:
        return False
    prefix, suffix = pieces
    fits = asked[0].startswith(prefix) and asked[0].endswith(suffix)
    return fits and len(prefix) + len(suffix) <= len(asked[0])


def curl(host: str, certificate: Certificate) -> Match:
    """ossl_verifyhost (lib/vtls/openssl.c), Curl_cert_hostcheck (lib/vtls/hostcheck.c): the last CN, also for an IP
    address, where there is neither dNSName nor iPAddress; "*." in front only, not right below one label."""
    dns, ip, cns = _presented(certificate)
    host = host.removesuffix(".")
    address = _address(host)
    if dns or ip:
        if address is not None:
            return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
        return _first(dns, lambda text: _curl_matches(text, host), ignored=(*ip, *cns))
    return _first(cns[-1:], lambda text: _curl_matches(text, host), ignored=cns[:-1])


def _curl_matches(pattern: str, host: str) -> bool:
    pattern, host = pattern.removesuffix(".").lower(), host.lower()
    rest = pattern[1:]
    if not pattern.startswith("*.") or rest.count(".") < 2 or _address(host) is not None:
        return pattern == host
    label, dot, below = host.partition(".")
    return bool(label) and dot + below == rest


def go(host: str, certificate: Certificate) -> Match:
    """x509.Certificate.VerifyHostname, since 1.17: subjectAltName alone; "*" is one whole label, at any height."""
    dns, ip, cns = _presented(certificate)
    literal = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    address = _address(literal)
    if address is not None:
        return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
    reason = "no-name-matches" if dns else "no-alternative-names"
    return _first(dns, lambda text: _go_matches(text, host), reason, ignored=(*ip, *cns))


def _go_matches(pattern: str, host: str) -> bool:
    pattern, host = pattern.lower(), host.lower()
    if not (_is_go_name(pattern, is_pattern=True) and _is_go_name(host.removesuffix("."), is_pattern=False)):
        return pattern not in ("", ".") and pattern == host
    parts, asked = pattern.split("."), host.removesuffix(".").split(".")
    if len(parts) != len(asked):
        return False
    return parts[1:] == asked[1:] and parts[0] in ("*", asked[0])


def _is_go_name(name: str, *, is_pattern: bool) -> bool:
    labels = name.split(".")
    if is_pattern and labels[0] == "*" and len(labels) > 1:
        labels = labels[1:]
    return all(re.fullmatch(r"[a-z0-9_][a-z0-9_-]*", label) for label in labels)


def gnutls(host: str, certificate: Certificate) -> Match:
    """gnutls_x509_crt_check_hostname2 (lib/x509/hostname-verify.c): the CN where there is no dNSName, if it is the only
    one; "*." in front only, not right below one label."""
    dns, ip, cns = _presented(certificate)
    address = _address(host)
    if address is not None:
        return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
    if dns:
        return _first(dns, lambda text: _gnutls_matches(text, host), ignored=(*ip, *cns))
    names = cns if len(cns) == 1 else ()
    return _first(names, lambda text: _gnutls_matches(text, host), ignored=ip if names else (*ip, *cns))


def _gnutls_matches(pattern: str, host: str) -> bool:
    """_gnutls_hostname_compare."""
    pattern, host = pattern.lower(), host.lower()
    if not pattern.startswith("*.") or pattern.count(".") < 2:
        return pattern == host
    label, dot, below = host.partition(".")
    return bool(label) and dot + below == pattern[1:]


def nss(host: str, certificate: Certificate) -> Match:
    """CERT_VerifyCertName, cert_TestHostName (lib/certdb/certdb.c): the CN, also for an IP address, where there is
    neither dNSName nor iPAddress; "*" at the end of the first label, not right below one label."""
    dns, ip, cns = _presented(certificate)
    address = _address(host)
    if dns or ip:
        if address is not None:
            return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
        return _first(dns, lambda text: _nss_matches(text, host), ignored=(*ip, *cns))
    return _first(cns[-1:], lambda text: _nss_matches(text, host), ignored=cns[:-1])


def _nss_matches(pattern: str, host: str) -> bool:
    pattern, host = pattern.lower(), host.lower()
    label, dot, rest = pattern.partition(".")
    if not label.endswith("*") or label.count("*") != 1 or _address(host) is not None:
        return pattern == host
    middle, second, last = rest.partition(".")
    asked, asked_dot, below = host.partition(".")
    if not (middle and second and last) or label.startswith("xn--"):
        return False
    return asked.startswith(label[:-1]) and asked_dot + below == dot + rest


def chromium(host: str, certificate: Certificate) -> Match:
    """net::X509Certificate::VerifyHostname: subjectAltName alone; "*" is one whole label, never right below a
    registry's domain, which a last label that no list knows counts as (INCLUDE_UNKNOWN_REGISTRIES)."""
    dns, ip, cns = _presented(certificate)
    address = _address(host)
    host = host.lower().removesuffix(".")
    if address is not None:
        return _first(ip, lambda text: _address(text) == address, ignored=(*dns, *cns))
    reason = "no-name-matches" if dns else "no-alternative-names"
    return _first(dns, lambda text: _chromium_matches(text, host), reason, ignored=(*ip, *cns))


def _chromium_matches(pattern: str, host: str) -> bool:
    pattern = pattern.lower().removesuffix(".")
    label, _, domain = pattern.partition(".")
    asked, _, below = host.partition(".")
    if len(pattern) > len(host) or domain != below or not pattern:
        return False
    if label != "*":
        return label == asked
    if "." not in domain or re.fullmatch(r"[0-9.]*", host) is not None:
        return False
    return icann_suffix(domain) != domain


def _presented(certificate: Certificate) -> tuple[tuple[Name, ...], tuple[Name, ...], tuple[Name, ...]]:
    names = certificate.names
    dns = tuple(("dns", text) for text in names.dns) if names else ()
    ip = tuple(("ip", text) for text in names.ip_text) if names else ()
    return dns, ip, tuple(("cn", text) for text in certificate.subject.common_names)


def _first(
    names: Iterable[Name], fits: Callable[[str], bool], reason: str = "no-name-matches", ignored: Iterable[Name] = ()
) -> Match:
    names = tuple(names)
    for count, name in enumerate(names, 1):
        if len(name[1]) <= _LONGEST_NAME and fits(name[1]):
            return Match(name, names[:count], tuple(ignored))
    return Match(None, names, tuple(ignored), reason if names else "no-names")


def _address(text: str) -> bytes | None:
    try:
        return ip_address(text).packed
    except ValueError:
        return None


MATCHERS: dict[str, Matcher] = {
    "openssl": openssl,
    "openssl-s_client": openssl_s_client,
    "node": node,
    "curl": curl,
    "go": go,
    "gnutls": gnutls,
    "nss": nss,
    "chromium": chromium,
}
