"""Recognition held against every recorded hello, and against hellos that only an application or a setting changed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from time import perf_counter

import pytest

from tests.observe.test_handshake import observed
from tests.oracle import measured, recorded
from tlswhy import read_evidence, source_of_bytes
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.client.recognise import parts_of_hello, recognise
from tlswhy.observe.connections import observe_all
from tlswhy.side import Side
from tlswhy.wire.hello import read_client_hello
from tlswhy.wire.messages import ClientHello, Span
from tools.hello_index import TABLE
from tools.hello_index import text as hellos_table

RENEGOTIATION_INFO = 0xFF01
ALPN, PADDING, PRE_SHARED_KEY, COOKIE = 16, 21, 41, 44


def hello_of(client: str) -> ClientHello:
    """The recorded default hello, read from its bytes."""
    known = {**recorded.clients(), **recorded.clients("others")}
    record = bytes.fromhex(known[client]["client_hello"]["record_hex"])
    return read_client_hello(record[5:], Span(Side.CLIENT, 0, len(record)), int.from_bytes(record[1:3], "big"))[0]


def identity(client: str) -> tuple:
    """What the recording's own reader says of the hello, without what belongs to the connection."""
    told = recorded.clients()[client]["client_hello"]
    kept = {name: value for name, value in told.items() if name not in ("record_hex", "server_name")}
    return tuple((name, str(value)) for name, value in sorted(kept.items()))


@pytest.fixture(scope="module")
def alike() -> dict[str, set[str]]:
    """Recorded clients by ID, each with all those whose hello is the same."""
    by_identity: dict[tuple, set[str]] = {}
    for client in recorded.clients():
        by_identity.setdefault(identity(client), set()).add(recorded.client_id(client))
    return {name: same for same in by_identity.values() for name in same}


def test_every_recorded_hello_is_that_of_its_runtime_and_of_those_alike(alike):
    hellos = [(row, hello) for row in recorded.rows() if (hello := observed(row).hello)]
    assert len(hellos) > 2_600
    for row, hello in hellos:
        found = recognise(hello)
        assert found.exact
        assert {found.id, *found.also} == alike[recorded.client_id(row["client"])], (row["client"], row["case"])


def test_the_three_runtimes_of_one_hello_are_told_in_order_of_age():
    found = recognise(hello_of("j25.0.2"))
    assert (found.id, found.also) == ("java/17.0.20", ("java/21.0.13", "java/25.0.2"))


SAME_HELLO = (
    {"openssl/3.0", "python/3.11"},
    {"node/12.22.12", "node/14.21.3", "node/16.20.2"},
    {"node/18.20.8", "node/20.20.2"},
    {"node/22.23.3", "node/24.21.0"},
)
"""Programs over the same OpenSSL, set up the same way."""


def alike_with(name: str) -> set[str]:
    return next((names for names in SAME_HELLO if name in names), {name})


def test_every_recorded_hello_of_another_family_is_its_own_alone():
    hellos = [(row, hello) for row in recorded.other_rows() if (hello := observed(row).hello)]
    assert len(hellos) > 2_000
    for row, hello in hellos:
        found = recognise(hello)
        assert found.exact
        assert {found.id, *found.also} == alike_with(recorded.client_id(row["client"])), row["case"]


def test_every_measured_hello_is_its_client_s():
    """Chromium's among them, whose extensions stand in another order every time."""
    hellos = [(row, hello) for row in measured.rows_with_captures() if (hello := hello_in(measured.capture(row)))]
    assert len(hellos) > 800
    for row, hello in hellos:
        found = recognise(hello)
        assert found.exact
        assert {found.id, *found.also} == alike_with(row["client"]), row["case"]


def hello_in(capture: bytes) -> ClientHello | None:
    handshakes = observe_all(read_evidence(source_of_bytes("measured.pcap", capture))).handshakes
    return handshakes[0].hello if handshakes else None


def test_shuffled_extensions_are_one_client_s_habit_only():
    hello = hello_in(measured.capture(next(row for row in measured.rows() if row["client"] == "chromium/156")))
    assert recognise(replace(hello, extensions=hello.extensions[::-1])).id == "chromium/156"
    found = recognise(replace(hello, extensions=(*hello.extensions, 0x1234)))
    assert (found.id, found.exact, [d["part"] for d in found.differs]) == ("chromium/156", False, ["extensions"])
    go = hello_of("go1.24")
    assert not recognise(replace(go, extensions=tuple(sorted(go.extensions)))).exact


@pytest.mark.parametrize("client", recorded.clients("others"))
def test_a_setting_makes_no_java_of_another_family(client: str):
    """Fewer suites, versions, groups or schemes: nearest to its own family, or nobody's."""
    hello = hello_of(client)
    for part in ("cipher_suites", "groups", "signature_schemes"):
        shorter = getattr(hello, part)[::2]
        found = recognise(replace(hello, **{part: shorter}))
        assert found.exact == (shorter == getattr(hello, part))
        assert found.id is None or not found.id.startswith("java/"), (part, found.id)


def test_a_documented_profile_is_not_said_to_look_the_same_as_a_measured_one():
    """Java 7u101 by its source sends what was recorded of 8u51 with TLS 1.0 alone; nobody measured it."""
    found = recognise(hello_of("j8u51-tls10"))
    documented = ("java/7u85", "java/7u95", "java/7u101")
    assert (found.id, found.also, found.documented) == ("java/8u51-tls10", (), documented)


