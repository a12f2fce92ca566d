"""java.security: continued lines, comments, escapes, the last value of a name."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import java_security
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import SecurityProperties
from tlswhy.source import source_of_bytes

FILE = """\
# jdk.tls.disabledAlgorithms=MD5, nothing of this counts
security.provider.1=SUN
jdk.certpath.disabledAlgorithms=MD2, MD5, SHA1 jdkCA & usage TLSServer, \\
    RSA keySize < 1024, \\
    # not a comment here
jdk.tls.disabledAlgorithms : SSLv3
jdk.tls.disabledAlgorithms\tSSLv3, RC4,\\u0020DH keySize < 768
   ! another comment
login.configuration.provider=x
jdk.disabled.namedCurves =
"""


def read(text: str, encoding: str = "utf-8") -> SecurityProperties:
    (found,) = read_evidence(source_of_bytes("java.security", text.encode(encoding)))
    assert isinstance(found, SecurityProperties)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file(encoding: str, end: str):
    found = read(FILE.replace("\n", end), encoding)
    assert found.values == {
        "security.provider.1": "SUN",
        "jdk.certpath.disabledAlgorithms": (
            "MD2, MD5, SHA1 jdkCA & usage TLSServer, RSA keySize < 1024, # not a comment here"
        ),
        "jdk.tls.disabledAlgorithms": "SSLv3, RC4, DH keySize < 768",
        "jdk.disabled.namedCurves": "",
    }
    assert found.where["jdk.tls.disabledAlgorithms"].place == "line 7"
    assert found.where["jdk.certpath.disabledAlgorithms"].place == "line 3"


def test_one_pasted_line():
    assert read("jdk.tls.disabledAlgorithms=SSLv3, TLSv1\\").values == {"jdk.tls.disabledAlgorithms": "SSLv3, TLSv1"}


def test_other_properties_are_no_evidence():
    assert java_security.likelihood(b"server.port=8080\n") == 0
    with pytest.raises(BadEvidence) as raised:
        list(java_security.read(source_of_bytes("x", b"server.port=8080\n")))
    assert raised.value.code == "no-security-properties"
