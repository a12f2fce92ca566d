"""A good and a bad connection to the same server: what differs between them, fact by fact."""

from __future__ import annotations

from tlswhy.model.handshake import Handshake, Told
from tlswhy.report import Comparison


def compare(good: Handshake, bad: Handshake) -> Comparison:
    """What differs, as (fact, in the bad one, in the good one); facts that neither shows are left out."""
    of_good, of_bad = _facts(good), _facts(bad)
    differences = tuple(
        (name, of_bad.get(name), of_good.get(name))
        for name in of_good | of_bad
        if of_good.get(name) != of_bad.get(name)
    )
    return Comparison(good, bad, differences)


def _facts(handshake: Handshake) -> dict[str, object]:
    facts: dict[str, object] = {"client": handshake.client.address}
    hello = handshake.hello
    if hello is not None:
        facts["server-name"] = hello.server_name
        facts["offered-versions"] = hello.supported_versions or (hello.legacy_version,)
        facts["offered-suites"] = hello.cipher_suites
        facts["offered-groups"] = hello.groups
        facts["offered-schemes"] = hello.signature_schemes
    if handshake.server_hello is not None:
        facts["version"] = handshake.server_hello.message.version
        facts["suite"] = handshake.server_hello.message.cipher_suite
    if handshake.key_exchange is not None and handshake.key_exchange.message.dh is not None:
        facts["dh-bits"] = handshake.key_exchange.message.dh.prime_bits
    if isinstance(handshake.certificates, Told):
        facts["certificates"] = handshake.certificates.message.certificates
    return facts
