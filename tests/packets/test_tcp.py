"""Connections: roles, ends, port reuse, one-sided and mid-stream captures, the order and the memory."""

import tracemalloc

from tests.packets.building import ACK, FIN, RST, START_NS, SYN, Packet, Talk, ethernet, pcap, timed
from tlswhy.packets.capture import Interest, Limits, read_connections
from tlswhy.packets.connection import Connection, Endpoint, Piece, TcpEventKind
from tlswhy.side import Side
from tlswhy.source import Source, source_of_bytes

C, S = Side.CLIENT, Side.SERVER


def read(*talks: Talk, **options) -> list[Connection]:
    frames = [ethernet(frame) for talk in talks for frame in talk.frames]
    return list(read_connections(source_of_bytes("x", pcap(timed(frames), nano=True)), **options))


def events(connection: Connection) -> list[tuple[Side, int, str]]:
    return [(event.sender, event.frame, event.kind.value) for event in connection.events]


def test_a_whole_connection():
    talk = Talk().open().client_sends(b"hello").server_sends(b"world").close()
    (connection,) = read(talk)
    at = START_NS
    assert connection == Connection(
        client=Endpoint("10.0.0.1", 40_000),
        server=Endpoint("10.0.0.2", 443),
        first_frame=1,
        last_frame=8,
        first_time_ns=at,
        last_time_ns=at + 7_000_000,
        pieces=(Piece(C, 4, at + 3_000_000, b"hello"), Piece(S, 5, at + 4_000_000, b"world")),
        events=connection.events,
        roles_shown=True,
        answered=True,
    )
    assert events(connection) == [(C, 1, "syn"), (S, 2, "syn-ack"), (C, 6, "fin"), (S, 7, "fin")]


def test_ipv6_endpoints():
    (connection,) = read(Talk("2001:db8::1", "2001:db8:0:0:1::2").open())
    assert (str(connection.client), str(connection.server)) == ("[2001:db8::1]:40000", "[2001:db8::1:0:0:2]:443")


def test_a_closed_port_and_a_silent_one():
    closed = Talk().client_sends(flags=SYN).server_sends(flags=RST | ACK)
    silent = Talk(server="10.0.0.9").client_sends(flags=SYN)
    silent.frames *= 3
    refused, ignored = read(closed, silent)
    assert (events(refused), refused.answered) == ([(C, 1, "syn"), (S, 2, "rst")], True)
    assert (events(ignored), ignored.answered, ignored.last_frame) == ([(C, 3, "syn")], False, 5)


def test_retransmitted_signals_are_left_out_and_one_reset_of_each_side_kept():
    talk = Talk().open()
    talk.frames.append(talk.frames[1])
    talk.client_sends(flags=FIN | ACK)
    talk.frames.append(talk.frames[-1])
    talk.server_sends(flags=RST).server_sends(flags=RST).client_sends(flags=RST)
    (connection,) = read(talk)
    assert events(connection) == [(C, 1, "syn"), (S, 2, "syn-ack"), (C, 5, "fin"), (S, 7, "rst"), (C, 9, "rst")]


def test_data_in_the_syn_and_in_the_fin_counts():
    talk = Talk().client_sends(b"early", SYN)
    talk.server_sends(flags=SYN | ACK).client_sends(b" late", FIN | ACK)
    (connection,) = read(talk)
    assert [(piece.frame, piece.data) for piece in connection.pieces] == [(1, b"early"), (3, b" late")]


def test_roles_without_a_syn():
    (connection,) = read(Talk(sport=443, dport=50_000).client_sends(b"a").server_sends(b"b"))
    assert (connection.client.port, connection.server.port, connection.roles_shown) == (50_000, 443, False)
    assert [piece.sender for piece in connection.pieces] == [S, C]
    answered = Talk(sport=443, dport=50_000).server_sends(flags=SYN | ACK).client_sends(b"a")
    (connection,) = read(answered)
    assert (connection.client.port, connection.roles_shown) == (443, True)


def test_one_direction_only():
    talk = Talk().open().client_sends(b"hello")
    talk.server_seq += 5000
    talk.client_sends().client_sends(b"more")
    talk.frames = [frame for frame in talk.frames if frame[12:16] == bytes([10, 0, 0, 1])]
    (connection,) = read(talk)
    assert not connection.answered
    assert [(p.sender, p.data, p.missing) for p in connection.pieces] == [
        (C, b"hello", 0),
        (C, b"more", 0),
        (S, b"", 5000),
    ]


