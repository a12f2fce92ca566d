"""TLS is fine, and what comes after it is not: an HTTP error, a redirect that leads nowhere, no answer at all.

Why the client refuses
    It does not: it gets through, and gets no document. A gadget stays as empty as if TLS had failed.
What you see
    A finished handshake, then a status of 400 and above, redirects without end or to a plain http address, or nothing.
How to fix
    Correct the URL in the layout, the server's application, or its access rules: a container fetches without the
    agent's cookies or login.
How to check
    ``curl -kv URL`` from the machine where the client runs.
References
    RFC 9110, 15; RFC 9112.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.model.client import Source
from tlswhy.model.server import ANSWERS_TO_NONE
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.DOCUMENT
SOURCES = (Source("standard", "RFC 9110, 15"),)
FIRST_ERROR = 400
NOT_OURS = "tls"
"""Python's TLS could not speak with the server: that says nothing of the client, nor of the document."""


def arises(situation: Situation) -> bool:
    """Only where the document was asked for, and the server did not want a certificate for it."""
    page = situation.page
    return page is not None and page.fault != NOT_OURS and page.alert not in ANSWERS_TO_NONE


def check(situation: Situation) -> Iterator[Refusal]:
    """A status that is an error, or no document for another reason."""
    page = situation.page
    if page is None or (page.fault is None and (page.status or 0) < FIRST_ERROR):
        return
    facts: dict[str, object] = {
        "url": page.url,
        "status": page.status,
        "redirects": page.redirects,
        "said": page.reason,
    }
    if page.fault is not None:
        facts["reason"] = page.fault
    yield Refusal("http-error", STAGE, facts, page.where, by="server", shown=True)
