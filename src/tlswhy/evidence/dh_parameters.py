"""Diffie-Hellman parameters as evidence: what ``openssl dhparam`` writes, alone or behind a server's certificates.

Owns that PEM block (PKCS #3, and X9.42's with its third number): the group that a server has which names the file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import text_of
from tlswhy.evidence.types import Evidence, ShownDhParameters
from tlswhy.model.settings import DhGroup
from tlswhy.model.where import line as line_of
from tlswhy.pki import der
from tlswhy.source import Source

LARGEST = 1 << 20
LARGEST_PRIME = 65536
"""Bits: more is nonsense."""
_ARMOUR = r"(?:X9\.42 )?DH PARAMETERS-----"
_BLOCK: Final = re.compile(rf"-----BEGIN {_ARMOUR}(?P<body>[A-Za-z0-9+/=\s]{{1,20000}})-----END {_ARMOUR}")


def likelihood(head: bytes) -> float:
    """Its armour, and no certificate beside it: else it is a file of certificates."""
    text = text_of(head)
    return 0.85 if _BLOCK.search(text) and "CERTIFICATE-----" not in text else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The first group of the file. Raises BadEvidence where none can be read."""
    found = next(read_dh_parameters(source), None)
    if found is None:
        raise BadEvidence(source.name, "line 1", "dh-parameters-broken")
    yield found


def read_dh_parameters(source: Source) -> Iterator[ShownDhParameters]:
    """The first group that a file holds, if any (SSL_CTX_set_tmp_dh is given one)."""
    text = text_of(source.read(LARGEST))
    for block in _BLOCK.finditer(text):
        group = _group("".join(block["body"].split()))
        if group is not None:
            yield ShownDhParameters(source.name, group, line_of(source.name, text.count("\n", 0, block.start()) + 1))
            return


def _group(body: str) -> DhGroup | None:
    try:
        numbers = der.read_element(base64.b64decode(body, validate=True)).expect(der.SEQUENCE).children()
        prime, generator = (der.integer(number) for number in islice(numbers, 2))
    except (binascii.Error, ValueError):  # NotDer is one
        return None
    return DhGroup(prime.bit_length(), prime, generator) if 1 < prime.bit_length() <= LARGEST_PRIME else None
