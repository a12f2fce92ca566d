"""HAProxy: bind lines and the defaults of global."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import haproxy_configuration
from tlswhy.evidence.read import read_evidence, read_together
from tlswhy.evidence.types import FileKind, ServerConfiguration
from tlswhy.model.settings import ClientCertificate, DhGroup, Order, UnknownName
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN

FILE = """\
global
    ssl-default-bind-ciphers ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
frontend www
    bind *:443 ssl crt "/etc/ssl/a.pem" alpn h2,http/1.1 verify optional ca-file ciphers strict-sni curves X25519:P-256
    bind :80
frontend old
    bind :8443 ssl crt a.pem no-tlsv12 ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.2 prefer-client-ciphers # ciphers NULL
"""


def read(text: str) -> list[ServerConfiguration]:
    found = list(read_evidence(source_of_bytes("haproxy.cfg", text.encode())))
    return [each for each in found if isinstance(each, ServerConfiguration)]


def test_a_file():
    www, old = read(FILE)
    assert (www.platform, www.names) == ("haproxy", ())
    assert www.settings.suites == (0x1302, 0x1303, 0x1301, 0xC02F, 0x002F) == old.settings.suites
    assert (www.settings.versions, old.settings.versions) == ((0x0304, 0x0303), (0x0302, 0x0301))
    assert (www.settings.order, old.settings.order) == (Order.SERVER, Order.CLIENT)
    assert (www.settings.groups, old.settings.groups) == ((29, 23), UNSEEN)
    assert www.settings.client_certificate is ClientCertificate.ASKED
    assert (www.settings.needs_server_name, www.settings.unknown_name) == (True, UnknownName.REFUSED)
    assert (www.where["suites"].place, old.where["versions"].place) == ("line 2", "line 8")


def test_one_version_alone():
    (found,) = read("listen x\n bind :443 ssl crt a force-tlsv12\n")
    assert found.settings.versions == (0x0303,)


def test_versions_that_only_the_release_decides_are_open():
    (found,) = read("listen x\n bind :443 ssl crt a no-tlsv10\n")
    assert found.settings.versions == UNSEEN


def test_without_tls_it_is_none():
    assert haproxy_configuration.likelihood(b"frontend x\n bind :80\n") == 0
    with pytest.raises(BadEvidence) as raised:
        list(haproxy_configuration.read(source_of_bytes("x", b"frontend x\n bind :80\n")))
    assert raised.value.code == "configuration-without-tls"


@given(st.lists(st.sampled_from(['"', "'", "\\", "#", "\n", "bind x ssl", "force-tlsv", "ssl-max-ver", *FILE.split()])))
def test_anything_in_only_refusals_out(words: list[str]):
    with suppress(TlswhyError):
        list(haproxy_configuration.read(source_of_bytes("x", " ".join(words).encode())))


def test_several_files_are_one_configuration():
    files = {
        "haproxy/conf.d/20-site.cfg": "frontend site\n  bind :443 ssl crt /etc/haproxy/site.pem\n",
        "haproxy/conf.d/10-global.cfg": "global\n  ssl-default-bind-ciphers AES128-SHA\n"
        "  ssl-dh-param-file /etc/dh.pem\n",
    }
    failures: list[BadEvidence] = []
    found = list(read_together([source_of_bytes(n, text.encode()) for n, text in files.items()], failures.append))
    site = next(each for each in found if isinstance(each, ServerConfiguration) and "site" in each.item)
    assert site.settings.suites is not UNSEEN
    assert 0x002F in site.settings.suites
    assert site.where["suites"].item == "haproxy/conf.d/10-global.cfg"
    assert {file.kind: file.path for file in site.files} == {
        FileKind.CERTIFICATES: "/etc/haproxy/site.pem",
        FileKind.DH_PARAMETERS: "/etc/dh.pem",
    }


def test_the_size_of_the_default_group():
    (found,) = read("global\n  tune.ssl.default-dh-param 2048\nfrontend x\n  bind :443 ssl crt x.pem\n")
    assert found.settings.dh == DhGroup(2048)
