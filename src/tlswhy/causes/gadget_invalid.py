"""TLS and HTTP are fine, and the document is no gadget that a container can load.

Why the client refuses
    The container's reader does: not well-formed, another root than Module, no ModulePrefs, no Content, a url view
    without href, a feature without a name.
What you see
    A finished handshake and status 200; in the gadget's frame the same words as for everything else.
How to fix
    Correct the document. Often an HTML login page or error page is served under the gadget's URL.
How to check
    ``curl -k URL | xmllint --noout -``
References
    OpenSocial Core Gadget Specification 2.5.1, Gadget XML; org.apache.shindig.gadgets.spec.GadgetSpec.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.model.client import Source
from tlswhy.model.where import line
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.DOCUMENT
SOURCES = (Source("standard", "OpenSocial Core Gadget Specification 2.5.1, Gadget XML"),)


def arises(situation: Situation) -> bool:
    """Only where a document came that should be a gadget."""
    page = situation.page
    return page is not None and page.body is not None and page.fault is None and page.status == 200 and page.is_gadget


def check(situation: Situation) -> Iterator[Refusal]:
    """What the container's reader would trip over, in the document's order."""
    page = situation.page
    if page is None or page.body is None:
        return
    if page.cut:
        yield Refusal("gadget-invalid", STAGE, {"reason": "too-large"}, page.where, by="server", shown=True)
        return
    from tlswhy.observe.gadget import gadget_faults  # a parser of XML that only live pages need

    for order, fault in enumerate(gadget_faults(page.body, page.content_type)):
        facts = {"reason": fault.code, "line": fault.line, **fault.facts}
        where = (line(page.url, fault.line),)
        yield Refusal("gadget-invalid", STAGE, facts, where, by="server", order=order, shown=True)
