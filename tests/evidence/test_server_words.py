"""What configurations of servers on OpenSSL say in the same words."""

from tlswhy.evidence.server_words import MOST_NAMED, MOST_NAMES, MOST_ODDITIES, Reading, Told
from tlswhy.oddity import Oddity
from tlswhy.unseen import UNSEEN


def told() -> Told:
    return Told(Reading("x"), "nginx")


def test_a_block_takes_what_it_does_not_tell_itself_from_the_one_around_it():
    outer = told()
    inner = outer.inside()
    inner.versions((0x0303,), 1)
    outer.versions((0x0304,), 2)
    outer.curves("X25519", 3)
    found = inner.configuration()
    assert (found.settings.versions, found.settings.groups) == ((0x0303,), (29,))
    assert (found.where["versions"].place, found.where["groups"].place) == ("line 1", "line 3")
    assert outer.inside().configuration().settings.versions == (0x0304,)


def test_groups_of_which_one_is_unknown_tell_nothing():
    some = told()
    some.curves("X25519:NOSUCH", 1)
    some.curves("auto", 2)
    assert some.configuration().settings.groups == UNSEEN
    assert [odd.facts["name"] for odd in some.reading.oddities] == ["NOSUCH"]


def test_a_security_level_and_only_suites_of_tls_1_3():
    some = told()
    some.cipher_string("@SECLEVEL=2:NOSUCH", 1)
    some.tls13_suites("TLS_AES_128_GCM_SHA256", 2)
    assert some.configuration().settings.security_level == 2
    assert some.configuration().settings.suites == UNSEEN


def test_names_have_an_end():
    some = told()
    some.names.extend(["a.example"] * (MOST_NAMES + 1))
    assert len(some.configuration().names) == MOST_NAMES


def test_oddities_have_an_end():
    oddities: list[Oddity] = []
    some = Told(Reading("x", oddities=oddities), "nginx")
    for line in range(MOST_ODDITIES + 5):
        some.odd("configuration-suite-unknown", line, "y" * 1000)
    assert len(oddities) == MOST_ODDITIES
    assert len(str(oddities[0].facts["name"])) < 100


def test_what_is_missing_is_said_once():
    reading = Reading("x")
    reading.odd_file("configuration-malformed", 1)
    for number in range(MOST_NAMED + 5):
        assert list(reading.included(f"conf.d/{number}.conf", number + 2)) == []
    reading.odd_file("configuration-malformed", 99)
    found = reading.all_oddities()
    assert [(odd.what.removeprefix("configuration-"), odd.place) for odd in found] == [
        *(("malformed", "line 1"), ("include-missing", "line 2"), ("malformed", "line 99"))
    ]
    assert str(found[1].facts["name"]).endswith(f"conf.d/{MOST_NAMED - 1}.conf, … ({MOST_NAMED + 5})")
