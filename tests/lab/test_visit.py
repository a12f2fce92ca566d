from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.lab.visit import visit
from tlswhy.observe.handshake import observe
from tlswhy.source import source_of_bytes
from tlswhy.wire.keylog import KeyLog


def handshake(running):
    recording = visit(running)
    keys = KeyLog()
    keys.add("\n".join(recording.secrets))
    (transcript,) = [
        each for each in read_evidence(source_of_bytes("visit", recording.pcapng())) if isinstance(each, Transcript)
    ]
    return observe(transcript, keys)


def test_a_visit_goes_all_the_way(zoo):
    for case in ("healthy", "healthy-tls13"):
        seen = handshake(zoo[case])
        assert seen.outcome.value == "completed"
        assert len(seen.certificates.message.certificates) == 2


def test_a_visitor_that_refuses_says_so(zoo):
    seen = handshake(zoo["leaf-expired"])
    assert [(each.message.span.sender.value, each.message.description) for each in seen.alerts] == [("client", 45)]


def test_what_the_server_says_after_the_clients_flight_is_there(zoo):
    for case, description in (("client-certificate-demanded", 40), ("client-certificate-in-tls13", 116)):
        alerts = [each.message for each in handshake(zoo[case]).alerts]
        assert ("server", description) in [(alert.span.sender.value, alert.description) for alert in alerts]
