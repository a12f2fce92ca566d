"""PEM certificates inside any text, with the lines at which they begin; a text that shows them may hold much else."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from tlswhy.oddity import Oddity

MOST_BLOCKS = 10_000
LONGEST_BLOCK = 1 << 20
"""Characters of base64."""
_BEGIN, _END = "-----BEGIN ", "-----END "


@dataclass(slots=True)
class PemReader:
    """Feed lines; ``blocks`` holds (line, DER) of each certificate that was whole."""

    blocks: list[tuple[int, bytes]] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    _start: int = 0
    _label: str = ""
    _size: int = 0
    _body: list[str] | None = None

    def feed(self, number: int, line: str) -> bool:
        """One line; whether it was part of a PEM block."""
        text = line.strip()
        if text.startswith(_BEGIN):
            self.close()
            self._start, self._label = number, text.removeprefix(_BEGIN).rstrip("-").strip()
            self._body, self._size = [], 0
            return True
        if self._body is None:
            return False
        if text.startswith(_END):
            self._take("".join(self._body))
            self._body = None
            return True
        self._size += len(text)
        if self._size <= LONGEST_BLOCK:
            self._body.append(text)
        return True

    def close(self) -> None:
        """The text is over, or another block begins: one that has no end is odd."""
        if self._body is not None:
            self.oddities.append(Oddity("pem-block-not-closed", f"line {self._start}", facts={"label": self._label}))
            self._body = None

    def _take(self, body: str) -> None:
        if "CERTIFICATE" not in self._label or "REQUEST" in self._label or len(self.blocks) >= MOST_BLOCKS:
            return
        try:
            self.blocks.append((self._start, base64.b64decode(body, validate=True)))
        except (binascii.Error, ValueError):
            self.oddities.append(Oddity("pem-block-broken", f"line {self._start}", facts={"label": self._label}))
