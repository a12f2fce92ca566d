"""What a configuration tells of a server's answers: the block for a name, and a refusal that has one reason only."""

import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import recorded
from tests.remedy.sites import Apache, Haproxy, Nginx, Site, Tomcat, installed, make_pki
from tests.server.hellos import SUITES, Answered, alike, ask, known_hello, random_hello
from tests.server.hellos import foretold as as_seen
from tlswhy import diagnose
from tlswhy.client.profiles import load_client
from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_evidence, read_together
from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.settings import Order, ServerSettings
from tlswhy.observe.connections import observe_all
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.stores import read_certificates
from tlswhy.scene import readable, served_as_configured
from tlswhy.server.configured import configuration_of, foretold, software_of, why_configured_refuses
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.wire.numbers import suite_name, suite_name_openssl

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


# Real servers, read from their own files as evidence

SUITE_NAMES = [name for name in map(suite_name_openssl, SUITES) if name and not name.startswith("TLS_")]
VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
HOW_MANY, HELLOS = (12, 60) if os.environ.get("TLSWHY_ALL_CASES") else (2, 25)


def nginx_at_random(rng: random.Random, folder: Path) -> Site:
    lines = {"ssl_certificate": f"ssl_certificate {folder}/both.pem;", "ssl_ciphers": f"ssl_ciphers {listed(rng)};"}
    lines["ssl_protocols"] = f"ssl_protocols {' '.join(versions(rng))};"
    if rng.random() < 0.7:
        lines["order"] = f"ssl_prefer_server_ciphers {rng.choice(['on', 'off'])};"
    if rng.random() < 0.5:
        lines["curve"] = (
            f"ssl_ecdh_curve {rng.choice(['X25519:prime256v1', 'secp384r1', 'prime256v1:X25519:secp521r1'])};"
        )
    if rng.random() < 0.5:
        lines["dh"] = f"ssl_dhparam {folder}/weak-group.pem;"
    return Nginx(folder, lines)


def apache_at_random(rng: random.Random, folder: Path) -> Site:
    chain = rng.choice(["both.pem", "fullchain.pem"])
    lines = {"certificate": f"SSLCertificateFile {folder}/{chain}", "suites": f"SSLCipherSuite {listed(rng)}"}
    lines["protocol"] = f"SSLProtocol -all {' '.join('+' + name for name in versions(rng))}"
    if rng.random() < 0.7:
        lines["order"] = f"SSLHonorCipherOrder {rng.choice(['on', 'off'])}"
    if rng.random() < 0.5:
        lines["curves"] = f"SSLOpenSSLConfCmd Curves {rng.choice(['X25519:P-256', 'P-384'])}"
    return Apache(folder, lines)


def haproxy_at_random(rng: random.Random, folder: Path) -> Site:
    lowest, highest = sorted(rng.choices(range(4), k=2))
    names = [name.replace("TLSv1", "TLSv1.0") if name == "TLSv1" else name for name in VERSIONS]
    lines = {
        "ciphers": f"ciphers {listed(rng)}",
        "least": f"ssl-min-ver {names[lowest]}",
        "most": f"ssl-max-ver {names[highest]}",
    }
    if rng.random() < 0.4:
        lines["order"] = "prefer-client-ciphers"
    if rng.random() < 0.5:
        lines["curves"] = f"curves {rng.choice(['X25519:P-256', 'P-384'])}"
    aside = {"dh": f"ssl-dh-param-file {folder}/weak-group.pem"} if rng.random() < 0.5 else {}
    return Haproxy(folder, lines, aside)


def tomcat_at_random(rng: random.Random, folder: Path) -> Site:
    jsse = rng.random() < 0.5
    numbers = rng.sample([number for number in SUITES if suite_name_openssl(number)], rng.randint(4, 14))
    numbers.append(0xC02F)  # Tomcat does not start where its Java has none of them
    names = ",".join(map(suite_name, numbers)) if jsse else listed(rng) + ":ECDHE-RSA-AES128-GCM-SHA256"
    chosen = sorted({*versions(rng), "TLSv1.2"})
    lines = {"ciphers": f'ciphers="{names}"', "protocols": f'protocols="{"+".join(chosen)}"'}
    if rng.random() < 0.7:
        lines["order"] = f'honorCipherOrder="{rng.choice(["true", "false"])}"'
    return Tomcat(folder, lines)


