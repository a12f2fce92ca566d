"""Properties of the wire room: any chunking, any bytes, any hello."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import recorded
from tests.wire import tapped
from tlswhy.errors import TlswhyError
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import Reader
from tlswhy.wire.hello import client_extension_bodies, read_client_hello, write_client_hello, write_record
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import Span
from tlswhy.wire.records import looks_like_client_hello, looks_like_tls
from tlswhy.wire.stream import Conversation, Limits

CASES = [
    ("j17.0.9", "base-tls12-13"),
    ("j8u51", "dhe-1024-tls10-aes128cbc"),
    ("j17.0.9", "group13-p384"),
    ("j8u212", "wire-cut-after-hello"),
    ("j17.0.20", "wire-http-proxy-502"),
    ("j8u51", "chain-over-32k"),
]
sides = st.sampled_from(Side)
uint16 = st.integers(0, 0xFFFF)


def converse(turns, keys=None, cuts=()):
    """Messages and oddities of these turns; ``cuts`` are the chunk sizes, taken round and round."""
    conversation = Conversation(keys)
    messages = []
    sizes = itertools.cycle(cuts) if cuts else None
    for sender, data in turns:
        if isinstance(data, int):
            conversation.hole(sender, data)
            continue
        while data:
            size = next(sizes) if sizes else len(data)
            messages += conversation.feed(sender, data[:size])
            data = data[size:]
    messages += conversation.finish()
    return messages, conversation.oddities


@settings(max_examples=60)
@given(st.sampled_from(CASES), st.lists(st.integers(1, 2000), min_size=1, max_size=8), st.booleans())
def test_any_chunking_of_a_recording_gives_the_same_messages(case, cuts, with_keys):
    row = recorded.row(*case)
    keys = KeyLog.parse(recorded.keylog(row) or b"") if with_keys else None
    turns = tapped.turns(recorded.capture(row), row["port"])
    assert converse(turns, keys, cuts) == converse(turns, keys)


@st.composite
def records(draw):
    """A record, often of the right shape."""
    content_type = draw(st.sampled_from([20, 21, 22, 22, 22, 23, 24]))
    if content_type == 22 and draw(st.booleans()):
        body = draw(st.binary(max_size=80))
        payload = (
            bytes([draw(st.sampled_from([0, 1, 2, 11, 12, 13, 14, 15, 20]))]) + len(body).to_bytes(3, "big") + body
        )
    elif content_type == 21:
        payload = bytes(draw(st.tuples(st.integers(1, 2), st.integers(0, 121))))
    else:
        payload = draw(st.binary(min_size=1, max_size=60))
    return bytes([content_type, 3, draw(st.integers(0, 4))]) + len(payload).to_bytes(2, "big") + payload


@st.composite
def hellos(draw):
    """A ClientHello message."""
    numbers = draw(st.lists(uint16.filter(lambda n: n != ext.PRE_SHARED_KEY), unique=True, max_size=12))
    bodies = {
        ext.SERVER_NAME: st.from_regex(r"[a-z]{1,20}\.test", fullmatch=True).map(ext.write_server_name),
        ext.SUPPORTED_GROUPS: st.lists(uint16, max_size=9).map(tuple).map(ext.write_uint16_vector),
        ext.SIGNATURE_ALGORITHMS: st.lists(uint16, max_size=9).map(tuple).map(ext.write_uint16_vector),
        ext.SUPPORTED_VERSIONS: st.lists(uint16, max_size=9).map(tuple).map(ext.write_client_versions),
    }
    numbers += [n for n in draw(st.lists(st.sampled_from(sorted(bodies)), unique=True)) if n not in numbers]
    return write_client_hello(
        legacy_version=draw(uint16),
        random=draw(st.binary(min_size=32, max_size=32)),
        session_id=draw(st.binary(max_size=32)),
        cipher_suites=draw(st.lists(uint16, min_size=1, max_size=40)),
        compression_methods=draw(st.lists(st.integers(0, 255), min_size=1, max_size=3)),
        extensions=draw(st.none() | st.just([(n, draw(bodies.get(n, st.binary(max_size=40)))) for n in numbers])),
    )


text = st.sampled_from(
    [b"220 mail ESMTP\r\n", b"EHLO x\r\nSTARTTLS\r\n", b"HTTP/1.0 502 Bad Gateway\r\n\r\n", b"\x16", b"\x80"]
)
pieces = st.one_of(records(), hellos().map(lambda h: write_record(22, 0x0301, h)), st.binary(max_size=90), text)
turns_of_anything = st.lists(st.tuples(sides, st.one_of(pieces, st.integers(1, 300))), max_size=12)


@settings(max_examples=400)
@given(turns_of_anything, st.lists(st.integers(1, 120), min_size=1, max_size=6))
def test_any_bytes_never_raise_and_any_chunking_gives_the_same(turns, cuts):
    whole = converse(turns)
    assert converse(turns, cuts=cuts) == whole
    assert converse(turns, cuts=[1]) == whole


@settings(max_examples=150)
@given(st.sampled_from(CASES), st.data())
def test_recordings_with_bytes_changed_or_lost_never_raise(case, data):
    row = recorded.row(*case)
    keys = KeyLog.parse(recorded.keylog(row) or b"")
    turns = []
    for sender, chunk in tapped.turns(recorded.capture(row), row["port"]):
        at = data.draw(st.integers(0, len(chunk)))
        change = data.draw(st.sampled_from(["keep", "keep", "flip", "lose", "drop"]))
        if change == "flip" and at < len(chunk):
            chunk = chunk[:at] + bytes([chunk[at] ^ data.draw(st.integers(1, 255))]) + chunk[at + 1 :]
        if change == "lose":
            size = data.draw(st.integers(0, len(chunk) - at))
            turns += [(sender, chunk[:at]), (sender, size), (sender, chunk[at + size :])]
        elif change == "drop":
            turns.append((sender, len(chunk)))
        else:
            turns.append((sender, chunk))
    cuts = data.draw(st.lists(st.integers(1, 500), min_size=1, max_size=4))
    assert converse(turns, keys, cuts) == converse(turns, keys)


@given(hellos())
def test_reading_a_written_hello_gives_back_what_was_written(raw):
    hello, oddities = read_client_hello(raw, Span(Side.CLIENT, 0, len(raw)), 0x0301)
    again = write_client_hello(
        legacy_version=hello.legacy_version,
        random=hello.random,
        session_id=hello.session_id,
        cipher_suites=hello.cipher_suites,
        compression_methods=hello.compression_methods,
        extensions=client_extension_bodies(hello) if len(raw) > 4 + 2 + 32 + 1 + _lists(raw) else None,
    )
    assert again == raw
    assert not [o for o in oddities if o.what in {"extension-twice", "extensions-cut", "hello-trailing-bytes"}]


def _lists(raw):
    """Bytes of the three lists before the extensions, the session id's length byte not counted."""
    reader = Reader(raw, 38)
    start = reader.position
    reader.pull_vector8()
    reader.pull_vector16()
    reader.pull_vector8()
    return reader.position - start - 1


@given(st.binary(max_size=60))
def test_telling_tls_by_its_head_never_raises(head):
    assert looks_like_tls(head) or not looks_like_client_hello(head) or len(head) < 3


@given(st.binary(max_size=300))
def test_any_key_log_is_read(text):
    try:
        KeyLog.parse(text, text.decode("latin-1"))
    except TlswhyError:
        raise AssertionError("a key log is read tolerantly") from None


def test_what_is_remembered_is_bounded():
    """A handshake message that announces 16 MB, messages without end, and records without end."""
    conversation = Conversation(limits=Limits(handshake_message=5000, messages=100, oddities=10))
    huge = b"\x0b\xff\xff\xff" + bytes(1 << 14)
    said = []
    for _ in range(50):
        said += conversation.feed(Side.SERVER, write_record(22, 0x0303, huge))
        said += conversation.feed(Side.SERVER, b"\x17\x03\x03\x00\x00" * 50)
    said += conversation.finish()
    assert len(said) <= 100
    assert len(conversation.oddities) <= 10
    assert max(len(getattr(m, "raw", b"")) for m in said) < 6000
