"""The catalogue: every code that the program can emit has its sentences, and their values fit."""

import re
from importlib.resources import files

import pytest

from tlswhy.causes import cause_ids
from tlswhy.errors import BadRequest, BadTable
from tlswhy.render.figures import ordinal
from tlswhy.render.words import completed, languages, load_words, places
from tlswhy.tables import load_table
from tlswhy.verdict import Accepted, Certainty, Stage

LANGUAGES = languages()

CONTRACT_CAUSES = """
    no-common-version no-common-cipher no-common-group no-common-signature-algorithm dh-key-too-small
    dh-key-too-large dh-key-size-odd cert-signature-unsupported cert-signature-disabled cert-signature-invalid
    cert-key-too-small cert-key-disabled cert-curve-unsupported trust-anchor-missing trust-anchor-mismatch
    trust-store-empty self-signed-untrusted chain-incomplete cert-chain-too-long handshake-message-too-large
    cert-expired cert-not-yet-valid hostname-mismatch cert-usage-not-allowed ca-constraint-violation
    name-constraints-violation cert-critical-extension-unknown client-cert-required sni-required
    sni-unrecognized server-alert server-misconfigured not-tls connection-reset connection-closed timeout
    tcp-refused suite-refused-by-vendor client-gave-up dns-failed http-error gadget-invalid
    gadget-source-not-allowed cert-revoked cert-unreadable
""".split()  # noqa: SIM905 - a list of words
CAUSES = [*CONTRACT_CAUSES, "host-unreachable", "handshake-signature-invalid", "handshake-message-unexpected"]
CAUSES += ["cert-profile-violation", "handshake-value-illegal"]

KINDS = {None, "count", "ordinal", "date", "number", "suite", "version", "group", "scheme", "alert"}


