import pytest

from tlswhy.wire.hello import write_record
from tlswhy.wire.settled import ENOUGH_DATA, Settled

HANDSHAKE = (
    write_record(22, 0x0303, bytes(5000)) + write_record(20, 0x0303, b"\1") + write_record(22, 0x0303, bytes(40))
)
DATA = write_record(23, 0x0303, bytes(ENOUGH_DATA // 4))


@pytest.mark.parametrize("size", [1, 3, 7, 1448, 1 << 20])
def test_settled_after_enough_data_for_any_chunking(size):
    stream = HANDSHAKE + DATA * 8
    settled = Settled()
    upto = next(start + size for start in range(0, len(stream), size) if settled(stream[start : start + size], 0))
    begins = len(HANDSHAKE) + 3 * len(DATA)
    assert upto >= begins + 5  # the header of the record that makes it enough
    assert upto - size < begins + 5


def test_a_handshake_alone_is_never_enough():
    settled = Settled()
    assert not any(settled(HANDSHAKE, 0) for _ in range(100))


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\n", b"\x17\x03\x03\xff\xff", b""])
def test_what_is_no_tls_or_has_a_hole_is_never_settled(begin):
    settled = Settled()
    settled(begin, 0 if begin else 10)
    assert not any(settled(DATA, 0) for _ in range(100))
