"""Which recipe a change gets on a platform, and the values in it."""

from __future__ import annotations

from tests.remedy.test_plan import diagnosed, plan
from tests.test_changes import sound_trial
from tlswhy.changes import Machine, ReissueCertificate, TrustRoot, UseDhGroup
from tlswhy.pki.reissue import Reissue
from tlswhy.remedy.platforms import load_platform
from tlswhy.remedy.recipes import recipes_for, table_names_of
from tlswhy.render.recipes import recipe_json
from tlswhy.render.words import load_words


def test_the_special_table_comes_first():
    assert list(table_names_of(ReissueCertificate(0, Reissue(signature="RSA")))) == [
        "reissue-signature-leaf",
        "reissue-signature",
        "reissue-certificate-leaf",
        "reissue-certificate",
    ]
    root = ReissueCertificate(None, Reissue(signature="RSA"), anchor=0)  # what signs a CA below it does not sign it
    assert list(table_names_of(root)) == ["reissue-signature-root", "reissue-certificate-root", "reissue-certificate"]
    both = ReissueCertificate(1, Reissue(signature="RSA", key="RSA"))
    assert list(table_names_of(both)) == ["reissue-certificate-ca", "reissue-certificate"]
    own = list(table_names_of(TrustRoot("CN=server", 0)))
    assert own == ["trust-root-self-signed", "trust-root"]
    assert list(table_names_of(TrustRoot("CN=r", None, 1))) == ["trust-root-instead", "trust-root"]
    assert list(table_names_of(UseDhGroup(2048))) == ["use-dh-group"]


def test_a_chosen_platform_gives_its_recipe_and_limits_the_plan():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", platforms=["windows-2012r2"])
    first = plan(found, Machine.SERVER)
    assert first.chosen
    (recipe,) = first.recipes
    assert recipe.platform == "windows-2012r2"
    assert recipe.values["suites"].startswith("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P256,")
    assert plan(found, Machine.SERVER, 1).recipes[0].values["bits"] == "2048"


def test_without_a_choice_the_likely_platforms():
    found = diagnosed("j8u212", "pss-sha384-int", effects=True)
    of_ca = plan(found, Machine.CA)
    assert not of_ca.chosen
    assert [recipe.platform for recipe in of_ca.recipes] == ["ad-cs", "openssl-ca"]
    assert all(recipe.table is not None for recipe in of_ca.recipes)
    assert [recipe.platform for recipe in plan(found, Machine.CLIENT).recipes] == ["java"]


def test_a_product_has_recipes_of_its_own():
    found = diagnosed("j8u212", "missing-int", clients=["finesse/11"], effects=True)
    clients = [each for each in found.plans if each.side is Machine.CLIENT]
    assert clients
    assert {recipe.platform for each in clients for recipe in each.recipes} == {"finesse"}


def test_an_address_is_no_name_of_dns():
    change = ReissueCertificate(0, Reissue(add_name="192.0.2.7"), subject="CN=a")
    trial = sound_trial()
    for name, value in (
        ("openssl-ca", "IP:192.0.2.7"),
        ("keytool-ca", "ip:192.0.2.7"),
        ("ad-cs", "ipaddress=192.0.2.7"),
    ):
        (recipe,) = recipes_for([change], trial, [load_platform(name)], None)
        assert any(value in step for step in recipe_json(recipe, load_words())["steps"])
