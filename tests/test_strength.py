"""What is recommended: sound, and what the client has."""

import pytest

from tlswhy.client.profiles import load_client
from tlswhy.model.client import DhLimits
from tlswhy.strength import dh_sizes, sound_groups, sound_schemes, sound_suites, sound_versions
from tlswhy.wire.numbers import TLS12, group_name, scheme_name, suite


@pytest.mark.parametrize(
    "client", ["java/7u79", "java/8u51", "java/8u212", "java/11.0.5-noec", "java/25.0.5", "curl/8.14"]
)
def test_recommended_suites_are_offered_forward_secret_and_strong(client):
    offer = load_client(client).members[0].offer
    suites = sound_suites(offer)
    assert set(suites) <= set(offer.suites)
    found = [suite(number) for number in suites]
    assert all(s.forward_secret and s.cipher in {"AES", "CHACHA20"} and not s.anonymous for s in found)
    kinds = [s.key_exchange for s in found]
    assert kinds == sorted(kinds, key=["any", "ECDHE", "DHE"].index)
    assert "DHE" not in {suite(number).key_exchange for number in sound_suites(offer, without_dhe=True)}


def test_groups_schemes_and_versions_are_the_clients_own():
    client = load_client("java/8u212").members[0]
    assert group_name(sound_groups(client)[0]) == "secp256r1"
    assert scheme_name(sound_schemes(client)[0]) == "rsa_pkcs1_sha256"
    assert not any("sha1" in scheme_name(number) for number in sound_schemes(client))
    assert sound_versions(client.offer) == (TLS12,)
    assert sound_versions(load_client("java/8u51-tls10").members[0].offer) == ()


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        (DhLimits(1024, 512, 8192, 64), (2048, 3072, 1024)),
        (DhLimits(768, 512, 2048, 64), (2048, 1024)),
        (DhLimits(0, 512, 1024, 64), (1024,)),
        (DhLimits(4096, 512, 8192, 64), ()),
    ],
)
def test_sizes_of_groups(limits, sizes):
    assert dh_sizes(limits) == sizes
