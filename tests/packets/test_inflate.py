"""gzip and zstd: told by content, several members, truncated, damaged, without end."""

import gzip
import random
import tracemalloc

import pytest
import zstandard

from tests.packets.building import Talk, pcapng
from tlswhy.errors import BadEvidence
from tlswhy.packets.capture import is_capture, read_connections
from tlswhy.packets.inflate import inflate, is_cut
from tlswhy.source import Source, source_of_bytes

CAPTURE = Talk().open().client_sends(bytes(range(256)) * 40).close().captured()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def read(data: bytes, blocks: int = 1 << 20):
    reading = read_connections(source_of_bytes("x", data, blocks))
    return list(reading), reading


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize("blocks", [1, 7, 1 << 20])
def test_packed_captures_are_told_by_content(pack, blocks):
    packed = pack(CAPTURE)
    assert is_capture(packed)
    assert read(packed, blocks)[0] == read(CAPTURE)[0]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_several_members_are_one_capture(pack):
    parts = [pack(CAPTURE[:50]), pack(CAPTURE[50:400]), pack(b""), pack(CAPTURE[400:])]
    connections, reading = read(b"".join(parts), 11)
    assert connections == read(CAPTURE)[0]
    assert reading.oddities == ()


def test_the_first_bytes_of_a_packed_capture_are_enough():
    capture = pcapng([random.Random(n).randbytes(1400) for n in range(200)])
    assert is_capture(gzip.compress(capture, mtime=0)[:100])
    assert is_capture(zstd(capture)[:65_536])
    assert not is_capture(zstd(bytes(200_000))[:65_536])


def test_a_skippable_frame_may_stand_first():
    packed = b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + zstd(CAPTURE)
    assert is_capture(packed)
    assert read(packed)[0] == read(CAPTURE)[0]


def test_a_cut_gzip_gives_what_it_can():
    packed = gzip.compress(pcapng([bytes(range(256)) * 5] * 200))
    _, reading = read(packed[: len(packed) // 2])
    assert 1 < reading.packets < 200
    assert "compressed-data-truncated" in {oddity.what for oddity in reading.oddities}


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_damage_is_told_with_its_place(pack):
    packed = bytearray(pack(CAPTURE) + pack(CAPTURE))
    packed[-20:] = bytes(20)
    _, reading = read(bytes(packed))
    assert reading.packets >= 4  # the last portion before the damage may be lost
    found = [oddity for oddity in reading.oddities if oddity.what.startswith("compressed-data")]
    assert found
    assert found[0].place.startswith("byte ")


def test_padding_is_no_oddity_and_other_trailing_bytes_are():
    assert read(gzip.compress(CAPTURE, mtime=0) + bytes(512))[1].oddities == ()
    assert [oddity.what for oddity in read(gzip.compress(CAPTURE, mtime=0) + b"tail")[1].oddities] == ["trailing-bytes"]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_small_file_that_stands_for_a_huge_one_stays_small_in_memory(pack):
    packed = pack(CAPTURE + pack_free_records(40 << 20))
    assert len(packed) < 100_000
    source = Source("bomb", lambda: iter([packed]))
    tracemalloc.start()
    try:
        reading = read_connections(source)
        assert len(list(reading)) == 1
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def pack_free_records(size: int) -> bytes:
    return (bytes(8) + (65_000).to_bytes(4, "little") * 2 + bytes(65_000)) * (size // 65_016)


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b", gzip.compress(b"no capture", mtime=0), zstd(b"no capture"), b"GIF89a" * 50, CAPTURE[:10]]
)
def test_what_is_no_capture_is_refused(data):
    assert not is_capture(data)
    with pytest.raises(BadEvidence, match="not-a-capture"):
        read(data)


@pytest.mark.parametrize("compress", [lambda data: gzip.compress(data, 9), zstandard.compress])
def test_a_bomb_is_not_read_to_its_end(compress, monkeypatch):
    monkeypatch.setattr("tlswhy.packets.inflate._SUSPICIOUS", 1 << 22)
    bomb = compress(bytes(1 << 26))
    told = []
    blocks = inflate(bomb[:64], iter([bomb[64:]]), lambda what, taken: told.append(what))
    assert 1 << 21 < sum(map(len, blocks)) < 1 << 26
    assert told == ["compressed-data-expands"]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_file_cut_anywhere_gives_what_it_can_or_says_where_it_ends(pack):
    packed = pack(pcapng([random.Random(n).randbytes(60) for n in range(40)]))
    for size in range(1, len(packed), 7):
        cut = packed[:size]
        if is_capture(cut):
            told = {oddity.what: oddity.place for oddity in read(cut, 11)[1].oddities}
            assert told["compressed-data-truncated"] == f"byte {size}"
        else:
            assert is_cut(cut) == (size >= 4)
    assert not is_cut(packed)
    assert not is_cut(pack(b"text"))


def test_zstd_that_ends_within_a_later_frame():
    """The library gives out what is whole and says nothing."""
    whole = b"".join(map(zstd, (CAPTURE[:400], CAPTURE[400:])))
    for cut in range(len(zstd(CAPTURE[:400])), len(whole), 5):
        _, reading = read(whole[:cut])
        told = {oddity.what: oddity.place for oddity in reading.oddities}
        assert told.get("compressed-data-truncated") == (None if cut == len(zstd(CAPTURE[:400])) else f"byte {cut}")


@pytest.mark.parametrize("level", [1, 3, 9])
@pytest.mark.parametrize("sized", [False, True])
def test_where_frames_of_zstd_end_is_known_for_every_kind_of_block(level, sized):
    """Raw, repeated and compressed blocks, with a checksum and without, behind a frame to skip."""
    data = random.Random(1).randbytes(200_000) + bytes(400_000) + bytes(random.Random(2).choices(b"abc", k=300_000))
    make = zstandard.ZstdCompressionParameters.from_level(level, write_checksum=sized, write_content_size=sized)
    frame = b"\x53\x2a\x4d\x18\7\0\0\0skipped" + zstandard.ZstdCompressor(compression_params=make).compress(data)
    for stored, whole in ((frame, True), (frame * 2, True), (frame[:-1], False), (frame + frame[:17], False)):
        told: dict[str, int] = {}
        blocks = (stored[start : start + 1000] for start in range(1000, len(stored), 1000))
        made = b"".join(inflate(stored[:1000], blocks, told.__setitem__))
        assert (data + data).startswith(made)
        assert told == ({} if whole else {"compressed-data-truncated": len(stored)})
