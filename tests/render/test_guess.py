"""The guess at a platform, in words and in every format: real TLS, the names of servers that nobody can run here."""

from __future__ import annotations

import json

import pytest

from tests.cli.command import tlswhy
from tests.gather.servers import Certificates, openssl_server
from tests.gather.test_page import web
from tests.live.identities import identities
from tlswhy.model.where import Where
from tlswhy.observe.signs import Sign
from tlswhy.render.guess import guessed
from tlswhy.render.words import languages, load_words
from tlswhy.report import Guess

NAMES = {
    "Microsoft-IIS/10.0": (None, "Windows Server 2022"),  # no Schannel has all the suites of OpenSSL
    "nginx/1.27.4": ("nginx", "nginx"),
    "Zeus/4.2": (None, "Zeus/4.2"),
}


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory) -> Certificates:
    """A server that does not send its intermediate."""
    folder = tmp_path_factory.mktemp("incomplete")
    known, trust = identities(folder)
    return Certificates(known["incomplete"].key, known["incomplete"].chain, trust, folder)


@pytest.mark.parametrize("name", NAMES)
def test_a_guess_is_told_and_chooses_the_recipe(incomplete, name):
    platform, told = NAMES[name]
    answer = f"HTTP/1.1 403 Forbidden\r\nServer: {name}\r\nContent-Length: 0\r\n\r\n".encode()
    with web(incomplete, {"/": answer}) as port:
        url = f"https://localhost:{port}/a.xml"
        given = ["explain", url, "--client", "java/17.0.9", "--trust", str(incomplete.trust), "--survey"]
        found = json.loads(tlswhy(*given, "--format", "json").stdout)["diagnoses"][0]
        for form, language in (("text", "en"), ("markdown", "zh-Hant")):
            assert told in " ".join(tlswhy(*given, "--format", form, "--lang", language).stdout.split())
        named = json.loads(tlswhy(*given, "--platform", "haproxy", "--format", "json").stdout)["diagnoses"][0]
    guess = found["platform_guess"]
    assert (guess["platform"], guess["by"], guess["text"]) == (platform, "server", name)
    assert guess["where"] == [{"item": url, "place": f"https://localhost:{port}/"}]
    (plan,) = (plan for plan in found["plans"] if plan["side"] == "server")
    assert not plan["platform_chosen"]
    assert ([recipe["platform"] for recipe in plan["recipes"]] == [platform]) is (platform is not None)
    assert named["platform_guess"] is None


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("also", "ruled_out"), [((), ()), (("windows-2019",), ()), ((), ("windows-2012",))])
@pytest.mark.parametrize("kind", ["server", "cookie", "page", "powered", "greeting"])
def test_every_guess_has_a_sentence(kind, also, ruled_out, language):
    sign = Sign(kind, "a name", (Where("c.pcap", "frame 4"),))
    guess = Guess(None if ruled_out else "windows-2016", also, ruled_out, sign)
    told = guessed(guess, load_words(language))
    assert "…" not in told
    assert "Windows Server 2012" in told or "Windows Server 2016" in told
    assert "4" in told


def test_nothing_is_asked_for_it_without_a_survey(incomplete):
    """The document of a server that the client refuses is not fetched, so that nothing tells what it is."""
    with openssl_server(incomplete) as port:
        given = ["explain", f"https://localhost:{port}/a.xml", "--client", "java/17.0.9"]
        ran = tlswhy(*given, "--trust", str(incomplete.trust), "--format", "json")
    assert json.loads(ran.stdout)["diagnoses"][0]["platform_guess"] is None
