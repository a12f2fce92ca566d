"""Hellos made from profiles, held against the recorded bytes of the clients themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle import measured, recorded
from tlswhy.client.brought import client_of_text
from tlswhy.client.hello import Fresh, Retry, hello_of, record_of, retried, server_name_sent
from tlswhy.client.learn import Sighting, profile_text
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.errors import BadRequest
from tlswhy.evidence.read import read_evidence
from tlswhy.model.client import HelloForm, Offer
from tlswhy.observe.connections import observe_all
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import Reader
from tlswhy.wire.hello import client_extension_bodies, read_client_hello
from tlswhy.wire.messages import ClientHello, Span
from tlswhy.wire.numbers import is_grease, without_grease

CLIENTS = {**recorded.clients(), **recorded.clients("others")}
HOST = "gadgets.example.test"


def read(record: bytes) -> ClientHello:
    return read_client_hello(record[5:], Span(Side.CLIENT, 0, len(record)), int.from_bytes(record[1:3], "big"))[0]


def shares_of(hello: ClientHello) -> dict[int, bytes]:
    body = dict(client_extension_bodies(hello)).get(ext.KEY_SHARE)
    shares = Reader(Reader(body).pull_vector16()) if body is not None else Reader(b"")
    found = {}
    while shares.left:
        group = shares.pull_uint16()
        found[group] = shares.pull_vector16()
    return found


def fresh(offer: Offer, form: HelloForm) -> Fresh:
    return Fresh(bytes(32), bytes(form.session_id_length), dict.fromkeys(offer.key_shares, b"\x01" * 32))


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_hello_is_that_of_the_recorded_client_byte_for_byte(client):
    record = bytes.fromhex(CLIENTS[client]["client_hello"]["record_hex"])
    seen = read(record)
    (policy,) = load_client(recorded.client_id(client)).members
    made = hello_of(
        policy.offer,
        policy.hello_form,
        Fresh(seen.random, seen.session_id, shares_of(seen)),
        server_name_sent(policy, HOST),
    )
    assert record_of(policy.offer, made) == record
    assert policy.hello_form.session_id_length == len(seen.session_id)


def test_reserved_values_stand_where_chromium_has_them():
    """Of its own in every connection, and its extensions in another order: where they stand is what is compared."""
    row = next(row for row in measured.rows_with_captures() if row["client"] == "chromium/156")
    capture = read_evidence(source_of_bytes("chromium", measured.capture(row)))
    hello = next(seen.hello for seen in observe_all(capture).handshakes if seen.hello is not None)
    (policy,) = load_client("chromium/156").members
    shares = {0x11EC: bytes(1216), 0x1D: bytes(32)}
    made = []
    for number in (0, 7):
        own = Fresh(bytes(range(number, number + 32)), bytes(32), shares)
        made.append(read(record_of(policy.offer, hello_of(policy.offer, policy.hello_form, own, HOST))))
    assert greased(made[0]) != greased(made[1])
    for one in made:
        assert [at for at, _ in greased(one)] == [at for at, _ in greased(hello)]
        assert {number for number in one.extensions if not is_grease(number)} == {
            number for number in hello.extensions if not is_grease(number)
        }
        assert one.legacy_version == hello.legacy_version
        assert one.key_shares is not None
        assert len({number for number in one.extensions if is_grease(number)}) == 2


def greased(hello: ClientHello) -> list[tuple[tuple[str, int], int]]:
    """Reserved values: in which list, at which place from the nearer end, and which."""
    shares = [share.group for share in hello.key_shares or ()]
    lists = {
        "suites": hello.cipher_suites,
        "versions": hello.supported_versions or (),
        "groups": hello.groups or (),
        "shares": shares,
        "extensions": hello.extensions,
    }
    return [
        ((name, at if at < len(numbers) // 2 else at - len(numbers)), number)
        for name, numbers in lists.items()
        for at, number in enumerate(numbers)
        if is_grease(number)
    ]


@pytest.mark.parametrize("client", client_ids())
def test_every_profile_has_a_hello_that_reads_as_its_offer(client):
    for policy in load_client(client).members:
        offer, form = policy.offer, policy.hello_form
        seen = read(record_of(offer, hello_of(offer, form, fresh(offer, form), HOST)))
        assert without_grease(seen.cipher_suites) == offer.suites
        assert seen.server_name == HOST
        assert without_grease(seen.groups) == offer.groups
        assert (seen.signature_schemes or ()) == offer.schemes


@pytest.mark.parametrize(
    ("client", "name", "sent"),
    [
        ("java/17.0.9", "gadgets.example.test", "gadgets.example.test"),
        ("java/17.0.9", "localhost", None),
        ("java/17.0.9", "gadgets.example.test.", None),
        ("java/17.0.9", "192.0.2.1", None),
        ("python/3.11", "localhost", "localhost"),
        ("python/3.11", "Gadgets.Example.Test.", "gadgets.example.test"),
        ("go/1.24", "2001:db8::1", None),
        ("go/1.24", "[fe80::1%eth0]", None),
    ],
)
def test_server_name_as_each_client_sends_it(client, name, sent):
    assert server_name_sent(load_client(client).members[0], name) == sent


def test_second_hello_has_the_wanted_share_and_the_cookie():
    (policy,) = load_client("java/17.0.9").members
    retry = Retry(0x0018, b"cookie")
    offer = retried(policy.offer, retry)
    first = fresh(policy.offer, policy.hello_form)
    second = Fresh(first.random, first.session_id, {0x0018: b"\x04" + bytes(96)})
    record = record_of(offer, hello_of(offer, policy.hello_form, second, HOST, retry), second=True)
    seen = read(record)
    assert [(share.group, share.length) for share in seen.key_shares or ()] == [(0x0018, 97)]
    assert dict(client_extension_bodies(seen))[ext.COOKIE] == b"\x00\x06cookie"
    assert seen.cipher_suites == policy.offer.suites
    assert record[:3] == b"\x16\x03\x03"


def test_padding_only_where_the_hello_has_a_length_that_hangs_load_balancers():
    (policy,) = load_client("python/3.11").members
    offer, form = policy.offer, policy.hello_form
    lengths = {n: len(hello_of(offer, form, fresh(offer, form), "a" * n)) for n in (1, 60, 100, 183, 190, 250)}
    assert [lengths[n] for n in (1, 60, 100, 183)] == [512] * 4
    assert lengths[250] > 512


def test_an_extension_without_known_content_is_told():
    (policy,) = load_client("java/8u212").members
    offer = replace(policy.offer, extensions=(*policy.offer.extensions, 4242))
    with pytest.raises(BadRequest, match="hello-extension-unknown"):
        hello_of(offer, policy.hello_form, fresh(offer, policy.hello_form), HOST)


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_learned_profile_sends_the_hello_that_it_was_learned_from(client):
    record = bytes.fromhex(CLIENTS[client]["client_hello"]["record_hex"])
    seen = read(record)
    text = profile_text([Sighting(seen, "frame 4", {})], "capture.pcap")
    (policy,) = client_of_text(text, "learned.toml", "").members
    made = hello_of(policy.offer, policy.hello_form, Fresh(seen.random, seen.session_id, shares_of(seen)), HOST)
    assert record_of(policy.offer, made) == record
