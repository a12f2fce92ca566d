import pytest

from tlswhy.source import Source, source_of_bytes


@pytest.mark.parametrize("block_size", [1, 3, 10, 1000])
def test_the_head_is_the_first_bytes_however_the_blocks_fall(block_size: int):
    source = source_of_bytes("a", bytes(range(100)), block_size)
    assert source.head(10) == bytes(range(10))
    assert source.head(1000) == bytes(range(100))
    assert source.read(99) == bytes(range(99))


def test_blocks_start_anew_at_every_call():
    source = source_of_bytes("a", b"abcdef", 4)
    assert list(source.blocks()) == [b"abcd", b"ef"]
    assert list(source.blocks()) == [b"abcd", b"ef"]
    assert source.size == 6


def test_an_empty_source_has_no_block():
    assert list(source_of_bytes("a", b"").blocks()) == []
    assert source_of_bytes("a", b"").head() == b""


def test_the_head_asks_for_no_more_blocks_than_it_needs():
    handed_out = []

    def blocks():
        for number in range(10):
            handed_out.append(number)
            yield b"1234"

    assert Source("a", blocks).head(6) == b"123412"
    assert handed_out == [0, 1]
