"""Every change, assumption and risk has its words; a plan reads as steps and a proof."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from tests.remedy.test_plan import diagnosed
from tlswhy.changes import (
    Change,
    DropClientCertificate,
    EnableVersion,
    InstallMatchingKey,
    IssueByAuthority,
    KnowName,
    NameFewerAuthorities,
    OrderSuites,
    PresentCertificate,
    RaiseLimit,
    ReissueCertificate,
    ReissueUnder,
    ServeChain,
    SignWith,
    TrustRoot,
    UpgradeClient,
    UseDhGroup,
    UseGroups,
    UseName,
    change_name,
)
from tlswhy.client.profiles import load_client
from tlswhy.pki.reissue import Reissue
from tlswhy.render.ink import Page
from tlswhy.render.plans import answering, assumption, before, change_facts, change_sentence, risk, write_plans
from tlswhy.render.words import languages, load_words

LIFE = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
CHANGES = (
    OrderSuites((0xC02F,)),
    UseDhGroup(2048),
    UseGroups((23,)),
    EnableVersion(0x0303),
    SignWith((0x0401,)),
    ServeChain((0, 1)),
    ServeChain((0,), ("CN=CA",)),
    DropClientCertificate(),
    KnowName(None),
    KnowName("a.example"),
    ReissueCertificate(0, Reissue(), subject="CN=a"),
    ReissueCertificate(
        1,
        Reissue(signature="RSA", key="EC", validity=LIFE, add_name="b", authority=True, without=("2.5.29.30",)),
        subject="CN=b",
    ),
    ReissueCertificate(None, Reissue(authority=False), 0, "CN=c"),
    ReissueCertificate(None, Reissue(), 0, "CN=d"),
    TrustRoot("CN=r"),
    TrustRoot("CN=r", None, 3),
    UseName("n.example"),
    PresentCertificate(),
    NameFewerAuthorities(),
    TrustRoot("CN=server", 0),
    ReissueCertificate(0, Reissue(profile=True), subject="CN=e", revoked=True),
    InstallMatchingKey(),
    IssueByAuthority("CN=a"),
    ReissueUnder(3, "CN=Policy CA"),
    RaiseLimit("longest_chain", 12),
    UpgradeClient(load_client("java/17").members[0]),
)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change_name(change))
def test_every_change_has_a_sentence(language, change):
    sentence = change_sentence(change, load_words(language))
    assert sentence
    assert "…" not in sentence
    assert not sentence.endswith(".")
    assert isinstance(change_facts(change), dict)


def test_no_kind_of_change_is_forgotten():
    assert {type(change) for change in CHANGES} == set(get_args(Change))


@pytest.mark.parametrize("language", languages())
def test_every_assumption_has_words(language):
    sources = Path(__file__).resolve().parents[2] / "src" / "tlswhy"
    text = "".join((sources / name).read_text() for name in ("changes.py", "remedy/baseline.py"))
    codes = set(re.findall(r'taking\("([a-z-]+)"\)|assumed\.append\("([a-z-]+)"\)', text))
    names = {code for pair in codes for code in pair if code}
    assert len(names) > 8
    words = load_words(language)
    assert [name for name in names if assumption(name, words) == name] == []


def test_a_plan_as_text():
    page, words = Page(100, unicode=True), load_words()
    diagnosis = diagnosed("j8u212", "dhe-768-tls12-aes256cbc")
    write_plans(diagnosis, words, page)
    text = "\n".join("".join(span.text for span in line) for line in page.lines)
    assert "✘ TLS 1.2 with TLS_DHE_RSA_WITH_AES_256_CBC_SHA, Diffie-Hellman of 768 bits" in text
    assert "✔ TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" in text
    (plan, *_) = diagnosis.plans
    silent = replace(plan, proof=replace(plan.proof, negotiated_before=None))
    assert before(silent, words) == "nothing is agreed on"
    unseen = replace(plan, proof=replace(plan.proof, negotiated_before=None, negotiated_after=None))
    assert (before(unseen, words), answering(unseen, words)) == ("refused", "accepted")
    assert risk(diagnosis.plans[0], words).startswith("Mind: ")


def test_a_stopgap_says_that_it_is_one():
    old = diagnosed("j8u51-tls10", "dhe-1024-tls10-aes256cbc", clients=["java/7u79-noec"])
    weak = [plan for plan in old.plans if UseDhGroup(1024) in plan.changes]
    assert all("Logjam" in risk(plan, load_words()) for plan in weak)
