"""nginx: blocks, quotes, what is inherited, and what is missing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import nginx_configuration
from tlswhy.evidence.read import read_evidence, read_together
from tlswhy.evidence.types import FileKind, ServerConfiguration
from tlswhy.model.settings import ClientCertificate, Order
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN

FILE = """\
http {
    include /etc/nginx/mime.types;
    include conf.d/*.conf;
    server { # the one with TLS
        listen 443 ssl http2;
        server_name "www.example.org" *.example.org;
        ssl_certificate /etc/nginx/fullchain.pem;
        ssl_ciphers 'ECDHE-RSA-AES128-GCM-SHA256:NOSUCH';
        location / { return 200 "a;b{"; }
    }
    server { listen 80; server_name plain.example.org; }
    ssl_protocols TLSv1.2 TLSv9; ssl_prefer_server_ciphers on;
    ssl_ecdh_curve X25519:prime256v1;
    ssl_verify_client on;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_unheard_of 1;
}
"""


def read(text: str) -> tuple[list[ServerConfiguration], list[Oddity]]:
    found = list(read_evidence(source_of_bytes("nginx.conf", text.encode())))
    configurations = [each for each in found if isinstance(each, ServerConfiguration)]
    return configurations, [each for each in found if isinstance(each, Oddity)]


def test_a_file():
    (found,), oddities = read(FILE)
    settings = found.settings
    assert (found.platform, found.names) == ("nginx", ("www.example.org", "*.example.org"))
    assert settings.suites == (0x1301, 0xC02F)
    assert settings.versions == (0x0303,)
    assert (settings.order, settings.groups) == (Order.SERVER, (29, 23))
    assert settings.client_certificate is ClientCertificate.ASKED
    assert (settings.dh, settings.chains, settings.schemes) == (UNSEEN, UNSEEN, UNSEEN)
    assert found.where["suites"].place == "line 8"
    assert found.where["versions"].place == "line 12"
    assert [(odd.what.removeprefix("configuration-"), odd.place, odd.facts["name"]) for odd in oddities] == [
        ("include-missing", "line 3", "conf.d/*.conf"),
        ("suite-unknown", "line 8", "NOSUCH"),
        ("version-unknown", "line 12", "TLSv9"),
        ("directive-unknown", "line 16", "ssl_unheard_of"),
    ]


def test_lines_without_a_server_block():
    (found,), _ = read("ssl_ciphers AES128-SHA;\nssl_prefer_server_ciphers off")
    assert found.settings.suites == (0x1302, 0x1303, 0x1301, 0x002F)
    assert found.settings.order is Order.CLIENT


def test_servers_that_stand_elsewhere_have_what_is_told_around_them():
    text = (
        "http { ssl_protocols TLSv1.2; ssl_prefer_server_ciphers on; include sites-enabled/*; server { listen 80; } }"
    )
    (found,), oddities = read(text + " stream { }")
    assert (found.settings.versions, found.settings.order) == ((0x0303,), Order.SERVER)
    assert [odd.what for odd in oddities] == ["configuration-include-missing"]


def test_blocks_that_differ_in_versions_leave_them_open():
    block = "server {{ listen 443 ssl; server_name {}; ssl_protocols {}; }}\n"
    found, _ = read(block.format("a", "TLSv1.2") + block.format("b", "TLSv1.3"))
    assert [each.settings.versions for each in found] == [UNSEEN, UNSEEN]
    found, _ = read(block.format("a", "TLSv1.2") + block.format("b", "TLSv1.2"))
    assert [each.settings.versions for each in found] == [(0x0303,)] * 2


def test_without_tls_it_is_none():
    assert nginx_configuration.likelihood(b"server { listen 80; }") == 0
    with pytest.raises(BadEvidence) as raised:
        list(nginx_configuration.read(source_of_bytes("x", b"server { listen 80; }")))
    assert raised.value.code == "configuration-without-tls"


def test_blocks_without_end():
    text = "server { listen 443 ssl; " + "a { " * 5000 + "} " * 5000 + "ssl_ciphers AES128-SHA; }"
    (found,), _ = read(text)
    assert found.settings.suites != UNSEEN


@given(st.one_of(st.text(), st.lists(st.sampled_from(["{", "}", ";", '"', "'", "\\", "\n", "server ", *FILE.split()]))))
def test_anything_in_only_refusals_out(given_text: object):
    text = given_text if isinstance(given_text, str) else " ".join(map(str, given_text))  # type: ignore[call-overload]
    with suppress(TlswhyError):
        list(nginx_configuration.read(source_of_bytes("x", text.encode("utf-8", "replace"))))


def read_all(**files: str) -> tuple[list[ServerConfiguration], list[Oddity], list[BadEvidence]]:
    failures: list[BadEvidence] = []
    names = {name.replace("__", "/") + ".conf": text for name, text in files.items()}
    sources = [source_of_bytes(name, text.encode()) for name, text in names.items()]
    found = list(read_together(sources, failures.append))
    configurations = [each for each in found if isinstance(each, ServerConfiguration)]
    return configurations, [each for each in found if isinstance(each, Oddity)], failures


def test_what_is_included_stands_where_it_is_included():
    """The snippet comes first in the evidence, and is no configuration of its own; one that tells nothing of TLS is
    no failure."""
    (found,), oddities, failures = read_all(
        conf__snippets__tls="ssl_ciphers AES128-SHA;\nssl_protocols TLSv1.2;\n",
        conf__snippets__headers="add_header X y;\n",
        conf__nginx="http { include sites/*.conf; }\n",
        conf__sites__one="server { listen 443 ssl; server_name a.example; include snippets/tls.conf;\n"
        "include snippets/headers.conf; include /etc/elsewhere/one.conf; include /etc/elsewhere/two.conf; }\n",
    )
    assert (found.item, found.names, found.settings.versions) == ("conf/nginx.conf", ("a.example",), (0x0303,))
    assert found.settings.suites is not UNSEEN
    assert 0x002F in found.settings.suites
    assert (found.where["suites"].item, found.where["versions"].place) == ("conf/snippets/tls.conf", "line 2")
    (missing,) = oddities
    assert (missing.item, missing.place) == ("conf/sites/one.conf", "line 2")
    assert missing.facts["name"] == "/etc/elsewhere/one.conf, /etc/elsewhere/two.conf"
    assert failures == []


def test_files_that_include_each_other_have_an_end():
    found, oddities, _ = read_all(a="include b.conf; ssl_ciphers HIGH;", b="include a.conf; ssl_protocols TLSv1.2;")
    assert all(each.settings.versions == (0x0303,) for each in found)
    assert {odd.what for odd in oddities} <= {"configuration-include-missing"}


def test_files_that_it_names():
    (found,), _ = read(
        "ssl_certificate /etc/a.pem;\nserver { listen 443 ssl; ssl_certificate b.pem; ssl_dhparam dh.pem; }"
    )
    assert [(file.kind, file.path) for file in found.files] == [
        *((FileKind.CERTIFICATES, "b.pem"), (FileKind.DH_PARAMETERS, "dh.pem"))
    ]
