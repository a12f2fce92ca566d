"""What java.security said from release to release (java_history.toml), and which of it can matter to a TLS client."""

import tomllib
from pathlib import Path

from tlswhy.client.constraints import parse_disabled

SPANS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["span"]
"""Releases that share their properties: first, last, source, tls, certpath."""
NO_MATTER_FOR_A_CLIENT = {"DTLSv1.0", "anon", "NULL", "DES", "DES40_CBC", "RC4_40"}
"""What no default suite has, and DTLS: no profile of its own for releases that differ in these alone."""


def effective(value: str) -> list[str]:
    """The entries that can change what a TLS client does, in their order."""
    entries = [entry for entry in parse_disabled(value).entries if entry.text not in NO_MATTER_FOR_A_CLIENT]
    return [entry.text for entry in entries if "SignedJAR" not in entry.text]
