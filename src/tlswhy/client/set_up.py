"""Clients as they are set up where they run: a java.security of their own, properties they were started with.

Owns in what order such evidence is applied, and what it says of a client whose own hello was seen. What a file or a
property does is for ``overrides`` and ``system_properties``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tlswhy.client.choose import Choice
from tlswhy.client.overrides import Override, read_override
from tlswhy.client.system_properties import Settings, read_settings
from tlswhy.evidence.types import SecurityProperties, SystemProperties
from tlswhy.wire.messages import ClientHello

SetUp = Override | Settings


def read_set_up(given: Iterable[SecurityProperties | SystemProperties]) -> tuple[SetUp, ...]:
    """What of the evidence sets clients up, in its order."""
    return tuple(read_settings(each) if isinstance(each, SystemProperties) else read_override(each) for each in given)


def as_set_up(choice: Choice, set_up: Sequence[SetUp], hello: ClientHello | None) -> Choice:
    """The client to judge as it is set up; where the hello seen is its own, that says what it offers."""
    spoke = hello is not None and choice.own_hello
    for each in set_up:
        members = tuple(each.applied_to(member, spoke=spoke) for member in choice.members)
        choice = replace(choice, members=members, sources=(*each.sources_for(choice.members[0]), *choice.sources))
    return choice
