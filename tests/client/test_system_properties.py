"""System properties by release; what they make of a real hello: tests/live/test_java_settings.py."""

import pytest

from tlswhy.client.profiles import load_client, reads_since
from tlswhy.client.system_properties import read_settings
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import SystemProperties
from tlswhy.source import source_of_bytes
from tlswhy.tables import load_table


def given(*properties: str) -> SystemProperties:
    line = " ".join(f"-D{each}" for each in properties)
    (found,) = read_evidence(source_of_bytes("start.sh", f"exec java {line} -jar gadgets.jar\n".encode()))
    assert isinstance(found, SystemProperties)
    return found


def client(name: str, *properties: str, spoke: bool = False):
    policy = load_client(name).members[0]
    return policy, read_settings(given(*properties)).applied_to(policy, spoke=spoke)


def test_versions_of_the_client():
    before, after = client("java/8u212", "jdk.tls.client.protocols=TLSv1.2")
    assert (len(before.offer.versions), after.offer.versions) == (3, (0x0303,))
    assert after.sources[0].text == "start.sh: jdk.tls.client.protocols=TLSv1.2 (line 1)"


def test_a_release_reads_what_it_knows():
    before, after = client("java/8u212", "jdk.tls.maxCertificateChainLength=3", "jdk.tls.client.protocols=TLSv1.3")
    assert after.longest_chain is None
    assert after.offer.versions == before.offer.versions
    assert client("java/8u271", "jdk.tls.maxCertificateChainLength=3")[1].longest_chain == 3
    assert client("java/11.0.9", "jdk.tls.maxCertificateChainLength=-1")[1].longest_chain == 10


def test_https_settings_reach_httpsurlconnection_alone():
    assert client("java/17.0.9", "https.protocols=TLSv1.2")[1].offer.versions == (0x0303,)
    before, after = client("java/17.0.9@httpclient-4.5", "https.protocols=TLSv1.2")
    assert after == before


def test_what_the_client_said_itself_is_no_question_of_settings():
    before, after = client(
        "java/17.0.9", "jdk.tls.namedGroups=secp384r1", "jdk.tls.maxHandshakeMessageSize=9", spoke=True
    )
    assert after.offer == before.offer
    assert after.largest_handshake_message == 9


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("jsse.enableSNIExtension=false", lambda p: (p.offer.sends_server_name, 0 in p.offer.extensions)),
        ("jdk.security.allowNonCaAnchor=true", lambda p: (p.path_rules.anchor_must_be_ca, False)),
    ],
)
def test_switches(text: str, changed):
    before, after = client("java/17.0.9", text)
    assert changed(before)[0] is True
    assert changed(after) == (False, False)


def test_no_name_check_in_java_net_http():
    _, after = client("java/17.0.9@java-net-http", "jdk.internal.httpclient.disableHostnameVerification=true")
    assert after.name_dialect == "none"


def test_what_changes_nothing_is_said():
    found = read_settings(given("jdk.tls.disabledAlgorithms=RC4", "jdk.tls.ephemeralDHKeySize=2048"))
    assert [oddity.what for oddity in found.oddities] == ["property-security-property", "property-servers"]
    assert found.values == {}


def test_every_property_is_known_by_what_it_does():
    for name, row in load_table("java_system_properties.toml")["property"].items():
        settings = read_settings(given(f"{name}=1"))
        assert bool(settings.oddities) == (row["does"] in {"servers", "security-property", "not-judged"})


def test_since():
    assert reads_since("java/8u281", {"8": "8u271"})
    assert not reads_since("java/8u266", {"8": "8u271"})
    assert reads_since("java/17.0.9+zulu@raw", {"8": "8u271"})
    assert not reads_since("java/7u80", {"8": "8u271"})
