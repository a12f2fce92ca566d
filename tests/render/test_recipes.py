"""Recipes in words: filled in, in both languages, nothing out of a capture where a shell would run it."""

from __future__ import annotations

from tests.remedy.test_plan import diagnosed, plan
from tlswhy.changes import Machine, UseDhGroup
from tlswhy.remedy.platforms import load_platform
from tlswhy.render.ink import Page
from tlswhy.render.recipes import recipe_json, write_recipes
from tlswhy.render.words import load_words
from tlswhy.report import Recipe


def test_a_recipe_as_json():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", platforms=["nginx"])
    told = recipe_json(plan(found, Machine.SERVER).recipes[0], load_words())
    assert told["platform"] == "nginx"
    assert "ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384:" in told["texts"][0]
    assert told["restart"].endswith("systemctl reload nginx")
    assert told["undo"]
    assert told["check"]
    assert told["where"]


def test_long_lines_to_copy_stay_whole():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", platforms=["windows-2012r2"])
    page = Page(60, unicode=True)
    write_recipes(plan(found, Machine.SERVER), load_words(), page)
    text = ["".join(span.text for span in line) for line in page.lines]
    policy = plan(found, Machine.SERVER).recipes[0].values["suites"]
    assert [line for line in text if line.strip() == policy]


def test_a_hostile_name_is_not_typed():
    table = load_platform("nginx").recipes["use-dh-group"]
    recipe = Recipe("nginx", "nginx", UseDhGroup(2048), table, {"host": "a; rm -rf ~\x1b[2J", "bits": "2048"})
    told = recipe_json(recipe, load_words())
    assert "rm -rf" not in str(told)
    assert "HOST" in told["check"][0]
    assert "\x1b" not in str(told)


def test_what_has_no_recipe_says_so():
    page = Page(100, unicode=True)
    found = diagnosed("j8u212", "missing-int", platforms=["nginx"])
    write_recipes(plan(found, Machine.SERVER), load_words(), page)
    text = "\n".join("".join(span.text for span in line) for line in page.lines)
    if "serve-chain" not in load_platform("nginx").recipes:
        assert "no recipe for serve-chain yet" in text


def test_a_check_goes_to_the_port_that_the_client_went_to():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", platforms=["nginx"])
    (recipe,) = (each for each in found.plans[0].recipes if each.platform == "nginx")
    checks = recipe_json(recipe, load_words())["check"]
    assert found.server is not None
    port = found.server.rpartition(":")[2]
    assert f"-connect gadgets.example.test:{port} " in checks[0]
