"""What a server answers as somebody thinks about it: its software's own answer where that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.test_changes import sound_trial
from tlswhy.client.profiles import load_client
from tlswhy.model.settings import DhGroup, ServerSettings
from tlswhy.trial import Trial, answer, modelled_answer, usual_answer
from tlswhy.unseen import UNSEEN
from tlswhy.wire.numbers import TLS12, TLS13, group_number, suite_number


@pytest.fixture
def trial() -> Trial:
    return sound_trial()


def set_up(trial: Trial, client: str = "java/17", **settings) -> Trial:
    return replace(trial, client=load_client(client).members[0], settings=ServerSettings(**settings))


def test_unknown_software_answers_by_the_usual_rule(trial):
    asked = set_up(trial, versions=(TLS12,))
    assert modelled_answer(asked) is None
    assert answer(asked) == usual_answer(asked)
    unheard_of = set_up(trial, versions=(TLS12,), software="wolfssl/5")
    assert answer(unheard_of) == usual_answer(unheard_of)


def test_software_that_is_known_answers_as_it_does(trial):
    """OpenSSL lets the client's order of groups count (tls1_shared_group); by the usual rule the server's would."""
    groups = tuple(group_number(name) for name in ("secp384r1", "secp256r1", "x25519"))
    asked = set_up(trial, versions=(TLS13, TLS12), groups=groups)
    assert usual_answer(asked).group == group_number("secp384r1")
    known = replace(asked, settings=replace(asked.settings, software="openssl/3.0"))
    assert answer(known).group == asked.client.offer.groups[0]
    assert answer(known).chain == asked.chain
    assert answer(known).refused == ()


def test_what_its_software_refuses_is_refused(trial):
    """At OpenSSL's level 2 a group of 1024 bits is not served."""
    dhe = (suite_number("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),)
    asked = set_up(trial, versions=(TLS12,), suites=dhe, dh=DhGroup(1024), security_level=2)
    assert not usual_answer(asked).refused
    known = replace(asked, settings=replace(asked.settings, software="openssl/3.0"))
    assert answer(known).refused
    assert answer(known).version is UNSEEN


def test_a_trial_is_judged_at_its_moment(trial):
    late = replace(trial, moment=datetime(2100, 1, 1, tzinfo=UTC))
    assert late.situation().moment.year == 2100
    assert late.taking("trust", "trust").assumed == ("trust",)
