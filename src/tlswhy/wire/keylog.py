"""NSS key logs: the secrets of connections, by label and client random.

Owns the file format (the one that SSLKEYLOGFILE made common, RFC 9850). Knows nothing of how secrets are used.
"""

from __future__ import annotations

import re
from typing import Final

LIMIT: Final = 200_000
"""Secrets kept at most; a longer log loses its oldest."""

_LINE: Final = re.compile(
    rb"^([A-Z_]{6,40}[0-9]{0,4})[ \t]+([0-9A-Fa-f]{64})[ \t]+([0-9A-Fa-f]{64,128})[ \t]*\r?$",
    re.MULTILINE,
)


class KeyLog:
    """Secrets of one or several logs; false when it holds none."""

    __slots__ = ("_secrets", "skipped")

    def __init__(self) -> None:
        self._secrets: dict[tuple[str, bytes], bytes] = {}
        self.skipped = 0
        """Lines that were neither a secret nor blank nor a comment."""

    @classmethod
    def parse(cls, *texts: str | bytes) -> KeyLog:
        """Read one or several logs; what is no key log line is skipped and counted."""
        log = cls()
        for text in texts:
            log.add(text)
        return log

    def add(self, text: str | bytes) -> None:
        """Read one more log; a later secret of the same name and random outdoes an earlier one."""
        data = text.encode("ascii", "replace") if isinstance(text, str) else text
        read = 0
        for match in _LINE.finditer(data):
            label, random, secret = match.groups()
            read += 1
            key = (label.decode(), bytes.fromhex(random.decode()))
            self._secrets.pop(key, None)
            if len(self._secrets) >= LIMIT:
                del self._secrets[next(iter(self._secrets))]
            self._secrets[key] = bytes.fromhex(secret.decode()) if len(secret) % 2 == 0 else b""
        lines = (line.strip() for line in data.splitlines())
        self.skipped += max(0, sum(1 for line in lines if line and not line.startswith(b"#")) - read)

    def secret(self, label: str, client_random: bytes) -> bytes | None:
        """The secret of that label for that connection."""
        return self._secrets.get((label, client_random)) or None

    def __len__(self) -> int:
        return len(self._secrets)
