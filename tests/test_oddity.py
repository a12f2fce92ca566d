import dataclasses

import pytest

from tlswhy.oddity import Oddity


def test_an_oddity_gets_the_name_of_its_evidence_and_keeps_the_rest():
    oddity = Oddity("packet-cut", "frame 14", facts={"captured": 96, "original": 1514})
    assert oddity.of("a.pcap") == Oddity("packet-cut", "frame 14", "a.pcap", {"captured": 96, "original": 1514})
    assert oddity.item == ""


def test_an_oddity_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Oddity("packet-cut").place = "frame 1"
