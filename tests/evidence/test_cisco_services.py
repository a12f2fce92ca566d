"""What a VOS node tells of itself: services with states, version, role, name, since when."""

from datetime import UTC, datetime

from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import DescribedCertificates, NodeStatus
from tlswhy.observe.connections import observe_all
from tlswhy.source import source_of_bytes

LIST = """admin:utils service list
Requesting service status, please wait...
System SSH [STARTED]
Cluster Manager [STARTED]
Service Manager is running
Getting list of all services
>> Return code = 0
A Cisco DB[STARTED]
Cisco DRF Primary[STOPPED]  Commanded Out of Service
Cisco Finesse Tomcat[STARTED]
Cisco HCS SDR UI[ STOPPED ]  Component is not running
Cisco RTMT Reporter Servlet[STARTED] Cisco Speechserver[STARTED] Cisco Syslog Agent[STARTED]
Cisco Tomcat[STARTED]
SOAP -Log Collection APIs[STARTED]
Cisco DirSync[STOPPED]  Service Not Activated
Primary Node =false
"""
STATUS = """admin:show status

Host Name          : fin-a
Date               : Mon Mar 2, 2026 00:36:32
Product Ver        : 11.6.1.10000-20
Unified OS Version : 6.0.0.0-2

Uptime:
 00:36:33 up 79 days, 12:45,  1 user,  load average: 1.76, 1.09, 0.94
"""


def nodes(text: str) -> list[NodeStatus]:
    return [item for item in read_evidence(source_of_bytes("cli.txt", text.encode())) if isinstance(item, NodeStatus)]


def test_services_with_state_note_and_place():
    (node,) = nodes(LIST)
    assert node.primary is False
    told = {service.name: (service.state, service.note) for service in node.services}
    assert told == {
        "System SSH": ("STARTED", ""),
        "Cluster Manager": ("STARTED", ""),
        "A Cisco DB": ("STARTED", ""),
        "Cisco DRF Primary": ("STOPPED", "Commanded Out of Service"),
        "Cisco Finesse Tomcat": ("STARTED", ""),
        "Cisco HCS SDR UI": ("STOPPED", "Component is not running"),
        "Cisco RTMT Reporter Servlet": ("STARTED", ""),
        "Cisco Speechserver": ("STARTED", ""),
        "Cisco Syslog Agent": ("STARTED", ""),
        "Cisco Tomcat": ("STARTED", ""),
        "SOAP -Log Collection APIs": ("STARTED", ""),
        "Cisco DirSync": ("STOPPED", "Service Not Activated"),
    }
    finesse = node.service("cisco finesse tomcat")
    assert finesse is not None
    assert (finesse.where.place, finesse.is_running) == ("line 10", True)
    assert node.service("Cisco Tomcats") is None


def test_two_nodes_in_one_text():
    first, second = nodes(STATUS + LIST + LIST.replace("false", "true"))
    assert (first.name, first.version, first.primary) == ("fin-a", "11.6.1.10000-20", False)
    assert first.up_seconds == (79 * 24 + 12) * 3600 + 45 * 60
    assert (second.name, second.primary, second.where[0].place) == (None, True, "line 28")
    other = nodes(STATUS + STATUS.replace("fin-a", "fin-b"))
    assert [node.name for node in other] == ["fin-a", "fin-b"]


def test_a_restart_leaves_the_last_state():
    text = "admin:utils service restart Cisco Finesse Tomcat\n" + "".join(
        f"Cisco Finesse Tomcat[{state}]\n" for state in ("STOPPING", "NOTRUNNING", "STARTING")
    )
    (node,) = nodes(text)
    assert [(service.state, service.is_running) for service in node.services] == [("STARTING", False)]
    (node,) = nodes(text + "Cisco Finesse Tomcat[STARTED]\n")
    assert node.services[0].is_running


def test_control_center_tells_since_when():
    (node,) = nodes(
        "Active Master Version: 12.6.1.10000-32\n"
        "Cisco Finesse Tomcat\tStarted\tActivated\tMon Jun 17 16:14:19 2019\t21 days 04:11:24\n"
    )
    (service,) = node.services
    assert (service.name, service.state, service.started) == (
        "Cisco Finesse Tomcat",
        "STARTED",
        "Mon Jun 17 16:14:19 2019",
    )
    assert service.up_seconds == 21 * 86_400 + 4 * 3600 + 11 * 60 + 24


def test_the_nodes_of_the_cluster():
    (node,) = nodes(
        "admin:show version active\nActive Master Version: 11.6.1.10000-20\nadmin:show network cluster\n"
        "192.0.2.1 fin-a.example.test fin-a Publisher fingers DBPub authenticated\n"
        "192.0.2.2 fin-b Subscriber fingers DBSub authenticated using TCP since Fri Mar 28 06:07:43 2025\n"
    )
    assert (node.version, node.others) == ("11.6.1.10000-20", ("fin-a.example.test", "fin-b"))


def test_beside_certificates_with_their_dates():
    text = (
        "admin:show cert own tomcat\n[\n  Version: V3\n  SignatureAlgorithm: SHA256withRSA (1.2.840.113549.1.1.11)\n"
        "  Issuer Name: CN=fin-a\n  Validity From: Tue Apr 01 00:00:00 UTC 2025\n"
        "           To:   Fri Apr 01 00:00:00 UTC 2035\n  Subject Name: CN=fin-a\n]\n" + LIST
    )
    found = list(read_evidence(source_of_bytes("cli.txt", text.encode())))
    (described,) = (item for item in found if isinstance(item, DescribedCertificates))
    (certificate,) = described.certificates
    assert (certificate.valid_from, certificate.valid_to) == (
        datetime(2025, 4, 1, tzinfo=UTC),
        datetime(2035, 4, 1, tzinfo=UTC),
    )
    assert observe_all(found).nodes[0].service("Cisco Tomcat") is not None
    assert diagnose(found, now=datetime(2026, 1, 1, tzinfo=UTC)).diagnoses == ()


def test_other_logs_are_not_taken_for_it():
    from tlswhy.evidence import cisco_cli

    assert cisco_cli.likelihood(b" 10:00:01 up 3 days, 1:00, 1 user\nnode a [STARTED]\n") == 0
