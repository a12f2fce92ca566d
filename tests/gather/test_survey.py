"""Surveys of real OpenSSL and GnuTLS servers: exactly what they were set up with, in few connections."""

from __future__ import annotations

import socket
import subprocess
import threading
from dataclasses import replace

from tests.gather.servers import free_port, openssl_server, running, scripted
from tests.gather.test_probe import hello
from tlswhy.client.profiles import load_client
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.targets import target_of
from tlswhy.model.survey import Survey
from tlswhy.negotiate import lacking
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13, group_name, scheme_name, suite_number


def surveyed(port: int, client="java/17.0.9") -> Survey:
    answers = ask(
        target_of(f"https://localhost:{port}/"), [hello(client, None)], Manner(Patience(3, 3, 3, 6), survey=True)
    )
    (found,) = (item for item in answers.evidence if isinstance(item, Survey))
    return found


def numbers(names: str) -> tuple[int, ...]:
    return tuple(suite_number(name) for name in names.split())


def test_order_of_the_server_versions_groups_and_size(certificates):
    suites = "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:DHE-RSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
    options = ["-cipher", f"{suites}:@SECLEVEL=0", "-serverpref", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]
    with openssl_server(certificates, *options, "-groups", "P-384:X25519") as port:
        found = surveyed(port)
    order = numbers(
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_RSA_WITH_AES_256_CBC_SHA "
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    )
    assert found.versions == {
        TLS13: numbers("TLS_CHACHA20_POLY1305_SHA256"),
        TLS12: order,
        TLS11: order[1:],
        TLS10: order[1:],
    }
    assert found.server_order is True
    assert {group_name(number) for number in found.groups} == {"secp384r1", "x25519"}
    assert found.dh_bits == 3072  # openssl's automatic choice for a key of that size
    assert [len(chain.certificates) for chain in found.chains[:1]] == [1]
    assert found.chains[0].key == "RSA"
    assert found.without_name is None
    assert found.other_name is True
    assert found.connections < 45


def test_the_clients_order_and_one_version(certificates, tmp_path):
    group = tmp_path / "dh.pem"
    command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", group]
    subprocess.run(command, check=True, capture_output=True)
    options = ["-tls1_2", "-cipher", "AES128-SHA:DHE-RSA-AES128-SHA:@SECLEVEL=0", "-dhparam", str(group)]
    with openssl_server(certificates, *options) as port:
        found = surveyed(port)
    assert set(found.versions) == {TLS12}
    assert set(found.versions[TLS12]) == set(numbers("TLS_RSA_WITH_AES_128_CBC_SHA TLS_DHE_RSA_WITH_AES_128_CBC_SHA"))
    assert (found.server_order, found.dh_bits, found.groups) == (False, 2048, ())
    assert "rsa_pkcs1_sha256" in [scheme_name(number) for number in found.schemes]


def test_signatures_are_those_that_the_server_has(certificates):
    with openssl_server(certificates, "-sigalgs", "RSA+SHA512:rsa_pss_rsae_sha384") as port:
        found = surveyed(port)
    assert {scheme_name(number) for number in found.schemes} == {"rsa_pkcs1_sha512", "rsa_pss_rsae_sha384"}


def test_gnutls(certificates):
    port = free_port()
    priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-CIPHER-ALL:+AES-256-GCM:-GROUP-ALL:+GROUP-SECP256R1"
    command = ["gnutls-serv", "-p", str(port), "--priority", priority, "--x509keyfile", str(certificates.key)]
    with running([*command, "--x509certfile", str(certificates.chain)], port):
        found = surveyed(port)
    assert found.versions == {TLS12: numbers("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")}
    assert [group_name(number) for number in found.groups] == ["secp256r1"]


def test_a_server_that_refuses_everything_is_left_soon():
    def refuse(connection):
        connection.recv(4096)
        connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")

    with scripted(refuse) as port:
        found = surveyed(port)
    assert found.versions == {}
    assert found.connections < 12


def test_a_server_that_takes_no_more_connections_is_told():
    asked = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            nonlocal asked
            for _ in range(3):
                connection, _address = listener.accept()
                with connection:
                    connection.recv(8192)
                    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
                    asked += 1
            listener.close()

        threading.Thread(target=serve, daemon=True).start()
        found = surveyed(port)
    assert "stopped-answering" in found.intolerances
    assert lacking(load_client("java/17.0.9").members[0].offer, replace(found, versions={TLS13: (0x1303,)})) is None
    whole = replace(found, versions={TLS10: (0x2F,)}, intolerances=())
    assert lacking(load_client("java/17.0.9").members[0].offer, whole) == "no-common-version"
