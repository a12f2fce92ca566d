"""Resets that may come from another machine than the one they name.

Owns what tells them, after Weaver, Sommer and Paxson, "Detecting Forged TCP Reset Packets" (NDSS 2009), which uses the
race that a device beside the path must lose, and Clayton, Murdoch and Watson, "Ignoring the Great Firewall of China"
(PET 2006), which uses the TTL. Says what was seen and how sure that is, never who sent it: a load balancer answers
for its servers too, and a device that rewrites what it passes on leaves no trace at all.
"""

from __future__ import annotations

from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Connection, Reset, TcpEventKind
from tlswhy.side import Side

LEAST_APART = 2
"""Packets of one machine may differ by one hop where a route changes."""
COUNTING = 1000
"""So far apart, at most, are two packets of a machine that counts its packets (of all connections together)."""

MORE_DATA, TTL, SEQUENCE, SEVERAL, IDENTITY = "more-data", "ttl", "sequence", "several", "identity"
SURE = 2
"""Two signs that don't depend on each other; or the one that a machine cannot give: it goes on after it has reset."""


def foreign_resets(connection: Connection) -> list[Oddity]:
    """What speaks against each side's first reset being its own."""
    found = []
    for side in (Side.CLIENT, Side.SERVER):
        resets = [reset for reset in connection.resets if reset.sender is side]
        if resets and (signs := _signs(connection, resets)):
            found.append(_oddity(connection, resets[0], signs))
    return found


def seems_own(connection: Connection, side: Side) -> bool:
    """Nothing in the side's first reset speaks against it, and its TTL was compared with that of other packets."""
    resets = [reset for reset in connection.resets if reset.sender is side]
    return bool(resets) and _usual_ttl(connection, side) is not None and not _signs(connection, resets)


def _signs(connection: Connection, resets: list[Reset]) -> tuple[str, ...]:
    first, side = resets[0], resets[0].sender
    told = {
        MORE_DATA: _goes_on(connection, first),
        TTL: _travelled_otherwise(first, _usual_ttl(connection, side)),
        SEQUENCE: not first.after_fin and (first.at_last or 0) > 1 and not _has_hole(connection, side),
        SEVERAL: not first.after_fin and _guesses(resets) and not _has_hole(connection, side),
        IDENTITY: _counts_otherwise(first),
    }
    signs = tuple(sign for sign, holds in told.items() if holds)
    return () if signs == (IDENTITY,) else signs  # alone it is what a load balancer with several queues shows, too


def _goes_on(connection: Connection, reset: Reset) -> bool:
    """The side says more behind the number of its reset (RST_SEQ_DATA of the paper).

    Data that was sent before the reset and overtaken by it ends where the reset stands.
    """
    if reset.ahead is None or reset.at_last is None or reset.after_fin:
        return False
    later = any(piece.frame > reset.frame and piece.data for piece in connection.pieces if piece.sender is reset.sender)
    return later and reset.at_last < 0 <= reset.ahead


def _usual_ttl(connection: Connection, side: Side) -> int | None:
    """That of its SYN, SYN-ACK or FIN."""
    events = (event for event in connection.events if event.sender is side and event.ttl)
    return next((event.ttl for event in events if event.kind is not TcpEventKind.RST), None)


def _travelled_otherwise(reset: Reset, usual: int | None) -> bool:
    return usual is not None and reset.ttl > 0 and abs(reset.ttl - usual) >= LEAST_APART


def _guesses(resets: list[Reset]) -> bool:
    """Several resets, the later ones further on than anything that was sent (RST_SEQ_CHANGE): a machine that resets
    knows its own number, a device that must not come too late tries some."""
    first, *later = resets
    return any(reset.at_last is not None and reset.at_last > 1 and reset.at_last != first.at_last for reset in later)


def _counts_otherwise(reset: Reset) -> bool:
    """The side numbers its packets one by one, and the reset's number is none of the next.

    Zero tells nothing: that is what Linux gives to a reset for which it has no socket.
    """
    earlier, last = reset.identities
    if min(earlier, last) < 0 or reset.identity <= 0:
        return False
    counts = 0 < (last - earlier) & 0xFFFF <= COUNTING
    return counts and not 0 < (reset.identity - last) & 0xFFFF <= COUNTING


def _has_hole(connection: Connection, side: Side) -> bool:
    """Something of the side was not captured, so that what it sent is not known."""
    return side in connection.truncated or any(piece.missing for piece in connection.pieces if piece.sender is side)


def _oddity(connection: Connection, reset: Reset, signs: tuple[str, ...]) -> Oddity:
    sure = len(signs) >= SURE or signs[0] == MORE_DATA
    facts: dict[str, str | int] = {
        "sender": reset.sender.value,
        "signs": ",".join(signs),
        "certainty": "likely" if sure else "possible",
    }
    if TTL in signs:
        facts |= {"ttl": reset.ttl, "usual": _usual_ttl(connection, reset.sender) or 0}
    if SEQUENCE in signs:
        facts["ahead"] = reset.at_last or 0
    return Oddity("reset-from-elsewhere", f"frame {reset.frame}", facts=facts)
