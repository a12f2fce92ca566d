"""Command lines and listings of system properties."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import TlswhyError
from tlswhy.evidence import java_properties
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, SystemProperties
from tlswhy.source import source_of_bytes


def read(text: str) -> list:
    return list(read_evidence(source_of_bytes("pasted.txt", text.encode())))


def test_a_command_line():
    text = """#!/bin/sh
exec java -Xmx1g "-Djdk.tls.client.protocols=TLSv1.2,TLSv1.1" -Dhttps.protocols="TLSv1.2" -Dmy.app=1 -jar app.jar
"""
    (found,) = read(text)
    assert isinstance(found, SystemProperties)
    assert found.values == {"jdk.tls.client.protocols": "TLSv1.2,TLSv1.1", "https.protocols": "TLSv1.2"}
    assert {where.place for where in found.where.values()} == {"line 2"}


def test_a_listing_names_the_runtime_too():
    text = """Property settings:
    file.encoding = UTF-8
    java.vendor = Eclipse Adoptium
    java.version = 17.0.9
    jdk.tls.namedGroups = secp256r1
"""
    properties, words = read(text)
    assert properties.values == {"jdk.tls.namedGroups": "secp256r1"}
    assert isinstance(words, ClientWords)
    assert words.runtime.id.startswith("java/17.0.9")


@pytest.mark.parametrize("text", ["", "java -jar app.jar", "-Dmy.own.property=1", "the word -Dhttps.protocols alone"])
def test_other_texts_are_not_taken(text: str):
    assert java_properties.likelihood(text.encode()) == 0.0


@given(st.text(alphabet="-D jdk.tls.client.protocols=\"'=,\n", max_size=200))
def test_any_text_is_read_or_refused(text: str):
    with suppress(TlswhyError):
        list(java_properties.read(source_of_bytes("x", text.encode())))
