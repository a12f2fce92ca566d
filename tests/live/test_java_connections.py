"""Java runtimes before odd servers: what each really does against what we foretell of it, and make of it afterwards.

Every third server by default, all of them with TLSWHY_ALL_CASES=1.
"""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.live.javas import JavaRuntime, asking
from tests.live.odd_servers import HOST, Server, Workshop, setups
from tests.live.tap import Tap
from tlswhy import diagnose
from tlswhy.evidence.types import Secrets, Transcript

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here"),
    pytest.mark.timeout(300),
]
NOBODY_KNOWS_BEFOREHAND = ("demands a certificate", "asks for a certificate")
"""A server that asks for a certificate doesn't say whether it can do without."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("odd-servers"))


@pytest.fixture(scope="module")
def servers(workshop) -> Iterator[list[tuple[Server, Tap]]]:
    chosen = list(setups()) if os.environ.get("TLSWHY_ALL_CASES") else list(setups())[::3]
    started = [Server(setup, workshop) for setup in chosen]
    tapped = [(server, Tap(server.port)) for server in started if server.port is not None]
    assert len(tapped) > len(chosen) * 0.8
    yield tapped
    for _, tap in tapped:
        tap.close()
    for server in started:
        server.stop()


def test_what_is_foretold_is_what_happens(java: JavaRuntime, servers, workshop):
    wrong, accepted = [], 0
    with asking(java, HOST) as ask:
        for server, tap in servers:
            tapped = tap.take_one()
            told = ask(tap.port, workshop.trust)
            keys = workshop.folder / "keys.txt"
            evidence = [Transcript("tap", tapped.connection())]
            if keys.exists():
                evidence.insert(0, Secrets("keys.txt", keys.read_text()))
            happened = "accepted" if told.startswith("OK") else "refused"
            accepted += happened == "accepted"
            for foretell in (True, False):
                report = diagnose(evidence, clients=[java.id], host=HOST, trust=[workshop.root], foretell=foretell)
                (diagnosis,) = report.diagnoses
                said = diagnosis.verdict.accepted.value
                honest = server.setup.name.startswith(NOBODY_KNOWS_BEFOREHAND) and foretell and said == "cannot-tell"
                if said != happened and not honest:
                    causes = [refusal.cause for refusal in diagnosis.verdict.refusals]
                    wrong.append(f"{server.setup.name}, foretold {foretell}: {said} {causes}; {java.id}: {told[:200]}")
    assert wrong == []
    assert len(servers) * 0.3 < accepted < len(servers) * 0.8