def catalogue(language):
    """Every message of a language's file by its key; a plural is one message."""

    def messages(table, prefix=""):
        for name, value in table.items():
            if isinstance(value, dict) and not set(value) <= {"one", "other"}:
                yield from messages(value, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", value

    found = dict(messages(load_table("locale", f"{language}.toml")))
    return {key: message for key, message in found.items() if not key.startswith("grammar.")}


@pytest.fixture(params=LANGUAGES)
def words(request):
    return load_words(request.param)


@pytest.fixture(scope="module")
def sources(repository):
    found = (repository / "src" / "tlswhy").rglob("*.py")
    return {path.relative_to(repository).as_posix(): path.read_text(encoding="utf-8") for path in found}


def codes(sources, *patterns):
    """Every string that a pattern's group catches in the source."""
    return sorted({code for text in sources.values() for pattern in patterns for code in re.findall(pattern, text)})


def test_every_cause_has_its_sentences(words):
    assert set(cause_ids()) <= set(CAUSES)
    for cause in CAUSES:
        for name in ("title", "reason", "rule", "look", "next"):
            assert words.has(f"cause.{cause}.{name}"), f"{cause}.{name}"


def test_no_sentences_for_causes_that_do_not_exist(words):
    assert set(words.table("cause")) == set(CAUSES)


def test_stages_certainties_and_verdicts_have_words(words):
    for stage in Stage:
        assert words.say(f"stage.{stage.value}")
    for certainty in Certainty:
        assert words.say(f"certainty.{certainty.value}")
        assert words.say(f"certainty.{certainty.value}-means")
        for by in ("client", "server", "network"):
            assert words.has(f"headline.{by}-{certainty.value}")
    for accepted in Accepted:
        assert words.say(f"verdict.{accepted.value}")
    for how in ("named", "recognised", "assumed"):
        assert words.say(f"how.{how}")
    for kind in ("measured", "source-code", "vendor-document", "standard", "inferred"):
        assert words.say(f"source.{kind}")


def test_every_gap_has_its_sentences(words, sources):
    found = codes(
        sources,
        r'NotSeen\("([a-z-]+)"\)',
        r'seen\([\w.]+, "([a-z-]+)"\)',
        r'Gap\([\w.]+, "([a-z-]+)"',
        r'return "(keys|server-[a-z]+|trust|host)"',
        r'"(keys)" if ',
        r'return "[a-z]+" if .* else "(server-[a-z]+)"',
        r'missing="([a-z-]+)"',
        r'missing: str = "([a-z-]+)"',
    )
    assert {"trust", "host", "keys", "server-flight", "server-certificates", "cause-crashed"} <= set(found)
    for code in found:
        if code in cause_ids():  # some functions return those
            continue
        assert words.has(f"gap.{code}.needs"), code
        assert words.has(f"gap.{code}.how"), code


def test_every_oddity_has_a_sentence(words, sources):
    found = codes(
        sources,
        r'\bOddity\(\s*"([a-z0-9-]+)"',
        r'_odd\((?:[^"()]|\([^()]*\))*"([a-z0-9-]+)"',
        r'\bnote\("([a-z0-9-]+)"',
        r'\b_?note\((?:[^"()]|\([^()]*\))*"([a-z0-9-]+)"',
        r'_complaints\.append\("([a-z0-9-]+)"\)',
    )
    assert {"capture-truncated", "packets-cut-by-snap-length", "bytes-missing"} <= set(found)
    missing = [code for code in found if not words.has(f"oddity.{code}")]
    assert missing == []


def test_every_error_has_a_line(words, sources):
    found = codes(
        sources,
        r'\bBad(?:Request|Table)\(\s*"([a-z0-9-]+)"',
        r'\bBadEvidence\([^"]*"[^"]*", "([a-z0-9-]+)"',
        r'\bBadEvidence\([\w., ]+, "byte \d+", "([a-z0-9-]+)"',
        r'\bBadEvidence\([^)]*, "([a-z0-9-]+)"[,)]',
        r'\bcode = "([a-z0-9-]+)"',
        r'\bcode = "[a-z0-9-]+" if .* else "([a-z0-9-]+)"',
    )
    assert {"unknown-client", "unknown-language", "file-missing", "evidence-empty", "not-a-capture"} <= set(found)
    missing = [code for code in found if not words.has(f"error.{code}")]
    assert missing == []


def test_every_key_that_is_asked_for_exists(words, sources):
    """``say("a.b")`` with a key written out; keys with a code in them are the other tests' business."""
    found = codes(sources, r'\bsay\(\s*"([a-z0-9.-]+)"')
    assert len(found) > 60
    missing = [key for key in found if not words.has(key)]
    assert missing == []


def test_last_variants_need_nothing(words):
    """The last variant is what is said when the facts are not known, so it must not ask for any."""
    for cause in CONTRACT_CAUSES:
        table = words.table(f"cause.{cause}")
        for name in ("title", "rule", "look", "next", "reason"):
            message = table[name]
            assert places(message[-1] if isinstance(message, list) else message) == set(), f"{cause}.{name}"


def test_kinds_of_values_exist(words):
    def messages(value):
        if isinstance(value, dict):
            for item in value.values():
                yield from messages(item)
        elif isinstance(value, list):
            for item in value:
                yield from messages(item)
        elif isinstance(value, str):
            yield value

    table = load_table("locale", f"{words.language}.toml")
    for message in messages({key: value for key, value in table.items() if key != "grammar"}):
        for found in re.finditer(r"\{([^{}]*)\}", message):
            name, _, kind = found[1].partition(":")
            assert re.fullmatch(r"[a-z_]+", name), message
            assert (kind or None) in KINDS, message
        assert message.count("{") == message.count("}") == len(re.findall(r"\{[^{}]*\}", message)), message


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_another_language_says_what_english_says(language):
    own, english = set(catalogue(language)), set(catalogue("en"))
    assert sorted(english - own) == [], f"to be translated in data/locale/{language}.toml"
    assert sorted(own - english) == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_another_language_uses_the_values_that_english_uses(language):
    """Variant by variant, since the first one whose values are all known is taken."""

    def used(message):
        if isinstance(message, list):
            return [used(variant) for variant in message]
        forms = message.values() if isinstance(message, dict) else [message]
        return {place for form in forms for place in re.findall(r"\{[^{}]*\}", form)}

    english = catalogue("en")
    differing = {key for key, message in catalogue(language).items() if used(message) != used(english[key])}
    assert differing == set()


# The commonest ones, none of which the traditional script has.
SIMPLIFIED_ONLY = "证务户钥链验签发请应网络协议设说这个为从没过数报误颁让读写"


def test_traditional_chinese_has_no_simplified_characters():
    text = (files("tlswhy") / "data" / "locale" / "zh-Hant.toml").read_text(encoding="utf-8")
    assert set(text) & set(SIMPLIFIED_ONLY) == set()


MAINLAND = "服務器 客戶端 證書 默認 信息 端口 加載 軟件 程序員 內存 文件夾 支持 數據 網絡 密鑰對"


def test_traditional_chinese_uses_the_terms_of_taiwan():
    text = (files("tlswhy") / "data" / "locale" / "zh-Hant.toml").read_text(encoding="utf-8")
    assert [term for term in MAINLAND.split() if term in text] == []


def test_no_blank_stands_between_two_ideographs_where_a_value_is_put_in():
    words = load_words("zh-Hant")
    facts = {"server": "gadgets.example.test", "reason": "逾時"}
    assert words.say("headline.client-shown", facts, client="java/8u51") == "java/8u51 拒絕 gadgets.example.test：逾時"
    assert words.say("headline.client-shown", facts, client="未知的用戶端").startswith("未知的用戶端拒絕 gadgets")
    assert words.listed(["TLS 1.3", "TLS 1.2"]) == "TLS 1.3 和 TLS 1.2"
    assert words.listed(["憑證", "金鑰"]) == "憑證和金鑰"
    assert words.clauses(["伺服器接受", "用戶端信任"]) == "伺服器接受；用戶端信任"
    assert load_words("en").clauses(["one", "two"]) == "one and two"
    # What came from outside keeps its own blanks.
    assert "甲 乙 拒絕" in words.say("headline.client-shown", facts, client="甲 乙 x").replace(" x", "")


def test_what_a_language_lacks_is_said_in_english():
    english = {
        "grammar": {},
        "verdict": {"accepted": "accepted", "open": "open"},
        "new": {"a": {"one": "1", "other": "n"}},
    }
    own = {"grammar": {"last": "和"}, "verdict": {"accepted": "接受"}, "list": {"a": {"other": "n"}}}
    found = completed({**own, "new": {"a": {"other": "多"}}}, english)
    assert found["verdict"] == {"accepted": "接受", "open": "open"}
    assert found["new"] == {"a": {"other": "多"}}, "a plural is one message, its forms are not filled up"
    assert completed(own, english)["new"] == english["new"]


def test_a_language_that_does_not_exist_is_a_clear_error():
    with pytest.raises(BadRequest) as raised:
        load_words("tlh")
    assert raised.value.code == "unknown-language"
    assert raised.value.facts["language"] == "tlh"


def test_a_message_that_does_not_exist_is_our_fault():
    with pytest.raises(BadTable):
        load_words("en").say("headline.nothing-of-the-kind")


def test_variants_are_chosen_by_the_values_at_hand():
    words = load_words("en")
    full = words.say("cause.dh-key-too-small.reason", bits=512, least=768)
    assert full == "the server's Diffie-Hellman prime has 512 bits, below the 768 that this client accepts"
    assert "512" not in words.say("cause.dh-key-too-small.reason", bits=512)
    assert words.say_if("oddity.bytes-missing", {}) is None


def test_plurals_and_lists():
    words = load_words("en")
    assert words.say("ladder.certificates", count=1, size=812) == "1 certificate, 812 bytes"
    assert words.say("ladder.certificates", count=3, size=12345) == "3 certificates, 12,345 bytes"
    offered = {"chosen": 0x0301, "offered": (0x0304, 0x0303)}
    assert words.say("cause.no-common-version.reason", offered) == (
        "the server chose TLS 1.0, which this client has not enabled (it offers TLS 1.3 and TLS 1.2)"
    )


ORDINALS = "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 43rd 100th 101st 111th 113th"


@pytest.mark.parametrize("text", ORDINALS.split())
def test_english_ordinals(text):
    assert ordinal(int(text[:-2]), load_words("en").grammar) == text


def test_values_from_outside_are_harmless_in_a_sentence():
    text = load_words("en").say("cause.sni-unrecognized.reason", name="a\x1b[2Jb\u202ec{client}")
    assert text == "the server does not know the name a\\x1b[2Jb\\u202ec{client} that the client asked for"


def test_an_aside_is_set_as_the_language_sets_it():
    assert load_words("en").aside("seen") == " (seen)"
    assert load_words("zh-Hant").aside("已見") == "（已見）"
