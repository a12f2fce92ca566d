"""Hex dumps in a log: the rows of sun.misc.HexDumpEncoder, with or without the text beside the bytes.

Owns the columns: the text beside a row may itself look like hex, so only the sixteen columns of bytes are read.
"""

from __future__ import annotations

import re

_ROW = re.compile(r"^\s*(?P<offset>[0-9A-Fa-f]{4,8}): (?P<bytes>(?:[0-9A-Fa-f]{2}(?: {1,3}|$)){1,16})")
_COLUMNS = 16 * 3 + 2
"""Characters of a full row: "XX " sixteen times, two more spaces in the middle (HexDumpEncoder.encodeAtom)."""


def row_of(line: str) -> bytes | None:
    """The bytes of one row; None where the line is none."""
    found = _ROW.match(line)
    if found is None:
        return None
    start = found.start("bytes")
    digits = []
    for cell in line[start : start + _COLUMNS].split():
        if len(cell) != 2 or not _is_hex(cell):
            break
        digits.append(cell)
    return bytes.fromhex("".join(digits[:16])) if digits else None


def _is_hex(cell: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in cell)
