"""One connection of a log: what is dumped, what is printed, which of them is the better witness."""

from tlswhy.evidence.debug_talk import MOST_BYTES, Talk
from tlswhy.packets.connection import TcpEventKind
from tlswhy.side import Side

HELLO = bytes.fromhex("16030100310100002d0303") + bytes(32) + bytes.fromhex("000006") + b"\0\x2f\0\x35\0\x0a\1\0"
CLIENT, SERVER = Side


def pieces(talk: Talk):
    connection = talk.connection()
    return [] if connection is None else [(piece.sender, piece.frame, piece.data) for piece in connection.pieces]


def test_a_record_in_parts_stands_at_its_last_line():
    talk = Talk()
    talk.dump(CLIENT, 3, 0, HELLO[:5])
    talk.dump(CLIENT, 9, 0, HELLO[5:])
    assert pieces(talk) == [(CLIENT, 9, HELLO)]


def test_what_is_dumped_wins_over_what_is_printed():
    talk = Talk()
    talk.print_message(CLIENT, 1, 0, b"\x01\0\0\0")
    assert pieces(talk)[0][2][5:] == b"\x01\0\0\0"
    talk.dump(CLIENT, 4, 0, HELLO)
    assert pieces(talk) == [(CLIENT, 4, HELLO)]


def test_plaintext_takes_the_place_of_its_record():
    talk = Talk()
    talk.dump(CLIENT, 1, 0, HELLO)
    talk.dump(SERVER, 2, 0, b"\x17\x03\x03\x00\x20" + bytes(32))
    talk.opened(b"\x08\0\0\2\0\0")
    talk.to_seal(b"\x02\x2e\x15" + bytes(16))
    talk.dump(CLIENT, 3, 0, b"\x17\x03\x03\x00\x23" + bytes(35))
    assert [data for _, _, data in pieces(talk)][1:] == [
        b"\x16\x03\x03\0\6\x08\0\0\2\0\0",
        b"\x15\x03\x03\0\2\x02\x2e",
    ]


def test_data_stays_data_and_an_alert_replaces_its_ciphertext():
    talk = Talk()
    talk.dump(CLIENT, 1, 0, HELLO)
    talk.dump(SERVER, 2, 0, b"\x17\x03\x03\x00\x20" + bytes(32))
    talk.opened(b"HTTP/1.1 200 OK")
    talk.dump(SERVER, 3, 0, b"\x15\x03\x03\x00\x20" + bytes(32))
    talk.print_alert(SERVER, 4, 0, 2, 40)
    assert [data[:1] + data[5:7] for _, _, data in pieces(talk)][1:] == [b"\x17\0\0", b"\x15\x02\x28"]


def test_bounds_and_what_is_no_connection():
    talk = Talk()
    assert talk.connection() is None
    talk.dump(SERVER, 1, 0, b"HTTP/1.1 400")
    assert talk.connection() is None
    for number in range(4000):
        talk.dump(CLIENT, number, 0, HELLO * 10)
    assert sum(len(data) for _, _, data in pieces(talk)) <= MOST_BYTES
    serving = Talk(serving=True)
    serving.dump(CLIENT, 1, 0, HELLO)
    assert serving.connection() is None


def test_who_leaves_first_is_kept():
    talk = Talk()
    talk.dump(CLIENT, 1, 0, HELLO)
    talk.leaves(SERVER, 5, 0, TcpEventKind.RST)
    talk.leaves(CLIENT, 6, 0, TcpEventKind.FIN)
    connection = talk.connection()
    assert connection is not None
    assert [(event.sender, event.kind, event.frame) for event in connection.events] == [(SERVER, TcpEventKind.RST, 5)]
    assert (connection.counted, str(connection.server)) == ("line", "")


def test_data_behind_a_handshake_of_tls12_hides_nothing():
    talk = Talk()
    talk.print_message(CLIENT, 1, 0, b"\x01\0\0\0")
    talk.dump(CLIENT, 2, 0, HELLO)
    talk.dump(SERVER, 3, 0, b"\x17\x03\x03\x00\x20" + bytes(32))
    assert pieces(talk)[0] == (CLIENT, 2, HELLO)
    talk.version = 0x0304  # there it hides the certificates, which the printed messages tell of
    assert pieces(talk)[0][2][5:] == b"\x01\0\0\0"
