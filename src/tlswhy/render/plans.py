"""Plans in words: what to change on which machine, and what proves that it helps.

Owns the sentences' choice for every change and the section of the text report. The look is that of ``layout``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of

from tlswhy.changes import Change, EnableVersion, ReissueCertificate, ServeChain, TrustRoot, UpgradeClient, change_name
from tlswhy.pki.extensions import NAME_CONSTRAINTS
from tlswhy.pki.reissue import Reissue
from tlswhy.render.guess import guess_sentence
from tlswhy.render.ink import Page, Span
from tlswhy.render.layout import MARKS, heading
from tlswhy.render.recipes import write_recipes
from tlswhy.render.sentences import cause_title, gap_needs
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, Negotiated, Plan
from tlswhy.verdict import Accepted, Gap

FIRM = {
    "trust": "trust",
    "certificates": "server-certificates",
    "host": "host",
    "server-settings": "server-settings",
    "suites-available": "server-settings",
    "version-available": "server-settings",
    "key-exchange": "full-packets",
    "missing-intermediates": "missing-certificates",
    "root-not-seen": "missing-certificates",
}
"""By what is taken for granted: the evidence that would show it, as a gap's code."""


def change_facts(change: Change) -> Mapping[str, object]:
    """Its fields as facts: numbers of the wire, texts, moments."""
    if isinstance(change, UpgradeClient):
        return {"to": change.to.id, "title": change.to.title}
    if isinstance(change, ReissueCertificate):
        place = {"certificate": change.certificate, "anchor": change.anchor, "subject": change.subject}
        return {**place, **{field.name: getattr(change.wish, field.name) for field in fields_of(Reissue)}}
    return {field.name: getattr(change, field.name) for field in fields_of(change)}


def change_sentence(change: Change, words: Words) -> str:
    """What to do, as an instruction without a full stop."""
    name, facts = f"change.{change_name(change)}", change_facts(change)
    if isinstance(change, ReissueCertificate):
        wishes = words.clauses(list(_wishes(change.wish, words)))
        which = "root" if change.anchor is not None else "certificate"
        return words.say(f"{name}-{which}" if wishes else f"{name}-{which}-as-it-is", facts, wishes=wishes)
    if isinstance(change, EnableVersion) and change.newer:
        return words.say(f"{name}-and-newer", facts)
    if isinstance(change, ServeChain):
        return words.say(f"{name}-missing" if change.missing else f"{name}-short", facts)
    if isinstance(change, TrustRoot):
        return words.say(f"{name}{_trusted_how(change)}", facts)
    return words.say(name, facts)


def _trusted_how(change: TrustRoot) -> str:
    if change.instead_of is not None:
        return "-instead"
    return "-self-signed" if change.is_the_servers_own else ""


def before(plan: Plan, words: Words) -> str:
    """What is agreed on without the plan, and the verdict where that is all that changes."""
    proof = plan.proof
    if proof.negotiated_before == proof.negotiated_after:
        return _judged(proof.negotiated_before, proof.before, words)
    return _agreed(proof.negotiated_before, words) if proof.negotiated_before else words.say("plan.nothing-agreed")


def _judged(negotiated: Negotiated | None, verdict: Accepted, words: Words) -> str:
    """Of certificates alone no more is known than the verdict."""
    told = words.say(f"verdict.{verdict.value}")
    return f"{_agreed(negotiated, words)}{words.colon}{told}" if negotiated is not None else told


def _agreed(negotiated: Negotiated, words: Words) -> str:
    values = {"version": negotiated.version, "suite": negotiated.suite, "bits": negotiated.dh_bits}
    return words.say("plan.agreed", values)


def assumption(code: str, words: Words) -> str:
    """What a proof takes for granted."""
    return words.say_if(f"assumes.{code}") or code


def firm_with(plan: Plan) -> list[Gap]:
    """The evidence that would take the place of what the proof takes for granted."""
    needs = (FIRM[code] for code in plan.proof.assumes if code in FIRM)
    return [Gap(None, code) for code in dict.fromkeys(needs)]


def condition(plan: Plan, words: Words) -> str | None:
    """In which case the plan is one; None: in any."""
    return words.say(f"condition.{plan.condition.code}", value=plan.condition.value) if plan.condition else None


def answering(plan: Plan, words: Words) -> str:
    """What is agreed on after the plan, and by whose rules the server chooses."""
    proof, software = plan.proof, plan.proof.software
    if proof.negotiated_after is None:
        return _judged(None, proof.after, words)
    after = _agreed(proof.negotiated_after, words)
    if proof.negotiated_before == proof.negotiated_after:
        after = _judged(proof.negotiated_after, proof.after, words)
    return after if software is None else words.say("plan.as-software", agreed=after, software=software)


