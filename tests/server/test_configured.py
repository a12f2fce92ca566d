"""What a configuration tells of a server's answers: the block for a name, and a refusal that has one reason only."""

from dataclasses import replace
from typing import Any

import pytest

from tests.oracle import recorded
from tlswhy import diagnose
from tlswhy.client.profiles import load_client
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.settings import Order, ServerSettings
from tlswhy.server.configured import configuration_of, foretold, software_of, why_configured_refuses
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN

OFFER = replace(load_client("java/8u212").members[0].offer, sends_server_name=True)
FAILURE, VERSION = 40, 70


def configured(**told: object) -> ServerConfiguration:
    return ServerConfiguration("nginx.conf", "nginx", ServerSettings(**told))  # type: ignore[arg-type]


def why(configuration: ServerConfiguration, alert: int = FAILURE) -> str | None:
    return why_configured_refuses(OFFER, alert, configuration, UNSEEN)


def test_no_suite_in_common_whatever_the_rest():
    assert why(configured(suites=(0x1302, 0xCCA8, 0xCCA9))) == "no-common-cipher"


def test_a_version_that_the_client_does_not_have():
    assert why(configured(versions=(0x0304,)), VERSION) == "no-common-version"
    assert why(configured(versions=(0x0304,)), FAILURE) is None  # it would have said so


@pytest.mark.parametrize(
    "configuration",
    [
        configured(),
        configured(suites=OFFER.suites),
        configured(suites=(0xC02F,)),  # a key of RSA would serve it
        ServerConfiguration("x", None, ServerSettings(suites=(0xCCA8,))),
        ServerConfiguration("server.xml", "tomcat", ServerSettings(suites=(0xC02F, 0xCCA8))),
        ServerConfiguration("Caddyfile", "caddy", ServerSettings(suites=(0xCCA8,))),
    ],
)
def test_what_some_server_so_set_up_would_serve_is_open(configuration: ServerConfiguration):
    assert why(configuration) is None


def test_another_alert_than_the_one_that_was_seen_is_no_reason():
    assert why(configured(suites=(0x1302, 0xCCA8, 0xCCA9)), 80) is None


WINDOWS_2016 = ServerSettings(software="schannel/2016", suites=(0x0039, 0xC030), order=Order.SERVER)


def test_windows_may_end_it_without_the_alert():
    told = replace(configured(), platform="windows-2016", settings=replace(WINDOWS_2016, suites=(0x009E, 0xC02B)))
    offer = replace(OFFER, suites=(0xC014, 0x0035))
    for alert, cause in ((FAILURE, "no-common-cipher"), (None, "no-common-cipher"), (80, None)):
        assert why_configured_refuses(offer, alert, told, UNSEEN) == cause
    assert why_configured_refuses(offer, None, configured(suites=(0x009E, 0xC02B)), UNSEEN) is None


def test_which_releases_a_configuration_may_be_of():
    assert software_of(replace(configured(), settings=WINDOWS_2016)) == ("schannel/2016",)
    every = software_of(replace(configured(), settings=replace(WINDOWS_2016, software="schannel")))
    assert len(every) == 7
    assert {name.partition("/")[0] for name in software_of(replace(configured(), platform="tomcat"))} == {
        *("jsse", "openssl")
    }
    assert software_of(replace(configured(), platform=None)) == ()


def test_every_answer_that_a_server_so_set_up_may_give():
    """Windows' own order; the size of Diffie-Hellman is that release's, whatever the key."""
    told = replace(configured(), settings=WINDOWS_2016)
    answers = foretold(OFFER, told, UNSEEN)
    assert {(flight.suite, flight.dh.prime_bits) for flight in answers if not flight.refused} == {(0x0039, 2048)}
    anywhere = foretold(OFFER, replace(told, settings=replace(WINDOWS_2016, software="schannel")), UNSEEN)
    assert {flight.dh.prime_bits for flight in anywhere if flight.suite == 0x0039} == {1024, 2048}
    assert foretold(OFFER, ServerConfiguration("x", None, ServerSettings()), UNSEEN) == ()


def test_what_nobody_told_may_be_any_default():
    answers = foretold(OFFER, configured(suites=(0x0039,), versions=(0x0303,)), UNSEEN)
    sizes = {flight.dh.prime_bits for flight in answers if not flight.refused}
    assert {1024, 2048} <= sizes
    assert ("no-common-cipher",) in {flight.refused for flight in answers}, "nginx without ssl_dhparam"
    settled = configured(suites=(0xC030,), versions=(0x0303,), order=Order.SERVER)
    assert {flight.suite for flight in foretold(OFFER, settled, UNSEEN)} == {0xC030}


def test_the_block_for_a_name():
    one = configured()
    a, b = replace(one, names=("a.example.org",)), replace(one, names=("*.example.net",))
    assert configuration_of([], "a.example.org", alone=True) is None
    assert configuration_of([a], "elsewhere", alone=True) is a
    assert configuration_of([a], "elsewhere", alone=False) is None
    assert configuration_of([one], "elsewhere", alone=False) is None
    assert configuration_of([a], "a.example.org", alone=False) is a
    assert configuration_of([a, b], "A.example.org", alone=True) is a
    assert configuration_of([a, b], "x.example.net", alone=True) is b
    assert configuration_of([a, b], "elsewhere", alone=True) is None
    assert configuration_of([one, one], None, alone=True) is None


def test_a_bare_refusal_gets_its_reason_with_the_line_that_decides():
    row = recorded.row("j8u51", "dhe-512-tls12-aes256cbc")
    assert headline(row, b"# ours\nssl_ciphers ECDHE-RSA-CHACHA20-POLY1305;") == (
        "no-common-cipher",
        [("c.pcap", "frame 6"), ("nginx.conf", "line 2")],
    )
    assert headline(row, b"ssl_ciphers HIGH;")[0] == "server-alert"


def headline(row: dict[str, Any], text: bytes) -> tuple[str, list[tuple[str, str]]]:
    evidence = [
        *read_evidence(source_of_bytes("c.pcap", recorded.capture(row))),
        *read_evidence(source_of_bytes("nginx.conf", text)),
    ]
    (found,) = diagnose(evidence, host="server.example", plans=False).diagnoses
    head = found.verdict.refusals[0]
    return head.cause, [(where.item, where.place) for where in head.where]
