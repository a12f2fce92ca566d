"""A model's two answers have the shape of what is seen on the wire."""

from __future__ import annotations

import pytest

from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.model.settings import ClientCertificate, DhGroup, ServerSettings, served_chain
from tlswhy.pki.stores import read_certificates
from tlswhy.server.flights import refused, served
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN


@pytest.mark.parametrize("case", ["base-tls12", "chain-9-ints", "dhe-1024-tls10-aes128cbc"])
def test_the_certificate_message_has_the_size_that_was_recorded(case):
    row = recorded.row("j8u212", case)
    evidence = read_evidence(source_of_bytes("capture.pcap", recorded.capture(row)))
    recorded_flight = diagnose(evidence, clients=["java/8u212"], host=row["host"]).diagnoses[0].situation.flight
    chain = served_chain([entry.certificate for entry in read_certificates(recorded.chain(row))])
    made = served(ServerSettings(), version=0x0303, suite=0xC02F, chain=chain)
    assert made.chain_size == recorded_flight.chain_size
    assert made.chain == recorded_flight.chain


def test_what_the_settings_do_not_say_is_unseen():
    made = served(ServerSettings(), version=0x0303, suite=0x0033, chain=None, dh=DhGroup(1536))
    assert made.dh.prime_bits == 1536
    assert made.asks_client_certificate is UNSEEN
    asking = ServerSettings(client_certificate=ClientCertificate.ASKED)
    assert served(asking, version=0x0303, suite=0x0033, chain=None).asks_client_certificate is True


def test_a_refusal_has_one_cause_and_an_alert():
    ending = refused("no-common-cipher", 40)
    assert (ending.refused, ending.alert, ending.assumed) == (("no-common-cipher",), 40, True)
    assert ending.version is UNSEEN
