"""The language of [strictness]."""

import pytest

from tlswhy.client.profiles import client_ids, load_client
from tlswhy.client.strictness import make_strictness
from tlswhy.errors import BadTable


def test_values_and_what_takes_them_back():
    table = {"hello-trailing": True, "server-hello": [13, 16], "most-warnings": 4, "others": "unknown"}
    assert make_strictness("x", table) == {"hello-trailing": True, "server-hello": (13, 16), "most-warnings": 4}


def test_a_value_without_sense():
    with pytest.raises(BadTable):
        make_strictness("x", {"others": "perhaps"})


def test_openssl_wants_secure_renegotiation_since_its_third_release():
    wanting = {
        name
        for name in client_ids()
        for member in load_client(name).members
        if member.strictness.get("renegotiation-info-missing")
    }
    assert wanting == {
        "curl/7.88", "curl/8.14", "openssl/3.0", "python/3.11", "python/3.13",
        "node/18.20.8", "node/20.20.2", "node/22.23.3", "node/24.21.0",
    }  # fmt: skip
