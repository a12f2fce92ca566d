"""What each Java runtime says of itself, held against the profile that stands for it, field by field."""

import pytest

from tests.client.java_history import effective
from tests.live.javas import JavaRuntime
from tlswhy.client.profiles import merged_profile
from tlswhy.client.recognise import parts_of_hello, parts_of_profile, recognise
from tlswhy.side import Side
from tlswhy.wire.hello import read_client_hello
from tlswhy.wire.messages import ClientHello, Span

VERSIONS = {"TLSv1.3": 0x0304, "TLSv1.2": 0x0303, "TLSv1.1": 0x0302, "TLSv1": 0x0301, "SSLv3": 0x0300}
NEVER_IN_CERTIFICATES = {"NONEwithRSA"}
"""Signatures over bare digests, which some runtimes have and no certificate can carry."""


@pytest.fixture
def java(every_java: JavaRuntime) -> JavaRuntime:
    return every_java


def hello_of(java: JavaRuntime) -> ClientHello:
    return hello_in(java.told["hello"])


def hello_in(told: str) -> ClientHello:
    """A record in hexadecimal."""
    record = bytes.fromhex(told)
    span = Span(Side.CLIENT, 0, len(record))
    return read_client_hello(record[5:], span, int.from_bytes(record[1:3], "big"))[0]


def test_the_hello_is_the_profile_s(java: JavaRuntime):
    hello, policy = hello_of(java), java.policy
    assert parts_of_hello(hello) == parts_of_profile(merged_profile(policy.runtime), policy.offer)
    assert hello.extensions == policy.offer.extensions
    assert sorted((VERSIONS[name] for name in java.told["protocols"].split()), reverse=True) == [*policy.offer.versions]


def test_the_hello_is_recognised_as_the_profile_s(java: JavaRuntime):
    found = recognise(hello_of(java))
    assert found.exact
    assert java.policy.runtime in {found.id, *found.also, *found.documented}


def test_the_properties_are_the_profile_s(java: JavaRuntime):
    shipped = merged_profile(java.policy.runtime).get("constraints", {})
    curves = java.told["jdk.disabled.namedCurves"]
    assert effective(java.policy.disabled_tls) == effective(java.told["jdk.tls.disabledAlgorithms"])
    assert effective(java.policy.disabled_certpath) == effective(java.told["jdk.certpath.disabledAlgorithms"])
    if "include" in java.policy.disabled_tls:
        assert shipped.get("named_curves", "") == curves


def test_the_signatures_are_the_profile_s(java: JavaRuntime):
    known = java.policy.path_rules.implemented
    assert known is not None
    assert set(java.told["signatures"].split()) - known <= NEVER_IN_CERTIFICATES
    assert known - set(java.told["signatures"].split()) <= NEVER_IN_CERTIFICATES
