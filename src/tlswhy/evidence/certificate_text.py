"""Certificates as tools print them: ``keytool -list`` and ``-printcert``, ``openssl x509 -text``, ``certutil -dump``
and ``-verify``.

Owns which entry of a key store is trusted and which is served. Where the text holds PEM that is read; else the
certificates are only described, so that their names, algorithms and places can be told and nothing judged by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.library_errors import said_in
from tlswhy.evidence.pem_lines import PemReader
from tlswhy.evidence.text import date_in, lines, text_of
from tlswhy.evidence.types import (
    ClientWords,
    DescribedCertificate,
    DescribedCertificates,
    Evidence,
    Role,
    ShownCertificates,
)
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source

MOST_CERTIFICATES = 10_000
WINDOWS = "schannel"
_ENTRY = re.compile(r"\b(?P<kind>trustedCertEntry|PrivateKeyEntry|keyEntry|SecretKeyEntry)\b")
_BEGINS = re.compile(
    r"^(?:X509 Certificate:|\s{0,4}Certificate:|-{5}BEGIN"
    r"|(?:Certificate|Zertifikat|証明書|证书|憑證 ?|인증서|Certificat|Certificado)(?:\[\d+\]|\s#\d+):?)\s*"
)
# keytool in the languages of the JDK: sun.security.tools.keytool.Resources, as 11 to 17 print them
_KEYTOOL = re.compile(
    r"^(?:(?P<subject>Owner|所有者|擁有者|Eigentümer|Propriétaire|Propietario|Proprietario|소유자)"
    r"|(?P<issuer>Issuer|发布者|發出者|發行人|発行者|Aussteller|Emetteur|Émetteur|Emisor|발행자)"
    r"|(?P<signature>Signature algorithm name|签名算法名称|簽章演算法名稱|署名アルゴリズム名|Signaturalgorithmusname"
    r"|Nom de l'algorithme de signature|Nombre del algoritmo de firma|서명 알고리즘 이름)) ?: ?(?P<value>.{1,1000})$"
)
_OPENSSL = re.compile(
    r"^\s{4,12}(?:(?P<subject>Subject)|(?P<issuer>Issuer)|(?P<signature>Signature Algorithm)): ?(?P<value>.{1,1000})$"
)
_VALID = re.compile(
    r"^\s*(?:Not Before ?: ?(?P<begins>.{10,60})|Not After ?: ?(?P<ends>.{10,60})"
    r"|(?:Valid from|生效时间|有效期自|有効期間の開始日|Gültig von|Valide du|Válido desde|적합한 시작 날짜):?"
    r" ?(?P<range>.{10,160}))$"
)
_CERTUTIL = re.compile(r"^(?:(?P<subject>Subject)|(?P<issuer>Issuer)|(?P<signature>Signature Algorithm)):\s*$")
_YEAR = re.compile(r"\b\d{4}(?!\d)")
_CHAIN_ELEMENT = re.compile(r"^\s*CertContext\[\d{1,3}\]\[\d{1,3}\]: ")
_CHAIN_ERROR = re.compile(
    r"^\s*(?:Element\.dwErrorStatus = CERT_TRUST_|CertUtil: .{0,400}0x8|.{0,400}\b0x800[bB]01[0-9a-fA-F]{2}\b)"
)
"""What ``certutil -verify`` finds wrong, by the trust of the machine that it ran on."""
_OBJECT = re.compile(r"^\s+Algorithm ObjectId: (?P<oid>[\d.]{5,60})\s*(?P<name>[\w-]{0,60})")
_MARKS = re.compile(
    r"^(?:Certificate fingerprints|证书指纹|憑證指紋|証明書のフィンガプリント|Zertifikat(?:-F|sf)ingerprints"
    r"|인증서 지문|Empreintes du certificat|Huellas digitales del certificado) ?:"
    r"|^\s{0,4}Certificate:\r?\n\s+Data:|^X509 Certificate:\r?$|^\s*CertContext\[0\]\[0\]: "
    r"|\b(?:trustedCertEntry|PrivateKeyEntry)\b",
    re.MULTILINE,
)


def likelihood(head: bytes) -> float:
    """One of the tools' headings; before PEM alone, since only this tells trusted entries from keys."""
    text = text_of(head)
    if not text or not _MARKS.search(text):
        return 0.0
    return 0.85 if _ENTRY.search(text) or "-----BEGIN" not in text else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """Certificates shown, then described, by role. Raises BadEvidence where there are none."""
    text = _Text(source.name)
    for number, line in lines(source):
        text.feed(number, line)
    shown, described, words = list(text.shown()), list(text.described()), list(text.words)
    if not shown and not described and not words:
        raise BadEvidence(source.name, "line 1", "no-certificate-inside")
    yield from shown
    for listed in described:
        yield listed
        facts = {"count": len(listed.certificates)}
        yield Oddity("certificates-only-described", listed.certificates[0].where.place, source.name, facts)
    yield from words
    yield from (oddity.of(source.name) for reader in text.pem.values() for oddity in reader.oddities)