def test_a_documented_profile_is_recognised_where_no_measured_one_is():
    offer = load_client("java/7u79").members[0].offer
    hello = replace(
        hello_of("j8u51-tls10"),
        cipher_suites=offer.suites,
        groups=offer.groups,
        extensions=offer.extensions,
    )
    found = recognise(hello)
    assert (found.id, *found.also) == ("java/7u1", "java/7u40", "java/7u75", "java/7u79")
    assert found.exact


@pytest.mark.parametrize(
    "of_the_connection",
    [
        lambda hello: replace(hello, server_name=None, extensions=tuple(e for e in hello.extensions if e)),
        lambda hello: replace(hello, random=bytes(32), session_id=b"resumed!" * 4),
        lambda hello: replace(
            hello, alpn=("h2", "http/1.1"), extensions=(*hello.extensions[:4], ALPN, *hello.extensions[4:])
        ),
        lambda hello: replace(hello, psk_offered=True, extensions=(*hello.extensions, PRE_SHARED_KEY)),
        lambda hello: replace(hello, extensions=(COOKIE, *hello.extensions, PADDING)),
        lambda hello: replace(
            hello,
            cipher_suites=(0x3A3A, *hello.cipher_suites),
            groups=(0x0A0A, *hello.groups),
            extensions=(0x1A1A, *hello.extensions, 0xFAFA),
        ),
    ],
    ids=["no SNI", "session ID", "ALPN", "resumption", "cookie and padding", "GREASE"],
)
@pytest.mark.parametrize("client", ["j8u212", "j11.0.9", "j17.0.9", "j25.0.5"])
def test_what_belongs_to_the_connection_does_not_matter(client: str, of_the_connection):
    hello = hello_of(client)
    assert recognise(of_the_connection(hello)) == recognise(hello)


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        (lambda h: replace(h, cipher_suites=h.cipher_suites[1::-1] + h.cipher_suites[2:]), ["suites"]),
        (lambda h: replace(h, extensions=(*h.extensions[1:], h.extensions[0], 27)), ["extensions"]),
        (lambda h: replace(h, groups=h.groups[:1]), ["groups"]),
        (lambda h: replace(h, signature_schemes=h.signature_schemes[:-1]), ["schemes"]),
        (lambda h: replace(h, signature_schemes_cert=h.signature_schemes_cert[:-1]), ["schemes_cert"]),
        (lambda h: replace(h, supported_versions=(0x0303,)), ["versions"]),
        (lambda h: replace(h, key_shares=h.key_shares[1:]), ["key_shares"]),
        (lambda h: replace(h, record_version=0x0301), ["record_version"]),
        (lambda h: replace(h, point_formats=(0, 1, 2)), ["point_formats"]),
        (lambda h: replace(h, compression_methods=(1, 0)), ["compression"]),
    ],
)
def test_any_part_tells_a_hello_apart(changed, parts: list[str]):
    """The nearest profile is still the one that was changed, and what differs is just that."""
    hello = hello_of("j17.0.9")
    found = recognise(changed(hello))
    assert (found.id, found.also, found.exact) == ("java/17.0.9", (), False)
    assert [difference["part"] for difference in found.differs] == parts
    assert found.differs[0]["profile"] == parts_of_hello(hello)[parts[0]]


def test_settings_leave_a_java_near():
    """Only TLS 1.2 with two suites: SunJSSE then names renegotiation by extension, no TLS 1.3 extension is left."""
    hello = hello_of("j17.0.9")
    only = (0xC030, 0x0039)
    configured = replace(
        hello,
        cipher_suites=only,
        supported_versions=(0x0303,),
        key_shares=None,
        extensions=(*(e for e in hello.extensions if e not in (45, 51)), RENEGOTIATION_INFO),
    )
    found = recognise(configured)
    assert found.id == "java/17.0.9"
    assert not found.exact
    assert [d["part"] for d in found.differs] == ["suites", "extensions", "versions", "key_shares"]


def test_nobody_is_near_an_empty_or_strange_hello():
    hello = hello_of("j17.0.9")
    empty = replace(
        hello,
        cipher_suites=(),
        extensions=(),
        groups=None,
        signature_schemes=None,
        signature_schemes_cert=None,
        supported_versions=None,
        key_shares=None,
        point_formats=None,
        compression_methods=(),
    )
    assert recognise(empty).id is None
    backwards = replace(
        hello,
        cipher_suites=hello.cipher_suites[::-1],
        extensions=hello.extensions[::-1],
        groups=hello.groups[::-1],
    )
    assert recognise(backwards).id is None


def test_a_hello_of_repeated_numbers_costs_no_more_than_its_length():
    hello = hello_of("j17.0.9")
    long = replace(hello, cipher_suites=tuple(range(0x8000)) * 2, groups=(29,) * 30_000)
    started = perf_counter()
    recognise(long)
    assert perf_counter() - started < 5


def test_ids_are_in_order_of_age():
    known = client_ids()
    runtimes = [name for name in known if re.fullmatch(r"java/[\du.]+", name)]
    ages = [tuple(int(part) for part in name[5:].replace("u", ".").split(".")) for name in runtimes]
    assert all(a < b for a, b in pairwise(ages))
    assert {recorded.client_id(client) for client in recorded.clients()} <= set(known)


def test_the_index_of_hellos_is_current():
    """Written by ``python -m tools.hello_index``."""
    assert hellos_table() == TABLE.read_text(encoding="utf-8")
