"""``--starttls`` against the real servers of its protocols: the chain that they serve, or that they have no TLS."""

from __future__ import annotations

import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.gather.test_probe import hello
from tests.live.identities import identities
from tests.live.starttls_servers import SERVERS, greeting
from tests.live.test_live_verdicts import judged
from tlswhy.errors import BadEvidence
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.starttls import DIALOGUES
from tlswhy.gather.targets import target_of
from tlswhy.model.handshake import Told
from tlswhy.observe.connections import observe_all
from tlswhy.verdict import Accepted

CLIENT = "java/17.0.9"
PATIENCE = Patience(5, 5, 5, 10)
WITHOUT_TLS = ("ldap", "ftp", "xmpp")


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Identities and what trusts them."""
    return identities(tmp_path_factory.mktemp("starttls"))


def test_every_protocol_has_a_real_server():
    assert set(SERVERS) == set(DIALOGUES)


@pytest.mark.parametrize("kind", SERVERS)
def test_the_chain_that_it_serves(kind, known):
    made, trust = known
    with greeting(kind, made["good"]) as port:
        answers = ask(target_of(f"localhost:{port}"), [hello(CLIENT, "localhost")], Manner(PATIENCE, starttls=kind))
    handshake, *finished = observe_all(answers.evidence).handshakes
    assert isinstance(handshake.certificates, Told)
    chain = x509.load_pem_x509_certificates(made["good"].chain.read_bytes())
    assert list(handshake.certificates.message.certificates) == [each.public_bytes(Encoding.DER) for each in chain]
    # vsftpd and MariaDB ask for a certificate: that they take it if there is none shows by finishing once.
    assert len(finished) == isinstance(handshake.certificate_request, Told)
    assert judged(answers.evidence, CLIENT, trust).accepted is Accepted.YES


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_without_tls_says_so(kind):
    if kind not in WITHOUT_TLS and os.environ.get("TLSWHY_ALL_CASES") != "1":
        pytest.skip("TLSWHY_ALL_CASES=1 has all servers without TLS")
    with greeting(kind, None) as port, pytest.raises(BadEvidence, match="starttls-refused") as failure:
        ask(target_of(f"localhost:{port}"), [hello(CLIENT, "localhost")], Manner(PATIENCE, starttls=kind))
    assert failure.value.facts["said"]
