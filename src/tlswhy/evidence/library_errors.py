"""Messages of TLS libraries that are not Java's, each line that holds one as what a client says: OpenSSL (with Node,
Python, curl), Go, GnuTLS, NSS, browsers, Schannel.

Owns where such messages stand. What they mean is read out of the same table, data/library_messages.toml, elsewhere. A
text that holds Java's exceptions is read as those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.text import lines, text_of, time_of
from tlswhy.evidence.types import ClientWords, Evidence, Thrown
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source
from tlswhy.tables import load_table

LONGEST = 2000
MOST_LINES = 4000
SHORT = 40
"""Lines: "connection refused" in a longer text may be about anything."""
_SURE = re.compile(
    r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|\bx509: |\btls: |\b(?:SSL|SEC)_ERROR_[A-Z]|\bSEC_E_[A-Z]"
    r"|\bERR_(?:CERT|SSL|TLS)_|SSL certificate problem|_SIGNED_CERT|CERT_HAS_EXPIRED|UNABLE_TO_(?:GET|VERIFY)_"
    r"|error:[0-9A-F]{8}:|ssl\.SSL\w*Error|MOZILLA_PKIX_ERROR|^curl: \(\d+\)|^\* .*(?:SSL|TLS)|SSL routines:"
    r"|\*\*\* Fatal error: |RemoteCertificate|GNUTLS_E_|The certificate is NOT trusted"
    r"|Verify return code: [1-9]|verify error:num=|ERROR_WINHTTP_SECURE|gnutls_handshake\(\) failed"
    r"|secure channel|SSL/TLS|verification failed\. CAfile"
)
_HOST = re.compile(
    r"(?:https?://|host(?:name)?:? ['\"]?|connect to |\bservername=)"
    r"(?P<host>[\w-]+(?:\.[\w-]+)+)(?::(?P<port>\d{1,5}))?"
)


def likelihood(head: bytes) -> float:
    """A line with a mark that only such a library writes; a pasted message needs none, but must be all there is."""
    said = text_of(head).splitlines()
    if any(_SURE.search(line) for line in said[:MOST_LINES]):
        return 0.45
    return 0.03 if len(said) <= SHORT and any(said_in(line) for line in said) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The messages, the same ones once. Raises BadEvidence where no line is one."""
    heard = Heard.nothing()
    host: str | None = None
    port: int | None = None
    for number, line in lines(source):
        if found := _HOST.search(line[:LONGEST]):
            host, port = found["host"], int(found["port"]) if found["port"] else port
        if thrown := said_in(line, number):
            time = time_of(line)
            words = ClientWords(source.name, (line_of(source.name, number),), (thrown,), times=(time,) if time else ())
            heard.add(iter((replace(words, host=host, port=port),)))
    said = list(heard)
    if not said:
        raise BadEvidence(source.name, "line 1", "evidence-unknown")
    yield from said
    if heard.dropped:
        yield Oddity("words-left-out", "", source.name, {"count": heard.dropped})


def said_in(line: str, number: int = 0) -> Thrown | None:
    """The library and the message of a line; None where it holds none."""
    text = line.strip()[:LONGEST]
    if not text or not _plausible().search(text):
        return None
    for library, pattern in _messages():
        if pattern.search(text):
            return Thrown(library, text, "", number)
    return None


@cache
def _messages() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = load_table("library_messages.toml")["row"]
    return tuple((row["library"], re.compile(row["message"])) for row in rows)


@cache
def _plausible() -> re.Pattern[str]:
    """What any message of the table holds, so that most lines are passed by at once."""
    return re.compile(
        r"(?i)cert|ssl|tls|http|x509|alert|dh[ _]|_E_|0x80|PR_|EOF|ERR_|refused|reset|timed? ?out|timeout|deadline"
        r"|resolve|getaddrinfo|EAI_|ENOTFOUND|ECONN|ETIMEDOUT|no such host|service not known|connect|pull func|hang up"
        r"|routines|packet|Diffie|cipher|curve|signature|modulus|terminat|key usage|altnames|subtree|constraint"
        r"|authority|revo|extension|issuer|purpose|key too|digest|hostname"
        r"|errno=|encryption|WinHttp|security|domain name|trust"
    )
