"""One certificate inside a store, before it is read: its bytes and what kind of entry holds it."""

from __future__ import annotations

from enum import StrEnum

from tlswhy.frozen import frozen


class EntryKind(StrEnum):
    """TRUSTED: entered as trusted. KEY: in the chain of a private key. LOOSE: neither (all of PEM, DER, PKCS#7).

    Java takes only TRUSTED entries of a PKCS#12 file as trust anchors; what ``openssl pkcs12 -nokeys`` writes is LOOSE.
    """

    TRUSTED = "trusted"
    KEY = "key"
    LOOSE = "loose"


@frozen
class CertificateEntry:
    """``position``: in a key entry's chain, 0 the key's own. ``place`` where the alias is not the best one."""

    der: bytes
    kind: EntryKind
    alias: str | None = None
    position: int = 0
    place: str | None = None