def test_mid_stream():
    talk = Talk().server_sends(b"x" * 10, seq=9_000).client_sends(ack=9_010).server_sends(b"y" * 5, seq=9_010)
    (connection,) = read(talk)
    assert [(p.sender, p.frame, p.data) for p in connection.pieces] == [(S, 1, b"x" * 10), (S, 3, b"y" * 5)]


def test_reset_text_is_no_data():
    talk = Talk().open().server_sends(b"go away", RST | ACK)
    (connection,) = read(talk)
    assert connection.pieces == ()


def test_packets_cut_by_the_snap_length_are_told():
    talk = Talk().open().server_sends(bytes(400)).server_sends(bytes(10)).server_sends(bytes(400))
    packets = [Packet(frame[:128], START_NS, len(frame)) for frame in map(ethernet, talk.frames)]
    reading = read_connections(source_of_bytes("x", pcap(packets)))
    (connection,) = reading
    assert [(len(piece.data), piece.missing) for piece in connection.pieces] == [(74, 0), (10, 326), (74, 0), (0, 326)]
    assert [(o.what, o.facts) for o in connection.oddities] == [("segments-cut-by-snap-length", {"segments": 2})]
    assert (reading.cut_packets, reading.snap_length) == (2, 128)
    assert [(o.what, o.facts) for o in reading.oddities] == [
        ("packets-cut-by-snap-length", {"packets": 2, "snap_length": 128})
    ]


def test_the_limit_truncates_one_side_and_interesting_segments_are_picked():
    talk = Talk().open()
    for number in range(40):
        talk.server_sends(bytes([number]) * 100).client_sends()
    talk.server_sends(b"\x15\x03\x03").server_sends(b"\x15 other").close()
    interest = Interest(b"\x15", 10, lambda data: data[1] == 3)
    (connection,) = read(talk, limits=Limits(stream_bytes=250), interest=interest)
    assert connection.truncated == {S}
    assert [(len(piece.data), piece.picked) for piece in connection.pieces] == [
        (100, False),
        (100, False),
        (50, False),
        (3, True),
    ]
    assert [event.kind for event in connection.events][-2:] == [TcpEventKind.FIN, TcpEventKind.FIN]


def test_a_judge_may_say_that_it_is_enough():
    def judge():
        seen = []
        return lambda data, missing: seen.append((data, missing)) or len(seen) == 2

    talk = Talk().open().client_sends(b"a").server_sends(b"b")
    talk.server_seq += 7
    talk.server_sends(b"c").client_sends().server_sends(b"d").client_sends(b"e").client_sends(b"f").close()
    (connection,) = read(talk, limits=Limits(enough=judge))
    assert sorted((p.sender, p.data, p.missing) for p in connection.pieces) == [
        (C, b"a", 0),
        (C, b"e", 0),
        (S, b"b", 0),
        (S, b"c", 7),
    ]
    assert connection.truncated == set()
    assert [event.kind for event in connection.events][-1] == TcpEventKind.FIN


def test_connections_come_in_order_of_their_first_frame_even_when_memory_is_short():
    talks = [Talk(sport=30_000 + number).open().client_sends(bytes(500)) for number in range(300)]
    for talk in talks[::7]:
        talk.close()
    found = read(*talks, limits=Limits(total_bytes=50_000))
    assert [connection.client.port for connection in found] == [talk.sport for talk in talks]
    cut_short = [connection for connection in found if connection.oddities]
    assert cut_short
    assert {oddity.what for connection in cut_short for oddity in connection.oddities} == {"connection-cut-short"}


def test_late_packets_of_a_connection_handed_out_are_no_new_connection():
    old = Talk().open().client_sends(b"x")
    others = [Talk(sport=30_000 + number).open().client_sends(bytes(900)) for number in range(60)]
    late = Talk(client_seq=old.client_seq, server_seq=old.server_seq).client_sends(b"late").close()
    found = read(old, *others, late, limits=Limits(total_bytes=50_000))
    assert len(found) == 61


def test_memory_stays_flat_over_many_connections():
    record = pcap([ethernet(Talk().packet(False, b"", SYN))])[len(pcap([])) :]
    address = len(record) - 60 + 26

    def blocks():
        yield pcap([])
        for number in range(20_000):
            yield record[:address] + number.to_bytes(4, "big") + record[address + 4 :]

    tracemalloc.start()
    try:
        reading = read_connections(Source("many", blocks), limits=Limits(total_bytes=2 << 20))
        assert sum(1 for _ in reading) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
