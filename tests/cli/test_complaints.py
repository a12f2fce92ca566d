"""A command line that is wrong, in our own words: the rare ones; the usual ones are in test_failure.py."""

import pytest

from tests.cli.command import tlswhy
from tlswhy.cli.complaints import complaint, unknown_option
from tlswhy.render.words import load_words


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["explain"], "EVIDENCE is missing", "tlswhy explain --help"),
        (["explain", "--trsut", "x"], "unknown option --trsut", "did you mean --trust?"),
        (["explain", "x", "--color"], "--color needs a value", "tlswhy explain --help"),
        (["explain", "x", "--survey=all"], "--survey takes no value", None),
        (["prove", "a.json", "b.json"], "b.json: one too many", "tlswhy prove --help"),
        (["lab"], "list|up|run|capture is missing", "tlswhy lab --help"),
        (["--bogus"], "unknown option --bogus", "tlswhy --help"),
    ],
)
def test_one_line_and_a_hint_in_our_own_words(arguments, error, hint):
    done = tlswhy(*arguments)
    first, *rest = done.stderr.splitlines()
    assert (done.stdout, done.returncode, first) == ("", 2, f"tlswhy: {error}")
    assert len(rest) == (hint is not None)
    assert hint is None or rest[0].startswith(f"hint: {hint}")


def test_in_the_users_language_too():
    done = tlswhy("explain", "--trsut", "x", "--lang", "zh-Hant")
    assert done.stderr.splitlines() == ["tlswhy: 沒有選項 --trsut", "hint: 您是指 --trust 嗎？"]
    page = tlswhy("explain", "--help", "--lang", "zh-Hant").stdout
    assert page.startswith("用法：tlswhy explain")
    assert "\n選項：\n" in page
    assert tlswhy("--lang", "zh-Hant").stdout.startswith("用法：tlswhy COMMAND")


def test_what_argparse_may_say_otherwise_is_passed_on():
    fault = complaint("argument --x: invalid choice: 'y'", "tlswhy explain")
    assert (fault.code, fault.facts["message"]) == ("bad-option", "argument --x: invalid choice: 'y'")
    assert load_words("en").say("error.bad-option", fault.facts) == "argument --x: invalid choice: 'y'"


def test_what_stands_behind_two_dashes_is_no_option():
    assert unknown_option(["--", "--trsut"], ["--trust"], "tlswhy explain") is None
    assert unknown_option(["--trust=x", "-"], ["--trust"], "tlswhy explain") is None
    assert unknown_option(["--zzz"], ["--trust"], "tlswhy explain").facts["nearest"] is None
