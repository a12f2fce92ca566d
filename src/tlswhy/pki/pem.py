"""PEM (RFC 7468), written; reading it is for ``stores``, since what people call PEM is rarely just that."""

from __future__ import annotations

import base64


def pem_of(der: bytes, label: str = "CERTIFICATE") -> str:
    """One block, lines of 64 characters."""
    text = base64.b64encode(der).decode("ascii")
    lines = "".join(f"{text[start : start + 64]}\n" for start in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"
