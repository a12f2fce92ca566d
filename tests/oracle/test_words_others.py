"""The error texts of clients that are not Java, as recorded: the true cause is named or among at most eight."""

from collections import Counter

from tests.oracle import recorded
from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.observe.words import meaning_of
from tlswhy.source import source_of_bytes
from tlswhy.testimony import telling

NO_TEXT = (
    "no answer",
    "PR_IN_PROGRESS_ERROR: Operation is still in progress (probably a non-blocking connect)\nPR_P\n",
)
"""The recorder's own words where a client said nothing."""


def as_text(row):
    """What a user pastes: the error as the client's own program prints it."""
    error = row["error"] or {}
    text = str(error.get("text") or "").replace(" | ", "\n")
    if text.startswith("Connecting to"):
        text = "\n".join(error["tail"])
    kind = error.get("class") or ""
    if kind == "curl":
        return f"curl: ({error['code']}) {text}\n"
    if kind.startswith("ssl."):
        return f"{kind}: {text}\n"
    if row["family"] == "openssl" and "node" in row["client"]:
        return f"Error: {text}\n    at TLSSocket.onConnectSecure (_tls_wrap.js:1) {{ code: '{error.get('code')}' }}\n"
    return text + "\n"


def meaning(row):
    try:
        words = list(read_evidence(source_of_bytes("error.txt", as_text(row).encode())))
    except BadEvidence:
        return None
    found = [m for said in words if isinstance(said, ClientWords) and (m := meaning_of(said))]
    return telling(found)[0] if found else None


def test_the_true_cause_is_named_or_among_at_most_eight():
    wrong = Counter()
    for row in recorded.other_rows():
        if row["connected"] or as_text(row).removeprefix("Error: ").startswith(NO_TEXT):
            continue
        found = meaning(row)
        causes = () if found is None else found.causes
        named = {*causes, "server-alert"} if found is not None and found.by == "server" else set(causes)
        if not ({row["label"], *row["accept"]} & named) or len(causes) > 8:
            wrong[row["client"], row["label"], as_text(row)[:150], causes] += 1
    for key, count in sorted(wrong.items(), key=str):
        print(count, key)  # noqa: T201
    assert not wrong
