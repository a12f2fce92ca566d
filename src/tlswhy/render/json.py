"""Reports and handshakes as JSON values: contract.md §2 and §3, key for key.

Owns the shape that other programs rely on. Values are plain (dict, list, str, int, bool, None); numbers stay numbers
of the wire. Sentences come from the catalogue, in fields of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from tlswhy.changes import Change, Machine, change_name
from tlswhy.model.client import Source
from tlswhy.model.handshake import Handshake, Told
from tlswhy.model.survey import Survey
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.render import beside, missing, sentences
from tlswhy.render.guess import guess_json
from tlswhy.render.plans import assumption, change_facts, change_sentence, condition, firm_with, risk, without_plan
from tlswhy.render.recipes import recipe_json
from tlswhy.render.replay import iso_moment, replay
from tlswhy.render.services import service_sentence
from tlswhy.render.words import Words
from tlswhy.report import SCHEMA, ClientAnswer, Diagnosis, Negotiated, Plan, Report, ServiceNote
from tlswhy.unseen import Unseen
from tlswhy.verdict import Gap, Refusal
from tlswhy.wire.messages import CertificateMessage, ClientHello, ServerHello
from tlswhy.wire.numbers import is_grease, version_name

Json = dict[str, Any]
Plain = str | int | float | bool | list[Any] | dict[str, Any] | None


def report_json(report: Report, words: Words) -> Json:
    """One Report: contract.md §3."""
    return {
        "schema": SCHEMA,
        "diagnoses": [diagnosis_json(diagnosis, words) for diagnosis in report.diagnoses],
        "oddities": [oddity_json(oddity, words) for oddity in report.oddities],
    }


def diagnosis_json(diagnosis: Diagnosis, words: Words) -> Json:
    """One Diagnosis of a Report."""
    verdict = diagnosis.verdict
    return {
        "client": {**_client(diagnosis.client), "shows": diagnosis.shows[0] if diagnosis.shows else None},
        "host": diagnosis.host,
        "server": diagnosis.server,
        "moment": iso_moment(diagnosis.moment),
        "connections": len(diagnosis.handshakes),
        "verdict": verdict.accepted.value,
        "headline": sentences.headline(diagnosis, words),
        "refusals": [
            {**_refusal(refusal, words), "shows": shows}
            for refusal, shows in zip_longest(verdict.refusals, diagnosis.shows[: len(verdict.refusals)])
        ],
        "ruled_out": list(verdict.ruled_out),
        "contradictions": [
            {**_facts(contradiction), "message": sentences.contradiction(contradiction, words)}
            for contradiction in verdict.contradictions
        ],
        "gaps": [_gap(gap, words, diagnosis) for gap in verdict.gaps],
        "plans": [_plan(plan, words, diagnosis) for plan in diagnosis.plans],
        "without_plan": _without_plan(diagnosis, words),
        "platform_guess": guess_json(diagnosis.guess),
        "services": [_service(note, words) for note in diagnosis.services],
        "survey": _survey(diagnosis.situation.survey),
        "replay": replay(diagnosis),
        "filter": diagnosis.display_filter,
        "handshakes": [handshake_line(handshake) for handshake in diagnosis.handshakes],
        "comparison": _comparison(diagnosis),
        "others": [
            {
                "verdict": other.verdict.accepted.value,
                "refusals": [_refusal(refusal, words) for refusal in other.verdict.refusals],
                "handshakes": [handshake_line(handshake) for handshake in other.handshakes],
            }
            for other in diagnosis.others
        ],
        **_beside(diagnosis, words),
    }


def _beside(diagnosis: Diagnosis, words: Words) -> Json:
    """The other side of a proxy, suspicions with their grounds, what else there is."""
    return {
        "legs": [
            {
                "how": pair.how,
                "failed": pair.failed,
                "near": _where(beside.place_of_leg(pair.near)),
                "far": _where(beside.place_of_leg(pair.far)),
                "message": " ".join(beside.legs_sentences(pair, words)),
            }
            for pair in diagnosis.legs
        ],
        "suspicions": [
            {
                "what": suspicion["what"],
                "certainty": suspicion["certainty"],
                "facts": {name: plain(value) for name, value in suspicion.items() if name not in _TOLD_APART},
                "where": [_where(where) for where in diagnosis.situation.place("certificates")],
                "message": beside.suspicion_sentence(suspicion, words),
                "grounds": beside.suspicion_grounds(suspicion, words),
                "advice": beside.suspicion_advice(suspicion, words),
            }
            for suspicion in diagnosis.suspicions
        ],
        "noticed": [
            {
                "what": noticed.what,
                "facts": _facts(noticed.facts),
                "where": [_where(where) for where in noticed.where],
                "message": beside.noticed_sentence(noticed, words),
            }
            for noticed in diagnosis.noticed
        ],
    }


_TOLD_APART = frozenset({"what", "certainty", "where"})


def _survey(survey: Survey | None) -> Json | None:
    """Contract.md §3; ``certificates`` is the chain that the server shows first."""
    if survey is None:
        return None
    return {
        "port": survey.port,
        "versions": {version_name(version): list(suites) for version, suites in survey.versions.items()},
        "server_order": bool(survey.server_order),
        "dh_bits": survey.dh_bits,
        "groups": list(survey.groups),
        "certificates": list(survey.chains[0].certificates) if survey.chains else [],
        "schemes": list(survey.schemes),
        "chains": [
            {"key": chain.key, "server_name": chain.server_name, "certificates": list(chain.certificates)}
            for chain in survey.chains
        ],
        "server_name": survey.server_name,
        "without_name": survey.without_name,
        "other_name": survey.other_name,
        "intolerances": list(survey.intolerances),
        "connections": survey.connections,
    }


def handshake_line(handshake: Handshake) -> Json:
    """One TLS connection: contract.md §2."""
    hello, server_hello = handshake.client_hello, handshake.server_hello
    if handshake.later:
        return _line_through_files(handshake)
    return {
        "capture": handshake.item,
        "client": str(handshake.client),
        "server": str(handshake.server),
        "frames": {
            "client_hello": hello.frame if hello else None,
            "server_hello": server_hello.frame if server_hello else None,
        },
        "client_hello": _client_hello(hello.message) if hello else None,
        "server_hello": _server_hello(server_hello.message, handshake) if server_hello else None,
        "key_exchange": _key_exchange(handshake),
        "certificates": _fingerprints(handshake),
        "alerts": [
            {
                "frame": told.frame,
                "from": told.message.span.sender.value,
                "level": told.message.level,
                "description": told.message.description,
            }
            for told in handshake.alerts
        ],
        "encrypted_alerts": [
            {"frame": told.frame, "from": told.message.span.sender.value} for told in handshake.encrypted_alerts
        ],
        "ending": {"by": handshake.ending.by.value, "how": handshake.ending.how} if handshake.ending else None,
        "ja3": handshake.ja3,
        "ja3s": handshake.ja3s,
        "ja4": handshake.ja4,
    }


def _line_through_files(handshake: Handshake) -> Json:
    """As ``handshake_line``; each frame as its own capture counts it, with the name of that capture beside it."""
    line = handshake_line(replace(handshake, later=()))
    captures: dict[str, str | None] = {}
    for name, frame in line["frames"].items():
        captures[name], line["frames"][name] = handshake.place(frame) if frame is not None else (None, None)
    for alert in (*line["alerts"], *line["encrypted_alerts"]):
        alert["capture"], alert["frame"] = handshake.place(alert["frame"])
    return {**line, "captures": captures}


def oddity_json(oddity: Oddity, words: Words) -> Json:
    """One Oddity; ``what`` is its code."""
    return {
        "item": oddity.item,
        "place": oddity.place,
        "what": oddity.what,
        "facts": _facts(oddity.facts),
        "message": sentences.oddity(oddity, words),
    }


def plain(value: object) -> Plain:
    """A fact as JSON: moments as ISO 8601, bytes as hex, what was not seen as null."""
    if value is None or isinstance(value, Unseen):
        return None
    if isinstance(value, bool | int | float | str):
        return _text(value) if isinstance(value, str) else value
    if isinstance(value, datetime):
        return iso_moment(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return _text(str(getattr(value, "text", value)))


def _text(text: str) -> str:
    # A lone surrogate is no text that UTF-8 can carry.
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _facts(facts: Mapping[str, object]) -> Json:
    return {name: plain(value) for name, value in facts.items()}


def _client(client: ClientAnswer) -> Json:
    return {
        "id": client.id,
        "how": client.how,
        "also": list(client.also),
        "sources": _sources(client.sources),
        "title": sentences.title_of(client),
        "differs": [_facts(difference) for difference in client.differs],
        "members": list(client.members),
        "stands_for": client.policy.stands_for,
        "masks": client.policy.masks,
    }


def _sources(sources: Iterable[Source]) -> list[Json]:
    return [{"kind": source.kind, "text": source.text} for source in sources]


def _refusal(refusal: Refusal, words: Words) -> Json:
    return {
        "cause": refusal.cause,
        "candidates": list(refusal.candidates),
        "stage": refusal.stage.value,
        "certainty": refusal.certainty.value,
        "by": refusal.by,
        "facts": _facts(refusal.facts),
        "where": [_where(where) for where in refusal.where],
        "sources": _sources(refusal.sources),
        "near_misses": [_facts(miss) for miss in refusal.near_misses],
        "message": sentences.reason(refusal, words),
    }


def _where(where: Where) -> Json:
    return {"item": where.item, "place": where.place}


def _gap(gap: Gap, words: Words, diagnosis: Diagnosis) -> Json:
    return {
        "cause": gap.cause,
        "code": gap.needs,
        "needs": sentences.gap_needs(gap, words),
        "how_to_get_it": missing.how(gap, words, diagnosis),
    }


def _service(note: ServiceNote, words: Words) -> Json:
    return {
        "code": note.code,
        "node": note.node,
        "service": note.service,
        "since": None if note.since is None else iso_moment(note.since),
        "certificate": note.certificate or None,
        "where": [_where(where) for where in note.where],
        "message": service_sentence(note, words),
    }


def _without_plan(diagnosis: Diagnosis, words: Words) -> Json | None:
    if diagnosis.without_plan is None:
        return None
    return {"code": diagnosis.without_plan, "message": without_plan(diagnosis, words)}


def _plan(plan: Plan, words: Words, diagnosis: Diagnosis) -> Json:
    proof, case = plan.proof, plan.condition
    told = None if case is None else {"code": case.code, "value": case.value, "message": condition(plan, words)}
    return {
        "side": plan.side.value,
        "condition": told,
        "changes": [_change(change, words) for change in plan.changes],
        "recipes": [recipe_json(recipe, words) for recipe in plan.recipes if recipe.table is not None],
        "without_recipe": [
            {"platform": recipe.platform, "change": change_name(recipe.change)}
            for recipe in plan.recipes
            if recipe.table is None
        ],
        "platform_chosen": plan.chosen and not (diagnosis.guess and plan.side is Machine.SERVER),
        "proof": {
            "before": {"verdict": proof.before.value, "negotiated": _negotiated(proof.negotiated_before)},
            "after": {"verdict": proof.after.value, "negotiated": _negotiated(proof.negotiated_after)},
            "assumes": [{"code": code, "message": assumption(code, words)} for code in proof.assumes],
            "firm_with": [_gap(gap, words, diagnosis) for gap in firm_with(plan)],
            "software": proof.software,
        },
        "holds_for": list(plan.holds_for),
        "not_for": list(plan.not_for),
        "also_affects": [
            {
                "client": effect.client,
                "before": effect.before.value if effect.before else None,
                "after": effect.after.value,
                "cause": effect.cause,
            }
            for effect in plan.effects or ()
        ],
        "risk": risk(plan, words),
    }


def _change(change: Change, words: Words) -> Json:
    return {
        "change": change_name(change),
        "side": change.side.value,
        "facts": _facts(change_facts(change)),
        "message": change_sentence(change, words),
    }


def _negotiated(negotiated: Negotiated | None) -> Json | None:
    if negotiated is None:
        return None
    return {
        "version": version_name(negotiated.version),
        "cipher_suite": negotiated.suite,
        "group": negotiated.group,
        "dh_bits": negotiated.dh_bits,
    }


def _comparison(diagnosis: Diagnosis) -> Json | None:
    comparison = diagnosis.comparison
    if comparison is None:
        return None
    return {
        "good": handshake_line(comparison.good),
        "bad": handshake_line(comparison.bad),
        "differences": [
            {"what": what, "bad": plain(bad), "good": plain(good)} for what, bad, good in comparison.differences
        ],
    }


def _client_hello(hello: ClientHello) -> Json:
    return {
        "versions": offered_versions(hello),
        "cipher_suites": list(hello.cipher_suites),
        "sni": None if hello.server_name is None else _text(hello.server_name),
        "groups": list(hello.groups or ()),
        "signature_schemes": list(hello.signature_schemes or ()),
        "alpn": [_text(protocol) for protocol in hello.alpn or ()],
    }


def offered_versions(hello: ClientHello) -> list[str]:
    """The versions of a hello by name, from supported_versions, else the legacy field alone; GREASE left out."""
    numbers = hello.supported_versions if hello.supported_versions is not None else (hello.legacy_version,)
    return [version_name(number) for number in numbers if not is_grease(number)]


def _server_hello(hello: ServerHello, handshake: Handshake) -> Json:
    return {
        "version": version_name(hello.version),
        "cipher_suite": hello.cipher_suite,
        "hello_retry": handshake.hello_retry is not None,
    }


def _key_exchange(handshake: Handshake) -> Json | None:
    if handshake.key_exchange is not None:
        exchange = handshake.key_exchange.message
        return {
            "dh_bits": exchange.dh.prime_bits if exchange.dh else None,
            "group": exchange.ec.group if exchange.ec else None,
        }
    hello = handshake.server_hello.message if handshake.server_hello else None
    if hello is not None and hello.key_share is not None:
        return {"dh_bits": None, "group": hello.key_share.group}
    return None


def _fingerprints(handshake: Handshake) -> list[str]:
    sent: Told[CertificateMessage] | Unseen | None = handshake.certificates
    if not isinstance(sent, Told):
        return []
    from hashlib import sha256

    return [sha256(der).hexdigest() for der in sent.message.certificates if der]  # a log may only describe them
