"""Sides that were guessed wrong are exchanged; those that a SYN showed stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.observe.test_opening import transcript
from tests.packets.test_against_tshark_ways import flights
from tlswhy.observe.roles import with_roles_by_content
from tlswhy.side import Side


@pytest.mark.parametrize("shown", [True, False])
def test_whoever_says_client_hello_is_the_client(shown):
    turned = [(sender.other, data) for sender, data in flights()]
    connection = replace(transcript(turned).connection, roles_shown=shown)
    found = with_roles_by_content(connection)
    assert (found is connection) is shown
    if not shown:
        assert (found.client, found.server) == (connection.server, connection.client)
        assert next(piece.sender for piece in found.pieces) is Side.CLIENT
        assert with_roles_by_content(found) is found
