"""Plans are true: a real server with a fault refuses or is refused by real Java, the recipe's own text is applied to
its configuration, the server is started again, and the same Java is in. ``prove`` says so, too.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.cli.command import tlswhy
from tests.live.javas import JavaRuntime, asking, java_programs, runtime
from tests.remedy.sites import (
    HOST,
    Apache,
    Caddy,
    Haproxy,
    Jetty,
    Nginx,
    Node,
    OpensslServer,
    Pki,
    Site,
    Tomcat,
    installed,
    make_pki,
)
from tlswhy.gather.live import Manner
from tlswhy.gather.page import banner_of
from tlswhy.gather.targets import target_of
from tlswhy.model.flight import NO_FLIGHT
from tlswhy.observe.signs import signs_of
from tlswhy.remedy.guess import guess_platform
from tlswhy.remedy.platforms import load_platform
from tlswhy.remedy.suite_lists import whole_list

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(shutil.which("java") is None, reason="no Java here")]

WEAK = "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"
ECDHE = "ECDHE-RSA-AES128-GCM-SHA256"
POLICY = "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, DES, MD5withRSA, DH keySize < 2048, anon, NULL"
"""A floor that administrators set; OpenSSL serves nothing below Java's own."""
CAMELLIA = "CAMELLIA256-SHA:@SECLEVEL=0"
OLD = "DEFAULT:@SECLEVEL=0"
BRAINPOOL = "brainpoolP384r1"


def listed(name: str, value: str) -> str:
    """A list of Jetty's in XML."""
    return f'<Set name="{name}"><Array type="String"><Item>{value}</Item></Array></Set>'