@dataclass(slots=True)
class _Text:
    """Served, unless an entry says that it is trusted; the last heading tells whose lines follow."""

    item: str
    role: Role = Role.SERVED
    pem: dict[Role, PemReader] = field(default_factory=lambda: {role: PemReader() for role in Role})
    rows: dict[Role, list[dict[str, str | int]]] = field(default_factory=lambda: {role: [] for role in Role})
    words: Heard = field(default_factory=Heard.nothing)
    _new: bool = True
    _pending: str | None = None

    def feed(self, number: int, line: str) -> None:
        """One line."""
        if entry := _ENTRY.search(line):
            self.role = Role.TRUSTED if entry["kind"] == "trustedCertEntry" else Role.SERVED
            self._new = True
            return
        if self.pem[self.role].feed(number, line):
            return
        if _CHAIN_ELEMENT.match(line):
            self._new = True
        elif _CHAIN_ERROR.match(line) and (thrown := said_in(line, number)):
            where = (line_of(self.item, number),)
            self.words.add(iter((ClientWords(self.item, where, (thrown,), speaker=WINDOWS),)))
        elif self._pending is not None and line.startswith(" ") and line.strip():
            self._take(number, self._pending, _value_of(line))
            self._pending = None
        elif _BEGINS.match(line):
            self._new = True
        elif found := _KEYTOOL.match(line) or _OPENSSL.match(line):
            self._take(number, str(found.lastgroup and _which(found)), found["value"].strip())
        elif found := _CERTUTIL.match(line):
            self._pending = _which(found)
        elif (found := _VALID.match(line)) and self.rows[self.role]:
            self._dates(self.rows[self.role][-1], found)

    def shown(self) -> Iterator[ShownCertificates]:
        """Those of which the text holds the bytes."""
        for role, reader in self.pem.items():
            reader.close()
            if reader.blocks:
                where = tuple(line_of(self.item, number) for number, _ in reader.blocks)
                yield ShownCertificates(self.item, role, tuple(der for _, der in reader.blocks), where)

    def described(self) -> Iterator[DescribedCertificates]:
        """Those of which it only tells."""
        for role, rows in self.rows.items():
            if rows and not self.pem[role].blocks:
                yield DescribedCertificates(self.item, role, tuple(map(self._certificate, rows)))

    def _take(self, number: int, name: str, value: str) -> None:
        rows = self.rows[self.role]
        if (self._new or not rows) and len(rows) < MOST_CERTIFICATES:
            rows.append({"line": number})
            self._new = False
        if name in rows[-1] and name in {"subject", "issuer"} and len(rows) < MOST_CERTIFICATES:
            rows.append({"line": number})  # the next certificate of a chain, without a heading of its own
        rows[-1].setdefault(name, value)

    @staticmethod
    def _dates(row: dict[str, str | int], found: re.Match[str]) -> None:
        """One date, or both in one line with the language's own word between them."""
        if told := found["range"]:
            years = list(_YEAR.finditer(told))
            if len(years) == 2:
                row.setdefault("begins", told[: years[0].end()])
                row.setdefault("ends", told[years[0].end() :])
        else:
            row.setdefault("begins" if found["begins"] else "ends", found["begins"] or found["ends"])

    def _certificate(self, row: dict[str, str | int]) -> DescribedCertificate:
        subject, issuer, signature = (str(row.get(name, "")) for name in ("subject", "issuer", "signature"))
        begins, ends = (date_in(str(row.get(name, ""))) for name in ("begins", "ends"))
        return DescribedCertificate(subject, issuer, signature, line_of(self.item, int(row["line"])), begins, ends)


def _which(found: re.Match[str]) -> str:
    return next(name for name in ("subject", "issuer", "signature") if found[name])


def _value_of(line: str) -> str:
    found = _OBJECT.match(line)
    return found["name"] or found["oid"] if found else line.strip()
