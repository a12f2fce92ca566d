"""Apache httpd: virtual hosts, what they inherit, and what is missing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import apache_configuration
from tlswhy.evidence.read import read_evidence, read_together
from tlswhy.evidence.types import FileKind, ServerConfiguration
from tlswhy.model.settings import ClientCertificate, Order
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes

FILE = """\
SSLProtocol all -SSLv3 -TLSv1
<VirtualHost *:443>
    # SSLCipherSuite NULL
    ServerName www.example.org:443
    ServerAlias a.example.org
    SSLEngine on
    SSLCipherSuite "ECDHE-RSA-AES128-GCM-SHA256:\\
NOSUCH"
    sslciphersuite TLSv1.3 TLS_AES_256_GCM_SHA384
    SSLVerifyClient require
    <Directory /var/www>
        SSLVerifyClient none
    </Directory>
    Include snippets/tls.conf
    SSLOpenSSLConfCmd Curves secp384r1
</VirtualHost>
<VirtualHost *:80>
    ServerName plain.example.org
</VirtualHost>
SSLHonorCipherOrder on
"""


def read(text: str) -> tuple[list[ServerConfiguration], list[Oddity]]:
    found = list(read_evidence(source_of_bytes("site.conf", text.encode())))
    configurations = [each for each in found if isinstance(each, ServerConfiguration)]
    return configurations, [each for each in found if isinstance(each, Oddity)]


def test_a_file():
    (found,), oddities = read(FILE)
    settings = found.settings
    assert (found.platform, found.names) == ("apache", ("www.example.org", "a.example.org"))
    assert settings.versions == (0x0304, 0x0303, 0x0302)
    assert settings.suites == (0x1302, 0xC02F)
    assert (settings.order, settings.groups) == (Order.SERVER, (24,))
    assert settings.client_certificate is ClientCertificate.DEMANDED
    assert found.where["suites"].place == "line 7"
    assert [(odd.what, odd.place) for odd in oddities] == [
        ("configuration-suite-unknown", "line 7"),
        ("configuration-include-missing", "line 14"),
    ]


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        ("TLSv1.2", (0x0303,)),
        ("-all +TLSv1.2 +TLSv1.1", (0x0303, 0x0302)),
        ("+TLSv1 TLSv1.3", (0x0304,)),
        ("all -TLSv1.3 -NOSUCH", (0x0303, 0x0302, 0x0301)),
    ],
)
def test_protocols(words: str, versions: tuple[int, ...]):
    (found,), _ = read(f"SSLEngine on\nSSLProtocol {words}\n")
    assert found.settings.versions == versions


def test_without_tls_it_is_none():
    assert apache_configuration.likelihood(b"ServerName x\n") == 0
    with pytest.raises(BadEvidence) as raised:
        list(apache_configuration.read(source_of_bytes("x", b"ServerName x\n")))
    assert raised.value.code == "configuration-without-tls"


@given(st.lists(st.sampled_from(['"', "'", "\\", "\n", "<VirtualHost", "ServerName", "+", "://", *FILE.split()])))
def test_anything_in_only_refusals_out(words: list[str]):
    with suppress(TlswhyError):
        list(apache_configuration.read(source_of_bytes("x", " ".join(words).encode())))


def test_what_is_included_stands_where_it_is_included():
    files = {
        "apache2/apache2.conf": "SSLProtocol all -TLSv1.3\nIncludeOptional sites-enabled/*.conf\n"
        "Include mods/none.conf\n",
        "apache2/sites-enabled/site.conf": "<VirtualHost *:443>\nSSLEngine on\nInclude /etc/apache2/tls.conf\n"
        "SSLCertificateFile /etc/ssl/leaf.pem\nSSLCertificateChainFile /etc/ssl/ca.pem\n</VirtualHost>\n",
        "apache2/tls.conf": "SSLCipherSuite AES128-SHA\nSSLOpenSSLConfCmd DHParameters /etc/ssl/dh.pem\n",
    }
    failures: list[BadEvidence] = []
    read = read_together([source_of_bytes(name, text.encode()) for name, text in files.items()], failures.append)
    found, *oddities = read
    assert isinstance(found, ServerConfiguration)
    assert (found.item, found.settings.versions) == ("apache2/apache2.conf", (0x0303, 0x0302, 0x0301))
    assert found.where["suites"].item == "apache2/tls.conf"
    assert {file.kind: file.path for file in found.files} == {
        FileKind.CERTIFICATES: "/etc/ssl/leaf.pem",
        FileKind.CHAIN: "/etc/ssl/ca.pem",
        FileKind.DH_PARAMETERS: "/etc/ssl/dh.pem",
    }
    assert [odd.facts["name"] for odd in oddities if isinstance(odd, Oddity)] == ["mods/none.conf"]
    assert failures == []
