"""One odd certificate for a test: sound but for the faults that are named."""

from datetime import UTC, datetime
from random import Random

from tests.pki.faults import faults_for
from tests.pki.paper import Paper, common_name, key, sound
from tlswhy.pki.certificate import Certificate, read_certificate

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
HOST = "gadgets.example.test"


def odd(role: str, *faults: str, kind: str = "p256") -> Paper:
    """A self-signed certificate of this role with these faults (names of ``tests.pki.faults``)."""
    paper = sound(role, common_name("some"), key(kind), MOMENT, host=HOST)
    for fault in faults:
        faults_for(role)[fault](paper, Random(fault))
    return paper


def read_odd(role: str, *faults: str, kind: str = "p256") -> Certificate:
    return read_certificate(odd(role, *faults, kind=kind).der())
