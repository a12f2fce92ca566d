"""What a client's policy says of algorithms and keys in a certificate path, as the path rules ask for it.

Owns only the questions and the shape of an answer; how a policy is written down is the client room's business
(``client.constraints`` for Java's disabledAlgorithms).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tlswhy.frozen import frozen
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm


class Concern(StrEnum):
    """What an entry of a policy minds."""

    SIGNATURE = "signature"
    KEY_SIZE = "key-size"
    KEY = "key"


@frozen
class PolicyObjection:
    """``entry`` is the text of the policy that objects, verbatim."""

    entry: str
    concern: Concern


@frozen
class Use:
    """Where an algorithm or key is met: what conditional entries ask about."""

    moment: datetime
    anchor_ships_with_client: bool
    usage: str = "TLSServer"


class AlgorithmPolicy(Protocol):
    """Each answer is the first entry that objects, or None."""

    def objection_to_signature(self, algorithm: SignatureAlgorithm) -> PolicyObjection | None:
        """The signature algorithm alone, wherever it is used."""

    def objection_to_key(self, key: PublicKey) -> PolicyObjection | None:
        """The key alone: its kind, its curve, its size."""

    def objection_to_use(self, algorithm: SignatureAlgorithm, key: PublicKey, use: Use) -> PolicyObjection | None:
        """The algorithm and the key of one certificate in this use; conditional entries count."""


@frozen
class NoPolicy:
    """Minds nothing."""

    def objection_to_signature(self, algorithm: SignatureAlgorithm) -> PolicyObjection | None:
        return None

    def objection_to_key(self, key: PublicKey) -> PolicyObjection | None:
        return None

    def objection_to_use(self, algorithm: SignatureAlgorithm, key: PublicKey, use: Use) -> PolicyObjection | None:
        return None