FAULTS = {
    "nginx": {
        "weak-group": ["ssl_protocols TLSv1.2;", f"ssl_ciphers {WEAK};", "ssl_dhparam {folder}/weak-group.pem;"],
        "no-suite": ["ssl_protocols TLSv1.2;", f"ssl_ciphers {CAMELLIA};"],
        "old-version": ["ssl_protocols TLSv1.1;", f"ssl_ciphers {OLD};"],
        "odd-curve": ["ssl_protocols TLSv1.2;", f"ssl_ciphers {ECDHE};", f"ssl_ecdh_curve {BRAINPOOL};"],
        "no-intermediate": ["ssl_certificate {folder}/server.pem;"],
    },
    "apache": {
        "weak-group": [
            "SSLProtocol TLSv1.2",
            f"SSLCipherSuite {WEAK}",
            "SSLCertificateFile {folder}/fullchain.pem",
        ],
        "no-suite": ["SSLProtocol TLSv1.2", f"SSLCipherSuite {CAMELLIA}"],
        "old-version": ["SSLProtocol TLSv1.1", f"SSLCipherSuite {OLD}"],
        "odd-curve": ["SSLProtocol TLSv1.2", f"SSLCipherSuite {ECDHE}", f"SSLOpenSSLConfCmd Curves {BRAINPOOL}"],
        "no-intermediate": ["SSLCertificateFile {folder}/server.pem"],
        "client-certificate": [
            "SSLProtocol TLSv1.2",
            "SSLVerifyClient require",
            "SSLCACertificateFile {folder}/root.pem",
        ],
    },
    "haproxy": {
        "weak-group": ["no-tlsv13", f"ciphers {WEAK}", "ssl-dh-param-file {folder}/weak-group.pem"],
        "no-suite": ["no-tlsv13", f"ciphers {CAMELLIA}"],
        "old-version": ["ssl-max-ver TLSv1.1", "ssl-min-ver TLSv1.1", f"ciphers {OLD}"],
        "odd-curve": ["no-tlsv13", f"ciphers {ECDHE}", f"curves {BRAINPOOL}"],
        "no-intermediate": [],
        "client-certificate": ["no-tlsv13", "verify required", "ca-file {folder}/root.pem"],
    },
    "tomcat": {
        "weak-group": [
            'protocols="TLSv1.2"',
            'ciphers="TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"',
            'CATALINA_OPTS="$CATALINA_OPTS -Djdk.tls.ephemeralDHKeySize=1024 -Djdk.tls.namedGroups=secp256r1"',
        ],
        "no-suite": ['protocols="TLSv1.2"', 'ciphers="TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"'],
        "old-version": ['protocols="TLSv1.1"'],
        "no-intermediate": [],
    },
    "node": {
        "weak-group": [
            "maxVersion: 'TLSv1.2',",
            f"ciphers: '{WEAK}',",
            "dhparam: fs.readFileSync('weak-group.pem'),",
        ],
        "no-suite": ["maxVersion: 'TLSv1.2',", "ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',"],
        "old-version": ["minVersion: 'TLSv1.1',", "maxVersion: 'TLSv1.1',", f"ciphers: '{OLD}',"],
        "odd-curve": ["maxVersion: 'TLSv1.2',", f"ciphers: '{ECDHE}',", f"ecdhCurve: '{BRAINPOOL}',"],
        "no-intermediate": ["cert: fs.readFileSync('server.pem'),"],
    },
    "openssl-s-server": {
        "weak-group": ["-max_protocol TLSv1.2", f"-cipher {WEAK}", "-dhparam weak-group.pem"],
        "no-suite": ["-max_protocol TLSv1.2", f"-cipher {CAMELLIA}"],
        "old-version": ["-max_protocol TLSv1.1", f"-cipher {OLD}"],
        "odd-curve": ["-max_protocol TLSv1.2", f"-cipher {ECDHE}", f"-curves {BRAINPOOL}"],
        "no-intermediate": ["-cert_chain root.pem"],
    },
    "caddy": {
        "no-intermediate": ["tls {folder}/server.pem {folder}/server.key"],
    },
    "jetty": {
        "weak-group": [
            listed("IncludeProtocols", "TLSv1.2"),
            listed("IncludeCipherSuites", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
            "-Djdk.tls.ephemeralDHKeySize=1024",
            "-Djdk.tls.namedGroups=secp256r1",
        ],
        "no-suite": [
            listed("IncludeProtocols", "TLSv1.2"),
            listed("IncludeCipherSuites", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        ],
        "old-version": [listed("IncludeProtocols", "TLSv1.1"), listed("ExcludeCipherSuites", "NONE")],
        "no-intermediate": [],
    },
}
SLOW = frozenset({"tomcat", "jetty"})
"""A JVM to start, twice a pair: all of theirs are in the longer run."""
CERTIFICATES = {
    "wrong-name": {"server_name": "elsewhere.example"},
    "expired": {"days": (-90, -1)},
    "not-yet-valid": {"days": (1, 90)},
    "for-clients": {"usage": "clientAuth"},
}
KINDS: dict[str, type[Site]] = {"nginx": Nginx, "apache": Apache, "haproxy": Haproxy, "tomcat": Tomcat, "node": Node}
KINDS |= {"openssl-s-server": OpensslServer, "caddy": Caddy, "jetty": Jetty}
PROGRAMS = {"nginx": "nginx", "apache": "apache2", "haproxy": "haproxy", "tomcat": "tomcat", "node": "node"}
PROGRAMS |= {"openssl-s-server": "openssl", "caddy": "caddy", "jetty": "jetty"}
SOUND = {
    "nginx": "ssl_certificate {folder}/both.pem;",
    "apache": "SSLCertificateFile {folder}/both.pem",
    "haproxy": None,
    "tomcat": None,
    "node": "cert: fs.readFileSync('both.pem'),",
    "openssl-s-server": "-cert_chain intermediate.pem",
    "caddy": "tls {folder}/both.pem {folder}/server.key",
    "jetty": None,
}
CURES = [
    (platform, fault, number)
    for platform, faults in FAULTS.items()
    for fault in faults
    for number in ((0, 1) if fault == "weak-group" else (0,))
]
REISSUES = [
    *(("openssl-ca", fault) for fault in CERTIFICATES),
    *(("keytool-ca", fault) for fault in ("wrong-name", "for-clients")),
]
RUNTIMES = java_programs()
LONGER = bool(os.environ.get("TLSWHY_ALL_CASES"))


def chosen_pairs() -> Iterator[tuple[str, str, str, int]]:
    """Nearly all for the machine's own Java, for each other one a spread; in the longer run all for all."""
    quick = [cure for cure in CURES if cure[0] not in SLOW]
    for number, program in enumerate(RUNTIMES):
        few = [cure for cure in CURES if cure in quick or cure[1] in {"weak-group", "no-intermediate"}]
        spread = quick[number :: len(quick) // 8][:8]
        for cure in CURES if LONGER else spread if number else few:
            yield program, *cure


@pytest.fixture(scope="module")
def pki(tmp_path_factory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def policy(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "java.security"
    file.write_text(POLICY + "\n")
    return file


@pytest.fixture(scope="module")
def running_javas(policy) -> Iterator[Callable[[str], Callable[[int, str], str]]]:
    """Each runtime is started once, when it is wanted."""
    option = f"-Djava.security.properties={policy}"
    with ExitStack() as stack:
        yield cache(lambda program: stack.enter_context(asking(runtime(program), HOST, option)))


@pytest.fixture
def java(program) -> JavaRuntime:
    return runtime(program)


@pytest.fixture
def connect(program, running_javas) -> Callable[[int, str], str]:
    return running_javas(program)


def named(part: object) -> str:
    """A runtime by its folder."""
    return str(part).removesuffix("/bin/java").rpartition("/")[2]


@pytest.mark.parametrize(("program", "platform", "fault", "number"), list(chosen_pairs()), ids=named)
def test_the_recipe_cures_it(platform, fault, number, pki, java, policy, connect, tmp_path):
    if not installed(PROGRAMS[platform]):
        pytest.skip(f"no {PROGRAMS[platform]} here")
    site = faulty(platform, fault, pki, tmp_path)
    report = tmp_path / "report.json"
    with site.up() as port:
        assert not connect(port, pki.trust).startswith("OK"), "the fault is none"
        told = explain(port, java.id, pki, policy, platform, report)
        if fault == "weak-group":  # refused for the policy alone, which the report has with it
            assert tlswhy("prove", str(report)).returncode == 1
    diagnosis = told["diagnoses"][0]
    plan = [each for each in diagnosis["plans"] if each["side"] == "server"][number]
    assert plan["platform_chosen"]
    assert not plan["without_recipe"]
    assert all(recipe["tried"] for recipe in plan["recipes"]), "its platform's file does not say so"
    site.apply([text for recipe in plan["recipes"] for text in recipe["texts"]])
    if isinstance(site, Haproxy) and fault == "no-intermediate":
        assert (site.folder / "site.pem").read_text().count("BEGIN CERTIFICATE") == 2
    with site.up() as port:
        happened = connect(port, pki.trust)
        assert happened.startswith("OK"), happened
        shown = proved(report, diagnosis["server"], port)
        assert shown["outcome"] == "cured"
        (handshake,) = shown["after"]["handshakes"]
        chosen = plan["proof"]["after"]["negotiated"]
        assert plan["proof"]["software"] or platform == "caddy"  # of Go's server there is no model
        assert (handshake["server_hello"]["version"], handshake["server_hello"]["cipher_suite"]) == (
            chosen["version"],
            chosen["cipher_suite"],
        )


@pytest.mark.parametrize(("authority", "fault"), REISSUES)
@pytest.mark.parametrize("program", RUNTIMES if LONGER else RUNTIMES[:1], ids=named)
def test_a_certificate_issued_anew_cures_it(authority, fault, java, policy, connect, tmp_path_factory, tmp_path):
    if not installed("nginx"):
        pytest.skip("no nginx here")
    pki = make_pki(tmp_path_factory.mktemp("faulty-pki"), **CERTIFICATES[fault])
    site = faulty("nginx", "sound", pki, tmp_path)
    report = tmp_path / "report.json"
    with site.up() as port:
        assert not connect(port, pki.trust).startswith("OK"), "the fault is none"
        told = explain(port, java.id, pki, policy, authority, report)
    diagnosis = told["diagnoses"][0]
    plan = next(each for each in diagnosis["plans"] if each["side"] == "ca")
    assert [change["facts"]["certificate"] for change in plan["changes"]] == [0]
    assert all(recipe["tried"] for recipe in plan["recipes"])
    site.apply([text for recipe in plan["recipes"] for text in recipe["texts"]])
    (tmp_path / "both.pem").write_bytes((tmp_path / "new.pem").read_bytes() + (tmp_path / "ca.pem").read_bytes())
    with site.up() as port:
        happened = connect(port, pki.trust)
        assert happened.startswith("OK"), happened
        assert proved(report, diagnosis["server"], port)["outcome"] == "cured"


FAULT_OF = {
    "order-suites": {"weak-group", "no-suite"},
    "use-dh-group": {"weak-group"},
    "use-groups": {"odd-curve", "no-suite"},
    "enable-version": {"old-version"},
    "serve-chain": {"no-intermediate"},
    "drop-client-certificate": {"client-certificate"},
}

TRIED_ELSEWHERE = {"name-fewer-authorities"}
"""tests/remedy/test_against_many_authorities.py"""


@pytest.mark.parametrize("platform", KINDS)
def test_what_is_called_tried_is_tried_here(platform):
    """The longer run has a pair for it; F5, Windows and the products of Cisco have none and say so."""
    tried = load_platform(platform).tried
    assert tried
    here = set(tried) - TRIED_ELSEWHERE
    assert all(FAULT_OF[change] & set(FAULTS[platform]) for change in here)


SAY_NOTHING = {"haproxy", "node", "openssl-s-server"}
"""They send no header of their own where they answer as they should; X-Powered-By is Express's."""


@pytest.mark.parametrize("platform", [each for each in KINDS if LONGER or each not in SLOW])
def test_a_server_is_known_by_what_it_calls_itself(platform, pki, tmp_path):
    if not installed(PROGRAMS[platform]):
        pytest.skip(f"no {PROGRAMS[platform]} here")
    with faulty(platform, "sound", pki, tmp_path).up() as port:
        banner = banner_of(target_of(f"https://{HOST}:{port}/"), Manner())
    guess = guess_platform(signs_of(banner, ()), NO_FLIGHT, None)
    assert (None if guess is None else guess.platform) == (None if platform in SAY_NOTHING else platform)


@pytest.mark.parametrize("program", RUNTIMES[:1], ids=named)
def test_tomcat_takes_suites_of_tls13_in_its_list(pki, connect, tmp_path):
    """Releases without cipherSuites give JSSE this list and nothing else; later ones move those of TLS 1.3 out of it
    (sslHostConfig.handleTls13CiphersuiteInCiphers of 10.1.60)."""
    if not installed("tomcat"):
        pytest.skip("no tomcat here")
    site = faulty("tomcat", "sound", pki, tmp_path)
    platform = load_platform("tomcat")
    site.apply([f'ciphers="{whole_list(platform.suites, (0xC02F,), platform.abilities)}"'])
    with site.up() as port:
        assert connect(port, pki.trust).startswith("OK TLSv1.3")


def faulty(platform: str, fault: str, pki: Pki, folder: Path) -> Site:
    for file in pki.folder.iterdir():
        shutil.copy(file, folder)
    site = KINDS[platform](folder, {})
    lines = [SOUND[platform], *FAULTS[platform].get(fault, ())]
    for line in filter(None, lines):
        site.take(line.replace("{folder}", str(folder)))
    if isinstance(site, Haproxy | Jetty | Tomcat) and fault == "no-intermediate":
        site.chain = "server.pem"
    return site


def explain(port: int, client: str, pki: Pki, policy: Path, platform: str, report: Path) -> dict:
    trust = pki.folder / "root.pem"
    options = ["--client", client, "--trust", str(trust), "--java-security", str(policy)]
    options += ["--platform", platform, "--format", "json"]
    ran = tlswhy("explain", f"{HOST}:{port}", *options, "--output", str(report))
    assert ran.returncode in (1, 3), ran.stderr
    return json.loads(report.read_text())


def proved(report: Path, server: str, port: int) -> dict:
    """What ``prove`` says, the new port in place of the old one."""
    report.write_text(report.read_text().replace(server, f"127.0.0.1:{port}"))
    ran = tlswhy("prove", str(report), "--format", "json")
    return json.loads(ran.stdout)["proofs"][0]
