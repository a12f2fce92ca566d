"""The sans-IO server before OpenSSL's client (Python's ssl, in memory): real handshakes, no socket."""

import os
import ssl
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tlswhy.errors import BadTable
from tlswhy.lab.actions import Leave, Pause, Send
from tlswhy.lab.cases import find_cases
from tlswhy.lab.chains import Authority
from tlswhy.lab.keys import KeyPool
from tlswhy.lab.responder import Responder
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, group_number, scheme_number, suite_number

AUTHORITY = Authority(datetime.now(UTC), KeyPool(os.urandom))  # noqa: TID251 - OpenSSL's clock can't be set
(HEALTHY,) = find_cases(["healthy"])
CREDENTIALS = AUTHORITY.issue_chain(HEALTHY)


def plan(**more):
    return replace(HEALTHY.server, speaker="script", script=("hello", "certificate", "key-exchange", "done"), **more)


def client(*, version=None, ciphers="ALL:@SECLEVEL=0", name="localhost"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # builds of Python differ in what they allow by default
    context.set_ciphers(ciphers)
    context.load_verify_locations(cadata=CREDENTIALS.trusted[0])
    if version is not None:
        context.minimum_version = context.maximum_version = version
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    return context.wrap_bio(into, out, server_hostname=name), into, out


def talk(responder, secured, into, out):
    """Until both have nothing more to say: what the client read, and the actions that were more than sending."""
    others, shaken, page = [], False, b""
    actions = list(responder.connected())
    for _ in range(10):
        for action in actions:
            if isinstance(action, Send):
                into.write(action.data)
            else:
                others.append(action)
        try:
            if not shaken:
                secured.do_handshake()
                shaken = True
                secured.write(b"GET / HTTP/1.0\r\n\r\n")
            page += secured.read(4096)
        except ssl.SSLWantReadError:
            pass
        actions = list(responder.received(out.read()))
    return shaken, page, others


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize(
    ("version", "suite", "group", "chosen"),
    [
        (TLS12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "secp256r1", ssl.TLSVersion.TLSv1_2),
        (TLS12, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "x25519", ssl.TLSVersion.TLSv1_2),
        (TLS12, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "x448", ssl.TLSVersion.TLSv1_2),
        (TLS12, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "secp256r1", ssl.TLSVersion.TLSv1_2),
        (TLS12, "TLS_RSA_WITH_AES_128_GCM_SHA256", "secp256r1", ssl.TLSVersion.TLSv1_2),
        (TLS11, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "secp384r1", ssl.TLSVersion.TLSv1_1),
        (TLS10, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "secp256r1", ssl.TLSVersion.TLSv1),
        (TLS10, "TLS_RSA_WITH_AES_256_CBC_SHA", "secp256r1", ssl.TLSVersion.TLSv1),
    ],
)
def test_a_real_client_gets_in(version, suite, group, chosen):
    wanted = plan(versions=(version,), suites=(suite_number(suite),), group=group_number(group))
    secured, into, out = client(version=chosen)
    shaken, page, others = talk(Responder(wanted, CREDENTIALS, os.urandom), secured, into, out)
    assert shaken
    assert page.endswith(b"you are in.\n")
    assert others == [Leave()]


def with_prime(bits):
    suites = (suite_number("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),)
    return Responder(plan(suites=suites, dh_bits=bits), CREDENTIALS, os.urandom)


@pytest.mark.parametrize("bits", [1024, 1536, 2056, 4096])
def test_any_size_of_diffie_hellman_works_with_a_client_that_takes_it(bits):
    assert talk(with_prime(bits), *client(version=ssl.TLSVersion.TLSv1_2))[1].endswith(b"you are in.\n")


@pytest.mark.parametrize("bits", [512, 1000])
def test_what_openssl_takes_at_no_level_is_refused_for_its_size(bits):
    with pytest.raises(ssl.SSLError, match="DH_KEY_TOO_SMALL"):
        talk(with_prime(bits), *client(version=ssl.TLSVersion.TLSv1_2))


def test_a_forged_key_exchange_is_noticed():
    forged = replace(plan(), script=("hello", "certificate", "key-exchange-forged", "done"))
    secured, into, out = client()
    with pytest.raises(ssl.SSLError, match=r"(?i)bad.signature"):
        talk(Responder(forged, CREDENTIALS, os.urandom), secured, into, out)


def test_records_are_as_small_as_wanted_and_a_client_reads_them():
    secured, into, out = client()
    assert talk(Responder(plan(record_size=3), CREDENTIALS, os.urandom), secured, into, out)[0]


def said_to(wanted, *, name="localhost", **more):
    """Everything that the server does on a real client's hello."""
    secured, _, out = client(name=name, **more)
    with pytest.raises(ssl.SSLWantReadError):
        secured.do_handshake()
    return list(Responder(wanted, CREDENTIALS, os.urandom).received(out.read()))


def test_nothing_in_common_is_answered_by_the_alert_that_a_real_server_sends():
    rc4 = plan(suites=(suite_number("TLS_RSA_WITH_RC4_128_SHA"),))
    assert said_to(rc4) == [Send(bytes.fromhex("15030300020228")), Leave()]
    assert said_to(plan(versions=(TLS10,))) == [Send(bytes.fromhex("15030300020246")), Leave()]


def test_a_server_that_insists_answers_with_what_was_not_offered():
    (answer,) = said_to(plan(suites=(suite_number("TLS_RSA_WITH_RC4_128_SHA"),), insists=True))
    assert suite_number("TLS_RSA_WITH_RC4_128_SHA").to_bytes(2, "big") in answer.data[:90]
    (answer,) = said_to(plan(scheme=scheme_number("rsa_pkcs1_sha1")))
    assert b"\x02\x01\x01\x00" in answer.data  # the scheme, and a signature of 256 bytes


def test_a_name_that_is_not_served():
    known = plan(server_names=("gadgets.example.test",))
    assert said_to(known) == [Send(bytes.fromhex("15030300020270")), Leave()]
    assert len(said_to(known, name="gadgets.example.test")) == 1


def test_steps_that_are_no_messages():
    script = ("text HTTP/1.1 400\\r\\n", "bytes 00ff", "pause 1.5", "pace 7", "alert warning close_notify", "reset")
    assert said_to(replace(plan(), script=script)) == [
        Send(b"HTTP/1.1 400\r\n"),
        Send(b"\0\xff"),
        Pause(1.5),
        Send(bytes.fromhex("15030300020100"), 7),
        Leave(reset=True),
    ]


def test_half_a_message_and_then_nothing():
    (whole,) = said_to(replace(plan(), script=("hello", "certificate", "wait")))
    (half,) = said_to(replace(plan(), script=("hello", "half certificate", "wait")))
    assert len(half.data) < len(whole.data) - 500


def test_speaking_at_once_needs_no_hello():
    responder = Responder(replace(plan(), script=("at-once", "text hi")), CREDENTIALS, os.urandom)
    assert list(responder.connected()) == [Send(b"hi")]
    assert list(responder.received(b"anything")) == []


def test_a_hello_in_pieces_is_awaited_and_rubbish_ends_it():
    secured, _, out = client()
    with pytest.raises(ssl.SSLWantReadError):
        secured.do_handshake()
    hello = out.read()
    responder = Responder(plan(), CREDENTIALS, os.urandom)
    assert [action for byte in hello[:-1] for action in responder.received(bytes([byte]))] == []
    assert len(list(responder.received(hello[-1:]))) == 1
    rubbish = Responder(plan(), CREDENTIALS, os.urandom)
    assert list(rubbish.received(b"\x16\x03\x01\xff\xff" + bytes(1 << 16))) == [Leave()]


@pytest.mark.parametrize("step", ["sing", "alert loud close_notify", "alert fatal nothing", "half sing"])
def test_a_step_that_does_not_exist_is_refused(step):
    with pytest.raises(BadTable):
        said_to(replace(plan(), script=("hello", step)))
