"""Settings start with nothing known; a chain of certificates tells what key stands behind it."""

from __future__ import annotations

from dataclasses import fields

from tests.oracle import recorded
from tlswhy.model.settings import ServerSettings, Switches, served_chain
from tlswhy.pki.stores import read_certificates
from tlswhy.unseen import UNSEEN


def test_nothing_is_known_of_a_server_at_first():
    known = {field.name for field in fields(ServerSettings) if getattr(ServerSettings(), field.name) is not UNSEEN}
    assert known == {"prioritise_chacha", "looks_at_server_name", "switches"}
    assert ServerSettings().switches == Switches(), "none of Windows' switches is told"


def test_the_leaf_tells_the_key():
    row = recorded.row("j17.0.9", "ecdsa-p256")
    chain = [entry.certificate for entry in read_certificates(recorded.chain(row))]
    served = served_chain(chain, ["gadgets.example.test"])
    assert (served.algorithm, served.bits, served.curve) == ("EC", 256, "secp256r1")
    assert served.certificates == tuple(chain)
    assert served.server_names == ("gadgets.example.test",)
