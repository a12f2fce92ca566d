"""Lines of a long list as JSON text, contract.md §2: the same text as that of ``json.handshake_line``.

What many connections have in common (the hello, the choice, the chain) is written once and remembered.
"""

from __future__ import annotations

import json
from functools import lru_cache

from tlswhy.observe.line import Line
from tlswhy.wire.numbers import is_grease, version_name
from tlswhy.wire.usual import Choice, Offer

_REMEMBERED = 1 << 12


def line_text(line: Line) -> str:
    """One JSON object."""
    told, choice, ending = line.told, line.told.choice, line.ending
    # Addresses and hexadecimal digits need no escape; an IPv6 address may carry no zone here.
    exchange = f'{{"dh_bits":{_number(told.dh_bits)},"group":{_number(told.group)}}}' if told.exchanged else "null"
    alerts = ",".join(
        f'{{"frame":{frame},"from":"{side.value}","level":{level},"description":{what}}}'
        for frame, side, level, what in line.alerts
    )
    encrypted = ",".join(f'{{"frame":{frame},"from":"{side.value}"}}' for frame, side in line.encrypted_alerts)
    left = f'{{"by":"{ending.by.value}","how":"{ending.how}"}}' if ending else "null"
    certificates = ",".join([f'"{fingerprint}"' for fingerprint in told.certificates])
    chosen = _choice(choice) if choice else "null"
    ja3s = f'"{choice.ja3s}"' if choice else "null"
    return (
        f'{{"capture":{_string(line.item)},"client":"{line.client}","server":"{line.server}",'
        f'"frames":{{"client_hello":{line.hello_frame},"server_hello":{_number(line.choice_frame)}}},'
        f'"client_hello":{_offer(told.offer)},"server_hello":{chosen},'
        f'"key_exchange":{exchange},"certificates":[{certificates}],"alerts":[{alerts}],'
        f'"encrypted_alerts":[{encrypted}],"ending":{left},'
        f'"ja3":"{told.offer.ja3}","ja3s":{ja3s},"ja4":"{told.offer.ja4}"}}'
    )


def _number(number: int | None) -> str:
    return "null" if number is None else str(number)


@lru_cache(maxsize=_REMEMBERED)
def _string(text: str) -> str:
    return _written(text)


@lru_cache(maxsize=_REMEMBERED)
def _offer(offer: Offer) -> str:
    return _written(
        {
            "versions": [version_name(number) for number in offer.versions if not is_grease(number)],
            "cipher_suites": offer.cipher_suites,
            "sni": offer.server_name,
            "groups": offer.groups,
            "signature_schemes": offer.signature_schemes,
            "alpn": offer.alpn,
        }
    )


@lru_cache(maxsize=_REMEMBERED)
def _choice(choice: Choice) -> str:
    # A connection with a HelloRetryRequest is none that runs as usual.
    return _written(
        {"version": version_name(choice.version), "cipher_suite": choice.cipher_suite, "hello_retry": False}
    )


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
