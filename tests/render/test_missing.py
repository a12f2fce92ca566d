"""The exact command for what is missing, on the machine that the client runs on."""

import re
from dataclasses import replace

import pytest

from tests.render import examples
from tlswhy.render import missing
from tlswhy.render.json import diagnosis_json
from tlswhy.render.words import load_words
from tlswhy.verdict import Gap

WORDS = load_words("en")
PLATFORMS = ("vos", "java", "node", "python", "curl", "go", "gnutls", "nss")
COMMANDS = re.compile(
    r"tcpdump |dumpcap |utils network capture |file get activelog |openssl s_client |keytool |show cert |"
    r"-Djavax\.net\.debug=|SSLKEYLOGFILE|certutil |java -version|--tls-keylog|curl -v|node -p|python3 -c|"
    r"tlswhy explain |openssl x509 |"
    r"NODE_DEBUG|GNUTLS_DEBUG_LEVEL|--trust /etc/|--host NAME|--client ID|verify_message|give that line|please report"
)
CAPTURES = {"server-flight", "client-hello", "client-reaction", "own-capture", "refused-capture", "full-packets"}


def diagnosis(client="java/8u51"):
    found = examples.diagnosis(examples.handshake("j8u51", "dhe-512-tls10-aes128cbc"))
    return replace(found, client=replace(found.client, id=client))


def of(platform: str):
    return diagnosis({"vos": "finesse/11", "java": "java/8u51"}.get(platform, f"{platform}/1"))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("code", list(WORDS.table("gap")))
def test_every_gap_names_a_command_on_every_platform(code: str, platform: str):
    gap = Gap(None, code, {"refused": "a", "accepted": "b", "error": "c"})
    told = missing.how(gap, WORDS, of(platform))
    assert COMMANDS.search(told), told
    assert "…" not in told
    assert "{" not in told


@pytest.mark.parametrize("code", sorted(CAPTURES))
def test_a_capture_on_cisco_s_vos_is_taken_with_its_own_command(code: str):
    told = missing.how(Gap(None, code), WORDS, diagnosis("finesse/11"))
    assert "utils network capture eth0 file refused count 100000 size all host ip 127.0.0.1" in told
    assert "file get activelog platform/cli/refused.cap" in told
    assert "tcpdump" not in told
    assert "utils network" not in missing.how(Gap(None, code), WORDS, diagnosis()) or code == "refused-capture"


def test_nobody_is_told_to_set_what_vos_does_not_let_them():
    for code in WORDS.table("gap"):
        gap = Gap(None, code, {"refused": "a", "accepted": "b"})
        told = missing.how(gap, WORDS, diagnosis("uccx/11"))
        assert "-Djavax.net.debug" not in told or "Cisco TAC" in told or code == "server-reason", code
        assert "java -version" not in told or "TAC" in told, code


def test_commands_hold_the_host_and_the_port_of_the_connection():
    found = diagnosis()
    told = missing.how(Gap(None, "server-certificates"), WORDS, found)
    port = found.server.rpartition(":")[2]
    assert f"openssl s_client -connect 127.0.0.1:{port} -servername {found.host} -showcerts" in told
    assert f"keytool -printcert -rfc -sslserver {found.host}:{port}" in told
    nowhere = missing.how(Gap(None, "server-certificates"), WORDS, replace(found, server=None, host=None))
    assert "-connect HOST:443 -servername HOST" in nowhere


def test_the_report_as_json_says_the_same():
    found = diagnosis("finesse/11")
    found = replace(found, verdict=replace(found.verdict, gaps=(Gap("cert-expired", "trust"),)))
    (gap,) = diagnosis_json(found, WORDS)["gaps"]
    assert gap["how_to_get_it"] == missing.how(Gap("cert-expired", "trust"), WORDS, found)
    assert "show cert list trust" in gap["how_to_get_it"]


def test_commands_of_a_matrix_hold_them_too():
    words = load_words("en")
    at = ("192.0.2.7:8443", "gadgets.example.test")
    told = missing.how(Gap(None, "server-certificates"), words, at=at)
    assert "-connect 192.0.2.7:8443 -servername gadgets.example.test" in told
    assert "-servername" not in missing.how(Gap(None, "server-certificates"), words, at=("192.0.2.7:8443", None))
