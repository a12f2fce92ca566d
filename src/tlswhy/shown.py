"""What the user of a client reads where it refuses: the exception that its HTTP layer lets through, to the letter.

Owns the sentences of Apache HttpClient, of JSSE's name check and of a failed connect, as the software itself writes
them; they are nobody's to translate. Where we do not know the letter, it says None. Knows nothing of whether a refusal
is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tlswhy.model.client import ClientPolicy
from tlswhy.pki.names import NameMatch, is_address, match_host
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Refusal, Verdict
from tlswhy.wire.numbers import alert_name, is_tls13

HANDSHAKE_EXCEPTION: Final = "javax.net.ssl.SSLHandshakeException"


def shown(situation: Situation, verdict: Verdict) -> tuple[str | None, ...]:
    """For each refusal what the user reads if that one is the reason; None: not known to the letter."""
    if verdict.accepted is not Accepted.NO:
        return (None,) * len(verdict.refusals)
    return tuple(_shown(situation, refusal) for refusal in verdict.refusals)


def _shown(situation: Situation, refusal: Refusal) -> str | None:
    client = situation.client
    match refusal.cause:
        case "tcp-refused" if client.connection_refused is not None:
            return f"java.net.ConnectException: {client.connection_refused}"
        case "tcp-refused" | "dns-failed":
            return None  # before any handshake, so that no layer masks it
        case "client-cert-required" if _after_the_handshake(situation):
            return _alert_received(client, refusal)
        case "hostname-mismatch":
            return _of_name(situation)
        case _:
            return client.masks


def _after_the_handshake(situation: Situation) -> bool:
    """TLS 1.3: the client is done before the server says that it wants a certificate (RFC 8446, 4.4.2.4)."""
    version = situation.flight.version
    return not isinstance(version, Unseen) and is_tls13(version)


def _alert_received(client: ClientPolicy, refusal: Refusal) -> str | None:
    """sun.security.ssl.TransportContext.fatal, the alert's own name before it in newer releases."""
    alert = refusal.facts.get("alert")
    if client.family != "java" or not isinstance(alert, int):
        return None
    name = alert_name(alert)
    return f"{HANDSHAKE_EXCEPTION}: {_prefix(client, name)}Received fatal alert: {name}"


def _prefix(client: ClientPolicy, alert: str) -> str:
    return f"({alert}) " if client.names_alerts else ""


def _of_name(situation: Situation) -> str | None:
    chain, host = situation.flight.chain, situation.host
    if chain is None or isinstance(chain, Unseen) or not isinstance(host, str):
        return None
    match = match_host(host, chain[0], situation.client.name_dialect)
    words = _NAME_WORDS.get(match.dialect)
    return words(situation.client, match) if words and not match.matched else None


def _apache_4(client: ClientPolicy, match: NameMatch) -> str | None:
    """org.apache.http.conn.ssl.AbstractVerifier.verify of HttpClient 4.0 to 4.3: the CN first, all in lower case."""
    if match.reason == "verifier-breaks":
        return None
    if not match.tried:
        return f"javax.net.ssl.SSLException: Certificate for <{match.host}> doesn't contain CN or DNS subjectAlt"
    names = " OR".join(f" <{name.text.lower()}>" for name in match.tried)
    return f"javax.net.ssl.SSLException: hostname in certificate didn't match: <{match.host}> !={names}"


def _apache_45(client: ClientPolicy, match: NameMatch) -> str | None:
    """org.apache.http.conn.ssl.DefaultHostnameVerifier of HttpClient 4.5."""
    exception = "javax.net.ssl.SSLPeerUnverifiedException: Certificate"
    if match.reason == "no-names":
        nothing = "doesn't contain a common name and does not have alternative names"
        return f"{exception} subject for <{match.host}> {nothing}"
    mismatch = f"{exception} for <{match.host}> doesn't match"
    alternatives = ", ".join(name.text for name in (*match.tried, *match.ignored) if name.kind != "cn")
    if not alternatives:
        common = " ".join(name.text for name in match.tried)
        return f"{mismatch} common name of the certificate subject: {common}"
    return f"{mismatch} any of the subject alternative names: [{alternatives}]"


def _jsse(client: ClientPolicy, match: NameMatch) -> str | None:
    """sun.security.util.HostnameChecker: matchIP and matchDNS."""
    host = match.host[1:-1] if match.host.startswith("[") and match.host.endswith("]") else match.host
    if match.reason == "no-alternative-names":
        text = "No subject alternative names present"
    elif match.reason == "host-not-a-domain-name":
        text = f"Illegal given domain name: {host}"
    elif is_address(host):
        text = f"No subject alternative names matching IP address {host} found"
    elif any(name.kind == "dns" for name in match.tried):
        text = f"No subject alternative DNS name matching {host.removesuffix('.')} found."
    else:
        text = f"No name matching {host.removesuffix('.')} found"
    if client.wraps_name_exception:
        return f"{HANDSHAKE_EXCEPTION}: java.security.cert.CertificateException: {text}"
    return f"{HANDSHAKE_EXCEPTION}: {_prefix(client, 'certificate_unknown')}{text}"


_NAME_WORDS: Mapping[str, Callable[[ClientPolicy, NameMatch], str | None]] = {
    "apache-4": _apache_4,
    "apache-4.5": _apache_45,
    "jsse": _jsse,
    "jsse-8": _jsse,
    "jsse-11": _jsse,
    "jsse-11.0.19": _jsse,
    "jsse-17.0.0": _jsse,
    "jsse-leftmost": _jsse,
}
