"""The certificates of every recorded case, judged by this machine's own Java and by us as that release."""

from tests.live.machine_java import OK, Question
from tests.oracle import recorded
from tests.pki.java_paths import certificates

AUTHENTICATIONS = {0x0303: ("ECDHE_RSA", "ECDHE_ECDSA", "RSA"), 0x0304: ("UNKNOWN",)}


def asked_of(case: str, row: recorded.Row) -> list[Question]:
    """Over TLS 1.2, by each way to agree on keys, and over TLS 1.3, whatever the case's server would choose."""
    chain, trust = (tuple(c.der for c in certificates(pem)) for pem in (recorded.chain(row), recorded.trust(row)))
    return [
        Question(f"{case}, {version:#06x} {authentication}", chain, trust, row["host"], version, authentication)
        for version, authentications in AUTHENTICATIONS.items()
        for authentication in authentications
    ]


def test_every_case_is_judged_as_by_the_machine_s_java(machine_java):
    rows = {row["case"]: row for row in recorded.rows()}
    assert len(rows) == 224
    questions = [question for case, row in sorted(rows.items()) for question in asked_of(case, row)]
    stories = machine_java.stories(questions)
    assert 0 < len(stories) - stories.count(OK) < len(stories) / 2
    assert machine_java.differing(questions, stories) == {}