def without_plan(diagnosis: Diagnosis, words: Words) -> str | None:
    """Why nothing is proposed for a refusal."""
    return words.say(f"plan.none-{diagnosis.without_plan}") if diagnosis.without_plan else None


def risk(plan: Plan, words: Words) -> str:
    """The gravest thing that its changes bring with them."""
    told = (_risk(change, words) for change in plan.changes)
    return " ".join(dict.fromkeys(text for text in told if text)) or words.say("risk.none")


def _risk(change: Change, words: Words) -> str | None:
    name, facts = change_name(change), change_facts(change)
    special = facts.get("bits", _trusted_how(change).removeprefix("-") if isinstance(change, TrustRoot) else "")
    if isinstance(change, ReissueCertificate) and NAME_CONSTRAINTS in change.wish.without:
        special = "name-constraints"
    return words.say_if(f"risk.{name}-{special}", facts) or words.say_if(f"risk.{name}", facts)


def noticed(plan: Plan, words: Words) -> Iterator[str]:
    """Who gains and who loses by a plan, a sentence each."""
    effects = plan.effects or ()
    gained = [effect.client for effect in effects if effect.after is Accepted.YES]
    lost = [effect for effect in effects if effect.after is Accepted.NO]
    if gained:
        yield words.say("plan.gained", clients=gained)
    if plan.not_for:
        yield words.say("plan.not-for", clients=list(plan.not_for))
    elif plan.holds_for:
        yield words.say("plan.holds-for", clients=list(plan.holds_for))
    if gained and not lost:
        yield words.say("plan.nobody-lost")
    for cause in dict.fromkeys(effect.cause for effect in lost):
        clients = [effect.client for effect in lost if effect.cause == cause]
        yield words.say("plan.lost", clients=clients, title=cause_title(cause or "", words))
    if plan.effects is not None and not effects:
        yield words.say("plan.nobody-else")


def write_plans(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """Each plan: its steps, its proof, what the proof takes for granted, what to mind."""
    if not diagnosis.plans:
        if (why := without_plan(diagnosis, words)) is not None:
            heading(page, words, "plans")
            page.write(why, first="  ")
        return
    heading(page, words, "plans", words.say("plan.proved"))
    for said in filter(None, (without_plan(diagnosis, words), guess_sentence(diagnosis, words))):
        page.write(said, first="  ")
        page.blank()
    told: str | None = None
    for number, plan in enumerate(diagnosis.plans):
        if number:
            page.blank()
        if (case := condition(plan, words)) != told and case is not None:
            page.write(Span(case, "strong"), first="  ")
        told = case
        again = number > 0 and diagnosis.plans[number - 1].side is plan.side
        page.write((Span(words.say(f"plan.{'or' if again else 'side'}-{plan.side.value}"), "strong"),), first="  ")
        for step, change in enumerate(plan.changes, 1):
            lead = (Span(f"    {step}. ", "dim"),) if len(plan.changes) > 1 else (Span("    • ", "dim"),)
            page.write(change_sentence(change, words), first=lead)
        _write_proof(plan, words, page)
        if plan.chosen:
            write_recipes(plan, words, page)
    if not all(plan.chosen for plan in diagnosis.plans):
        page.blank()
        page.write(Span(words.say("plan.choose"), "dim"), first="  ")


def _write_proof(plan: Plan, words: Words, page: Page) -> None:
    proof = plan.proof
    for verdict, told in ((proof.before, before(plan, words)), (proof.after, answering(plan, words))):
        mark, style = MARKS[verdict]
        page.write(told, first=(Span("    "), Span(f"{mark} ", style)))
    if proof.assumes:
        told = words.clauses([assumption(code, words) for code in proof.assumes])
        page.write(Span(words.say("plan.assumes", what=told), "dim"), first="      ")
    if firm := firm_with(plan):
        told = words.clauses([gap_needs(gap, words) for gap in firm])
        page.write(Span(words.say("plan.firm", what=told), "dim"), first="      ")
    page.write(Span(risk(plan, words), "dim"), first="      ")
    for sentence in noticed(plan, words):
        page.write(Span(sentence, "dim"), first="      ")


def _wishes(wish: Reissue, words: Words) -> Iterator[str]:
    for name in ("signature", "key", "add_name", "only_name", "authority", "validity", "without", "profile"):
        value = getattr(wish, name)
        if value is None or value == ():
            continue
        key = f"wish.{name.replace('_', '-')}"
        facts: dict[str, object] = {name: value}
        if name == "validity":
            facts = {"first": value[0], "last": value[1]}
        elif name == "without":
            facts = {"oids": value}
        special = words.say_if(f"{key}-{str(value).lower()}", facts)
        yield special or words.say(key, facts)