def listed(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return rng.choice(["HIGH:!aNULL:!MD5", "ECDHE+AESGCM:DHE+AES:!aNULL", "ALL:!aNULL:!eNULL:!CAMELLIA"])
    return ":".join(rng.sample(SUITE_NAMES, rng.randint(2, 12)))


def versions(rng: random.Random) -> list[str]:
    return sorted(rng.sample(VERSIONS, rng.randint(1, 4)))


FILES = {
    "nginx": (nginx_at_random, "nginx.conf"),
    "apache2": (apache_at_random, "httpd.conf"),
    "haproxy": (haproxy_at_random, "haproxy.cfg"),
    "tomcat": (tomcat_at_random, "conf/server.xml"),
}


@pytest.mark.parametrize("program", FILES)
def test_a_real_server_answers_as_its_own_file_foretells(program: str, tmp_path: Path):
    """The answer is among those foretold; nearly always there is one version and suite to foretell."""
    if not installed(program):
        pytest.skip(f"no {program} here")
    make, file = FILES[program]
    rng = random.Random(f"{program} 20261125")
    asked = settled = 0
    differing: list[str] = []
    for number in range(HOW_MANY):
        folder = tmp_path / str(number)
        folder.mkdir()
        make_pki(folder)
        site = make(rng, folder)
        with site.up() as port:
            told, chain = evidence_of(folder, file)
            for turn in range(HELLOS):
                hello = known_hello(rng) if turn % 2 else random_hello(rng)
                seen, said = ask(port, hello), [as_seen(flight) for flight in foretold(hello.offer, told, chain)]
                asked += 1
                settled += len({(each.alert, each.version, each.suite) for each in said}) == 1
                if not any(alike(seen, each) or refused_unseen(seen, each) for each in said):
                    differing.append(f"{site.lines}\n  {hello.offer}\n  real {seen}\n  ours {said}")
    assert len(differing) <= 0.005 * asked, f"{len(differing)} of {asked}\n" + "\n".join(differing[:6])
    assert settled >= asked // 5


def refused_unseen(seen: Answered, said: Answered) -> bool:
    """JSSE finds out behind its ServerHello of TLS 1.3 that it cannot sign: its alert is encrypted."""
    return seen.version == 0x0304 and seen.leaf is None and said.alert == FAILURE


def evidence_of(folder: Path, file: str) -> tuple[ServerConfiguration, tuple[Certificate, ...]]:
    """What the tool makes of the server's own files: its configuration, and the chain that this names."""
    names = [file, "both.pem", "fullchain.pem", "weak-group.pem", "site.pem"]
    sources = [source_of_bytes(name, (folder / name).read_bytes()) for name in names if (folder / name).exists()]
    failures: list[BadEvidence] = []
    observed = observe_all(read_together(sources, failures.append))
    assert failures == []
    (told,) = observed.configurations
    certificates = served_as_configured(observed, told)[0]
    return told, tuple(readable(certificates.ders))


def windows(release: str, *suites: int, **doubts: object) -> ServerConfiguration:
    settings = ServerSettings(software=f"schannel/{release}", suites=suites, order=Order.SERVER)
    return ServerConfiguration("policy.txt", f"windows-{release}", settings, **doubts)  # type: ignore[arg-type]


def served() -> tuple[Certificate, ...]:
    pem = recorded.chain(recorded.row("j8u212", "base-tls12"))
    return tuple(entry.certificate for entry in read_certificates(pem))


def chosen(configuration: ServerConfiguration) -> set[int]:
    return {flight.suite for flight in foretold(OFFER, configuration, served())}


def test_what_nobody_knows_of_a_policy_is_thought_of_in_every_way():
    dhe, ecdhe = 0x0039, 0xC014
    assert chosen(windows("2016", dhe)) == {dhe}
    assert chosen(windows("2016", dhe, instead=((ecdhe,), ()))) == {dhe, ecdhe, 0xC030}  # the release's own first, too
    assert chosen(windows("2012r2", ecdhe, dhe, curveless=frozenset({ecdhe}))) == {dhe, ecdhe}
    assert chosen(windows("2016", ecdhe, dhe, curveless=frozenset({ecdhe}))) == {ecdhe}  # since then they bring none
    assert why(windows("2016", 0xCCA8, instead=((dhe,),))) is None  # one of them would serve it
