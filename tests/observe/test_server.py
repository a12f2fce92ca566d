"""Connections become observations: which hello got which answer before its client reacted."""

from __future__ import annotations

import pytest

from tests.observe.test_handshake import observed
from tests.oracle import recorded
from tlswhy.model.settings import ClientCertificate
from tlswhy.observe.server import server_of
from tlswhy.unseen import UNSEEN


def handshakes(case: str, *clients: str):
    return [observed(recorded.row(client, case)) for client in clients]


def test_an_answer_and_a_refusal():
    server = server_of(handshakes("proto-tls12-only", "j8u212", "j8u51-tls10"))
    served, refused = server.observations
    assert served.flight is not None
    assert served.flight.version == 0x0303
    assert served.alert is None
    assert (refused.flight, refused.alert) == (None, 70)
    assert refused.offer.versions[0] == 0x0301
    assert [place.place for place in served.where] == ["frame 4"]


def test_what_the_client_did_is_left_out():
    """The client's own fatal alert is no answer of the server."""
    (seen,) = server_of(handshakes("dhe-512-tls12-aes256cbc", "j8u212")).observations
    assert seen.flight is not None
    assert seen.alert is None


def test_silence_and_plain_text_tell_nothing():
    assert server_of(handshakes("wire-silent", "j8u212")).observations == ()
    assert server_of(handshakes("wire-http", "j8u212")).observations == ()


@pytest.mark.parametrize(
    ("case", "client", "insists"),
    [
        ("clientauth-requested", "j8u212", ClientCertificate.ASKED),
        ("sig-sha1-leaf-gnutls", "j17.0.9", ClientCertificate.ASKED),
        ("clientauth-required-tls12", "j8u212", ClientCertificate.DEMANDED),
        ("base-tls12", "j8u212", UNSEEN),
    ],
)
def test_who_came_without_a_certificate_shows_whether_one_is_demanded(case, client, insists):
    assert server_of(handshakes(case, client)).client_certificate is insists
