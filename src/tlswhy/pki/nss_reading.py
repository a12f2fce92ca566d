"""What NSS can't decode at all (CERT_DecodeDERCertificate: CERT_CertificateTemplate in lib/certdb/certdb.c).

Owns the certificate's frame alone: times, what follows the key, the parts of an extension. Single values are decoded
where they are asked for.
"""

from __future__ import annotations

from functools import lru_cache

from tlswhy.pki import der
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.java_values import Unreadable, bits, check_lengths

_TIMES = (der.UTC_TIME, der.GENERALIZED_TIME)


@lru_cache(maxsize=1024)
def decode_fault(certificate: Certificate) -> str | None:
    """Why it can't be decoded, as a code (SEC_QuickDERDecodeItem: DER, nothing after it)."""
    if certificate.to_be_signed_by is not None:
        return None
    if any(oddity.what == "certificate-trailing-bytes" for oddity in certificate.oddities):
        return "broken-encoding"
    try:
        outer = der.read_element(certificate.der)
        if outer.end != outer.stop:
            return "broken-encoding"
        check_lengths(outer)
        fields = list(outer.first().children())
        fields = fields[1:] if fields[0].tag == 0xA0 else fields
        moments = list(fields[3].children())
        if len(moments) != 2 or not all(moment.tag in _TIMES and moment.content for moment in moments):
            return "validity"
        return None if _rest_decodes(fields[6:]) else "broken-encoding"
    except Unreadable as unreadable:
        return "length-not-minimal" if str(unreadable) == "length-not-minimal" else "broken-encoding"
    except (der.NotDer, IndexError):
        return "broken-encoding"


def _rest_decodes(rest: list[der.Element]) -> bool:
    """issuerUniqueID and subjectUniqueID, then the extensions, and nothing more."""
    tags = [element.tag for element in rest]
    wanted = [tag for tag in (0x81, 0x82, 0xA3) if tag in tags]
    if tags != wanted:
        return False
    for identifier in rest[: len(rest) - (0xA3 in tags)]:
        bits(identifier, implicit=True)
    if 0xA3 not in tags:
        return True
    entries = [[part.tag for part in entry.children()] for entry in rest[-1].first().children()]
    return all(parts in ([0x06, 0x04], [0x06, 0x01, 0x04]) for parts in entries)
