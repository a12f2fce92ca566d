import json

from tlswhy.model.handshake import Ending
from tlswhy.observe.line import Line
from tlswhy.packets.connection import Endpoint
from tlswhy.render.line import line_text
from tlswhy.side import Side
from tlswhy.wire.usual import Choice, Offer, Usual

OFFER = Offer((0x0A0A, 0x0304, 0x7F1C), (0x1301,), 'a"b\\c', (29,), (), ("h2",), "3" * 32, "t13")
CHOICE = Choice(0x0304, 0x1301, 29, "5" * 32)


def test_the_contract_in_one_line():
    told = Usual(OFFER, 5, CHOICE, 5, None, 29, True, ("ab", "cd"), (), ())
    line = Line(
        item='odd "name".pcap',
        client=Endpoint("::1", 1),
        server=Endpoint("10.0.0.1", 443),
        first_frame=1,
        last_frame=9,
        first_time_ns=0,
        last_time_ns=0,
        told=told,
        hello_frame=4,
        choice_frame=6,
        alerts=((7, Side.CLIENT, 2, 46),),
        encrypted_alerts=((8, Side.SERVER),),
        ending=Ending(Side.CLIENT, "rst", 9),
    )
    assert json.loads(line_text(line)) == {
        "capture": 'odd "name".pcap',
        "client": "[::1]:1",
        "server": "10.0.0.1:443",
        "frames": {"client_hello": 4, "server_hello": 6},
        "client_hello": {
            "versions": ["TLS1.3", "TLS1.3-draft28"],
            "cipher_suites": [0x1301],
            "sni": 'a"b\\c',
            "groups": [29],
            "signature_schemes": [],
            "alpn": ["h2"],
        },
        "server_hello": {"version": "TLS1.3", "cipher_suite": 0x1301, "hello_retry": False},
        "key_exchange": {"dh_bits": None, "group": 29},
        "certificates": ["ab", "cd"],
        "alerts": [{"frame": 7, "from": "client", "level": 2, "description": 46}],
        "encrypted_alerts": [{"frame": 8, "from": "server"}],
        "ending": {"by": "client", "how": "rst"},
        "ja3": "3" * 32,
        "ja3s": "5" * 32,
        "ja4": "t13",
    }
    assert line.server_name == OFFER.server_name
