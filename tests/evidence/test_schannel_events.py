"""Schannel's events as text, in another language, and as XML."""

from datetime import UTC, datetime

import pytest

from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence import schannel_events
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

NOW = datetime(2027, 1, 1, tzinfo=UTC)
VIEWER = """Log Name:      System
Source:        Schannel
Date:          11/25/2026 3:31:00 PM
Event ID:      36887
Level:         Error
Description:
A fatal alert was received from the remote endpoint. The TLS protocol defined fatal alert code is 46.
"""
SENT = """A fatal alert was generated and sent to the remote endpoint. This may result in termination of the connection.
The TLS protocol defined fatal alert code is 40. The Windows SChannel error state is 1205.
"""
NO_SUITE = (
    "An TLS 1.2 connection request was received from a remote client application, but none of the cipher suites "
    "supported by the client application are supported by the server. The TLS connection request has failed.\n"
)
XML = """<Event><System><Provider Name='Schannel'/><EventID>36887</EventID></System>
<EventData><Data Name='AlertDesc'>48</Data></EventData></Event>
"""
GERMAN = """Quelle:        Schannel
Ereignis-ID:   36887
Beschreibung:
Es wurde eine schwerwiegende Warnung empfangen. Die Warnung hat folgenden fuer das TLS-Protokoll definierten Code: 48.
"""


def read(text: str) -> list[ClientWords]:
    return list(read_evidence(source_of_bytes("events.txt", text.encode())))


@pytest.mark.parametrize(("text", "code"), [(VIEWER, 46), (XML, 48), (GERMAN, 48)])
def test_an_alert_that_a_client_sent(text: str, code: int):
    (said,) = read(text)
    assert said.alert is not None
    assert (said.alert.sender, said.alert.description) == (Side.CLIENT, code)
    (diagnosis,) = diagnose([said], now=NOW).diagnoses
    assert diagnosis.verdict.refusals[0].candidates[0].startswith(("trust", "chain"))


def test_alerts_that_it_sent():
    (said,) = read(SENT)
    assert said.alert is not None
    assert (said.alert.sender, said.alert.description) == (Side.SERVER, 40)
    (said,) = read(SENT + "\n   Target name: gadgets.example.test\n")
    assert said.alert is not None
    assert (said.alert.sender, said.host, said.speaker) == (Side.CLIENT, "gadgets.example.test", "schannel")


def test_no_suite_in_common():
    (said,) = read(NO_SUITE)
    refusal = diagnose([said], now=NOW).diagnoses[0].verdict.refusals[0]
    assert (refusal.cause, refusal.by, refusal.candidates[0]) == ("server-alert", "server", "no-common-cipher")


def test_windows_as_a_client():
    (said,) = read(
        "The certificate received from the remote server does not contain the expected name. It is therefore not "
        "possible to determine whether we are connecting to the correct server.\n"
    )
    assert said.speaker == "schannel"
    assert diagnose([said], now=NOW).diagnoses[0].verdict.refusals[0].cause == "hostname-mismatch"


def test_several_events():
    said = read(VIEWER + NO_SUITE + SENT + VIEWER.replace("46", "70"))
    assert [words.alert.description if words.alert else "words" for words in said] == [46, "words", 40, 70]


def test_others_are_none():
    assert schannel_events.likelihood(b"Event ID: 4624\n") == 0.0
    with pytest.raises(BadEvidence):
        list(schannel_events.read(source_of_bytes("x", b"Event ID: 36880\n")))
