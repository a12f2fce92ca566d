"""Which rungs and certificates a refusal points at."""

import pytest

from tests.render import examples
from tlswhy.render.blame import blame, blamed_certificates


@pytest.mark.parametrize(
    ("case", "kinds"),
    [
        ("dhe-512-tls10-aes128cbc", {"server-key-exchange"}),
        ("wire-http", {"not-tls"}),
        ("wire-closed-port", {"rst"}),
        ("dhe-512-tls12-aes256cbc", {"alert"}),
        ("base-tls12", set()),
    ],
)
def test_messages(case, kinds):
    assert blame(examples.diagnosis(examples.handshake("j8u51", case))) == kinds


def test_certificates():
    trusts = examples.trusted("j8u51", "expired-leaf")
    seen = examples.handshake("j8u51", "expired-leaf")
    found = examples.diagnosis(seen, trusts=trusts, alerts={"cert-expired": (46,)})
    assert found.verdict.refusals[0].cause == "cert-expired"
    assert blamed_certificates(found) == {0}
    assert blame(found) == {"certificate"}
    assert blamed_certificates(examples.diagnosis(examples.handshake("j8u51", "base-tls12"))) == frozenset()
