"""Servers of the lab, asked by ``gather.live`` with a client's own hello, and explained like any live server. A shell.

Owns what counts as the right answer for a case. Starts no server and shows nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from tlswhy.client.hello import server_name_sent
from tlswhy.client.profiles import ClientSet, load_client
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.frozen import frozen
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Answers, Manner, ask
from tlswhy.gather.probe import Hello
from tlswhy.gather.targets import Target
from tlswhy.lab.cases import Case
from tlswhy.lab.servers import LOOPBACK, Running
from tlswhy.lab.visit import visit
from tlswhy.model.client import ClientPolicy
from tlswhy.report import Diagnosis
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

SILENCE_S = 3.2
"""How long a server may say nothing: just longer than what causes.timeout takes for a finding."""
PATIENCE = Patience(name=2.0, connect=2.0, first_byte=SILENCE_S, whole=SILENCE_S)


@frozen
class Explained:
    """What was made of one server. ``found`` is the headline's cause; ``candidate``: a bare refusal, and the case's
    cause among its candidates. ``right``: that is what the case is about."""

    case: Case
    client: str
    diagnosis: Diagnosis | None
    found: str | None
    candidate: bool
    right: bool
    seconds: float

    @property
    def accepted(self) -> bool | None:
        """Whether the client gets in; None where we can't tell."""
        if self.diagnosis is None or self.diagnosis.verdict.accepted is Accepted.CANNOT_TELL:
            return None
        return self.diagnosis.verdict.accepted is Accepted.YES


def ask_case(running: Running, clients: Sequence[ClientPolicy]) -> Answers:
    """Each of the clients says hello once; where the case wants it, the server is surveyed as well."""
    case = running.case
    target = Target(running.url, LOOPBACK, running.port)
    return ask(target, [_hello(client, case) for client in clients], Manner(PATIENCE, survey=case.surveyed))


def explain_case(running: Running, moment: datetime, client: ClientSet | None = None) -> Explained:
    """Ask as the case's client (or the one given) would, and judge.

    Where the case shows only after the client's own flight, its client really goes there; one that is given only asks.
    """
    began = time.monotonic()
    case = running.case
    asked = client or load_client(case.client)
    visited = case.finishes and client is None
    if visited:
        evidence = list(read_evidence(source_of_bytes(running.url, visit(running).pcapng())))
    else:
        evidence = ask_case(running, asked.members).evidence
    report = diagnose(
        evidence,
        clients=() if visited else [asked],  # which OpenSSL this Python has is for its hello to tell
        host=case.host,
        moment=moment,
        trust=list(running.credentials.trusted),
        foretell=not visited,
    )
    diagnosis = report.diagnoses[0] if report.diagnoses else None
    found, candidate, right = _weighed(case, diagnosis)
    return Explained(case, asked.id, diagnosis, found, candidate, right, time.monotonic() - began)


def _weighed(case: Case, diagnosis: Diagnosis | None) -> tuple[str | None, bool, bool]:
    if diagnosis is None:
        return None, False, False
    verdict = diagnosis.verdict
    head = verdict.refusals[0] if verdict.refusals else None
    if case.cause is None:
        return head.cause if head else None, False, verdict.accepted is Accepted.YES
    if head is None or verdict.accepted is not Accepted.NO:
        return None, False, False
    candidate = head.cause == "server-alert" and case.cause in head.candidates
    return head.cause, candidate, candidate or head.cause == case.cause


def _hello(client: ClientPolicy, case: Case) -> Hello:
    name = server_name_sent(client, case.host) if case.sends_name else None
    return Hello(client.offer, client.hello_form, name)
