"""Tomcat's server.xml: connectors, hosts, the attributes of old, and XML that means harm."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import tomcat_configuration
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import FileKind, ServerConfiguration
from tlswhy.model.settings import ClientCertificate, Order
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN

HOST = '<SSLHostConfig {}><Certificate certificateKeystoreFile="conf/keystore.p12" type="RSA"/></SSLHostConfig>'
FILE = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<Server port="8005">
  <Service name="Catalina">
    <Connector port="8080" protocol="HTTP/1.1" redirectPort="8443"/>
    <Connector port="8443" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true">
      {
    HOST.format(
        'protocols="TLSv1.2+TLSv1.3" honorCipherOrder="true" certificateVerification="optional" '
        'ciphers="TLS_AES_128_GCM_SHA256,TLS_DHE_RSA_WITH_AES_256_CBC_SHA,ECDHE-RSA-AES128-SHA,NOSUCH"'
    )
}
      {HOST.format('hostName="other.example" protocols="all,-TLSv1,-SSLv2Hello"')}
    </Connector>
    <Connector port="9443" SSLEnabled="TRUE" sslEnabledProtocols="TLSv1.2,TLSv1.1" clientAuth="want"
      keystoreFile="${{catalina.base}}/conf/old.jks" ciphers="TLS_RSA_WITH_AES_128_CBC_SHA"
      useServerCipherSuitesOrder="true"/>
  </Service>
</Server>
"""


def read(text: str) -> tuple[list[ServerConfiguration], list[Oddity]]:
    found = list(read_evidence(source_of_bytes("server.xml", text.encode())))
    configurations = [each for each in found if isinstance(each, ServerConfiguration)]
    return configurations, [each for each in found if isinstance(each, Oddity)]


def one(connector: str, **host: str) -> ServerConfiguration:
    attributes = " ".join(f'{name}="{value}"' for name, value in host.items())
    inside = f"<SSLHostConfig {attributes}/>" if host else ""
    (found,), _ = read(f'<Server><Connector port="1" SSLEnabled="true" {connector}>{inside}</Connector></Server>')
    return found


def test_a_file():
    (first, other, old), oddities = read(FILE)
    assert {each.platform for each in (first, other, old)} == {"tomcat"}
    assert [(each.port, each.names) for each in (first, other, old)] == [
        *((8443, ()), (8443, ("other.example",)), (9443, ()))
    ]
    assert (first.settings.versions, first.settings.suites) == ((0x0304, 0x0303), (0x1301, 0x0039, 0xC013))
    assert (first.settings.order, first.settings.client_certificate) == (Order.SERVER, ClientCertificate.ASKED)
    assert [(file.kind, file.path) for file in first.files] == [(FileKind.CERTIFICATES, "conf/keystore.p12")]
    assert first.where["suites"].place == "line 6"
    assert (other.settings.versions, other.settings.order) == ((0x0304, 0x0303, 0x0302), Order.CLIENT)
    assert "suites" not in other.where, "they are the usual ones"
    assert (old.settings.versions, old.settings.suites) == ((0x0303, 0x0302), (0x002F,))
    assert (old.settings.order, old.settings.client_certificate) == (Order.SERVER, ClientCertificate.ASKED)
    assert [file.path for file in old.files] == ["conf/old.jks"]
    assert {each.settings.software for each in (first, other, old)} == {"jsse"}
    assert [(odd.what, odd.place, odd.facts["name"]) for odd in oddities] == [
        ("configuration-suite-unknown", "line 6", "NOSUCH")
    ]


@pytest.mark.parametrize(
    ("protocols", "versions"),
    [
        ("TLSv1.2", (0x0303,)),
        ("all", (0x0304, 0x0303, 0x0302, 0x0301)),
        ("+all-TLSv1-TLSv1.1", (0x0304, 0x0303)),
        ("TLSv1.2, TLSv1.3", (0x0304, 0x0303)),
        ("TLSv1.3-TLSv1.3", ()),
    ],
)
def test_versions_are_read_from_left_to_right(protocols: str, versions: tuple[int, ...]):
    assert one("", protocols=protocols).settings.versions == versions


def test_what_makes_its_tls():
    assert one('protocol="org.apache.coyote.http11.Http11AprProtocol"').settings.software == "openssl"
    openssl = "org.apache.tomcat.util.net.openssl.OpenSSLImplementation"
    assert one(f'sslImplementationName="{openssl}"', protocols="all").settings.software == "openssl"
    listener = '<Listener className="org.apache.catalina.core.AprLifecycleListener"/>'
    (found,), _ = read(f'<Server>{listener}<Connector port="1" SSLEnabled="true"/></Server>')
    assert found.settings.software is UNSEEN


def test_the_attributes_of_old_leave_to_the_jvm_what_they_do_not_tell():
    settings = one('sslProtocol="TLS"').settings
    assert (settings.versions, settings.suites, settings.order) == (UNSEEN, UNSEEN, UNSEEN)
    apr = one('SSLProtocol="TLSv1.2+TLSv1.3" SSLCipherSuite="AES128-SHA:AES256-SHA" SSLVerifyClient="require"').settings
    assert (apr.versions, apr.suites) == ((0x0304, 0x0303), (0x002F, 0x0035))
    assert apr.client_certificate is ClientCertificate.DEMANDED


def test_a_value_from_elsewhere_tells_nothing():
    assert one("", protocols="${tls.protocols}", ciphers="${tls.ciphers}").settings.versions is UNSEEN
    assert one("", protocols="TLSv1.2", ciphers="${tls.ciphers}").settings.suites is UNSEEN


def test_files_that_stand_as_entities_are_missing_and_said_so():
    text = '<!DOCTYPE server [<!ENTITY more SYSTEM "connectors.xml">]>\n' + FILE.partition("\n")[2].replace(
        '<Service name="Catalina">', '<Service name="Catalina">&more;'
    )
    found, oddities = read(text)
    assert len(found) == 3
    assert ("configuration-include-missing", "connectors.xml") in [(o.what, o.facts.get("name")) for o in oddities]


def test_a_bomb_of_entities_does_not_go_off():
    bombs = "".join(f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" if n else "x"}{"&e0;" * 50}">' for n in range(9))
    with pytest.raises(BadEvidence) as raised:
        read(f"<!DOCTYPE server [{bombs}]>\n" + FILE.partition("\n")[2])
    assert raised.value.code == "configuration-malformed"


def test_what_stands_before_a_fault_counts():
    found, oddities = read(FILE.replace("</Service>", "</Servis>"))
    assert len(found) == 3
    assert oddities[-1].what == "configuration-malformed"
    with pytest.raises(BadEvidence) as raised:
        read('<Server><Connector port="1" SSLEnabled="true"')
    assert raised.value.code in {"configuration-malformed", "evidence-unknown"}


def test_a_file_without_tls():
    with pytest.raises(BadEvidence) as raised:
        list(tomcat_configuration.read(source_of_bytes("x", b"<Server><Connector port='80'/></Server>")))
    assert raised.value.code == "configuration-without-tls"


PIECES = [
    "<Server>",
    "<Connector SSLEnabled='true' port='1'",
    " ciphers='HIGH:",
    "'>",
    "<SSLHostConfig protocols='",
    "/>",
]
PIECES += ["</Connector>", "</Server>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "${x}", "all,-TLSv1", "\0", "<" * 50]


@given(st.lists(st.sampled_from(PIECES)))
def test_anything_in_only_refusals_out(pieces: list[str]):
    with suppress(TlswhyError):
        list(tomcat_configuration.read(source_of_bytes("x", "".join(pieces).encode())))
