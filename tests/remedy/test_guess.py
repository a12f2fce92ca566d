"""Platforms guessed from what a server calls itself: the words of real servers, and what rules a guess out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tlswhy.model.flight import NO_FLIGHT
from tlswhy.model.survey import Survey
from tlswhy.model.where import Where
from tlswhy.observe.signs import Sign
from tlswhy.remedy.guess import guess_platform

WORDS = {
    ("server", "nginx/1.22.1"): "nginx",
    ("server", "openresty/1.21.4.1"): "nginx",
    ("server", "Apache/2.4.57 (Debian)"): "apache",
    ("server", "Apache"): "apache",
    ("server", "Apache-Coyote/1.1"): None,  # Tomcat before 8.5: no SSLHostConfig
    ("server", "Jetty(9.4.57.v20241219)"): "jetty",
    ("server", "Jetty(8.1.14.v20131031)"): None,
    ("server", "Caddy"): "caddy",
    ("server", "BigIP"): "f5",
    ("server", "cloudflare"): None,
    ("server", "Microsoft-IIS/7.5"): "windows-2008r2",
    ("server", "Microsoft-IIS/8.0"): "windows-2012",
    ("server", "Microsoft-IIS/8.5"): "windows-2012r2",
    ("server", "Microsoft-IIS/10.0"): "windows-2016",
    ("cookie", "BIGipServerpool_443"): "f5",
    ("powered", "Express"): "node",
    ("page", "HTTP Status 404 – Not Found Apache Tomcat/10.1.34 (Debian)"): "tomcat",
    ("page", "Error report Apache Tomcat/7.0.109"): "none",
    ("page", "503 Service Unavailable No server is available to handle this request."): "haproxy",
    ("page", "an application's own words"): "none",
    ("greeting", "220 mail Microsoft ESMTP MAIL Service, Version: 10.0.17763.1697 ready at  Mon"): "windows-2019",
    ("greeting", "220 mail Microsoft ESMTP MAIL Service, Version: 7.5.7601.17514 ready at  Mon"): "windows-2008r2",
    ("greeting", "220 mail ESMTP Exim 4.96"): None,
}
TLS13, TLS12 = 0x0304, 0x0303
IIS_10 = Sign("server", "Microsoft-IIS/10.0", (Where("t", "https://t/"),))


def sign(kind: str, text: str) -> Sign:
    return Sign(kind, text, (Where("t", "frame 4"),))


@pytest.mark.parametrize(("kind", "text"), WORDS)
def test_the_words_of_real_servers(kind, text):
    found = guess_platform([sign(kind, text)], NO_FLIGHT, None)
    expected = WORDS[kind, text]
    assert (found.platform if found else "none") == expected
    if found is not None:
        assert found.sign.text == text


def test_no_sign_no_guess():
    assert guess_platform([], replace(NO_FLIGHT, version=TLS12, suite=0xC030), None) is None


def test_newer_releases_of_the_same_words():
    found = guess_platform([IIS_10], replace(NO_FLIGHT, version=TLS12, suite=0xC030, group=0x17), None)
    assert found is not None
    assert (found.platform, found.also) == ("windows-2016", ("windows-2019", "windows-2022", "windows-2025"))
    assert found.ruled_out == ()


def test_what_was_spoken_rules_releases_out():
    """Windows Server has TLS 1.3 since 2022."""
    found = guess_platform([IIS_10], replace(NO_FLIGHT, version=TLS13, suite=0x1302), None)
    assert found is not None
    assert (found.platform, found.ruled_out) == ("windows-2022", ("windows-2016", "windows-2019"))
    old = guess_platform([sign("server", "Microsoft-IIS/8.5")], replace(NO_FLIGHT, version=TLS13, suite=0x1302), None)
    assert old is not None
    assert (old.platform, old.ruled_out) == (None, ("windows-2012r2",))


@pytest.mark.parametrize(("suite", "possible"), [(0xC028, True), (0xC030, False), (0x0088, False)])
def test_so_does_a_survey(suite, possible):
    """2012 R2 has ECDHE with RSA for CBC alone; no release has Camellia."""
    survey = Survey("t", 443, {TLS12: (0xC027, suite)}, True, None, (), (), (), None, None, None, (), 1)
    found = guess_platform([sign("server", "Microsoft-IIS/8.5")], NO_FLIGHT, survey)
    assert found is not None
    assert (found.platform == "windows-2012r2") is possible


def test_the_first_sign_that_says_anything_counts():
    behind = [sign("cookie", "JSESSIONID"), sign("cookie", "BIGipServerweb"), sign("server", "Microsoft-IIS/10.0")]
    found = guess_platform(behind, NO_FLIGHT, None)
    assert found is not None
    assert found.platform == "f5"
