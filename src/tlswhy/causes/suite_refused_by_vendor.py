"""The vendor documents that this client fails with the suite that the server chose.

Why the client refuses
    The vendor's note names the suite; it does not say which rule stands behind it. Measured runtimes do not refuse
    a DHE suite as such, they refuse the size of the Diffie-Hellman group (dh-key-too-small, dh-key-too-large).
What you see
    The suite in the ServerHello, then the client's fatal alert.
How to fix
    Give ECDHE suites precedence on the server, or take the named suites out.
How to check
    Look at the ServerHello of a new capture.
References
    The vendor note that the client's profile names as its source.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change
from tlswhy.mending import suites_first
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import suite_name

STAGE = Stage.KEY_EXCHANGE


def check(situation: Situation) -> Iterator[Refusal]:
    """The chosen suite is on the documented list."""
    chosen = situation.flight.suite
    refused = situation.client.documented.get("refuses-suites", ())
    if isinstance(chosen, Unseen) or suite_name(chosen) not in refused:
        return
    sources = tuple(source for source in situation.client.sources if source.kind == "vendor-document")
    yield Refusal(
        "suite-refused-by-vendor", STAGE, {"chosen": chosen}, situation.place("server_hello"), sources, order=1
    )


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Suites that the vendor does not name first."""
    yield from suites_first(situation)
