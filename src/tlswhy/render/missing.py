"""How to get evidence that is missing: the exact command, on the machine that this client runs on.

Owns which platform a client stands for and what of the connection fills the commands. Knows no command: they stand in
the catalogue, ``gap.<code>.how`` for any machine and ``gap.<code>.how-<platform>`` where one has its own way.
"""

from __future__ import annotations

from collections.abc import Mapping

from tlswhy.render.sentences import ended_early
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis
from tlswhy.verdict import Gap

_VOS = frozenset({"finesse", "uccx", "cuic", "cucm"})
"""Products on Cisco's Voice Operating System: no root, no JVM options, a command line of their own."""
_DESKTOP_MASKS = frozenset({"gadget-not-rendered"})
HTTPS = "443"


def how(
    gap: Gap,
    words: Words,
    diagnosis: Diagnosis | None = None,
    *,
    ended: bool = False,
    at: tuple[str | None, str | None] = (None, None),
) -> str:
    """One or two sentences with the command; without a diagnosis those for any machine, to this server and host."""
    server, host = at if diagnosis is None else (diagnosis.server, diagnosis.host)
    values = {**_values(server, host, words), **gap.facts}
    told = _how(gap, words, diagnosis, values, ended=ended)
    from tlswhy.client.hello import is_address  # captures with nothing missing have no need of it

    # of an address there is no server name: RFC 6066, 3
    return told.replace(f" -servername {values['host']}", "") if is_address(str(values["host"])) else told


def _how(gap: Gap, words: Words, diagnosis: Diagnosis | None, values: Mapping[str, object], *, ended: bool) -> str:
    if diagnosis is not None:
        ended = ended_early(diagnosis)
    if ended and words.has(f"gap.{gap.needs}.ended"):
        return words.say(f"gap.{gap.needs}.ended", values)
    own = words.say_if(f"gap.{gap.needs}.how-{platform_of(diagnosis)}", values) if diagnosis is not None else None
    return own or (words.say(f"gap.{gap.needs}.how", values) if words.has(f"gap.{gap.needs}.how") else "")


def platform_of(diagnosis: Diagnosis) -> str:
    """What the client runs on, as the catalogue calls it: "vos", "java", "node" …"""
    family = diagnosis.client.id.partition("/")[0]
    masks = {refusal.facts.get("mask") for refusal in diagnosis.verdict.refusals}
    return "vos" if family in _VOS or masks & _DESKTOP_MASKS else family


def _values(server: str | None, host: str | None, words: Words) -> Mapping[str, object]:
    """What the commands name: the host asked for, the server's address and port, as far as they are known."""
    address, _, port = (server or "").rpartition(":")
    address = address.strip("[]")
    host = host or address or words.say("says.any-host")
    return {"host": host, "address": address or host, "port": port or HTTPS}
