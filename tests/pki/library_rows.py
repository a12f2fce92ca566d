"""Recorded chains before the rules of a client that is not Java, and what its row says of them."""

from tests.oracle import recorded
from tests.pki.java_paths import authentication_of, certificates, moment_of, version_of
from tlswhy.client.profiles import load_client
from tlswhy.pki.path_outcome import PathOutcome
from tlswhy.pki.paths import judge_path


def judge(client: str, case: str, trust: object = "as recorded", **changes: object) -> PathOutcome:
    """Judge the row's chain by the client's profile; ``trust`` and the like put something else in its place."""
    row = recorded.row(client, case)
    seen = "server_version" in row["wire"]
    asked = {
        "chain": certificates(recorded.chain(row)),
        "trust": certificates(recorded.trust(row)) if trust == "as recorded" else trust,
        "moment": moment_of(row),
        "rules": load_client(recorded.client_id(client)).members[0].path_rules,
        "version": version_of(row) if seen else 0x0303,
        "authentication": authentication_of(row) if seen else "ECDHE_RSA",
    } | changes
    return judge_path(asked.pop("chain"), asked.pop("trust"), **asked)


def faults(client: str, case: str, **changes: object) -> list[str]:
    """The objections' faults, in the client's order."""
    return [objection.fault for objection in judge(client, case, **changes).objections]
