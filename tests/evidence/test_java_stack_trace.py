"""Stack traces and pasted messages as evidence."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import java_stack_trace
from tlswhy.evidence.read import read_evidence
from tlswhy.source import source_of_bytes


def test_a_pasted_message_is_evidence():
    (words,) = read_evidence(source_of_bytes("-", b"javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated"))
    assert (words.mask, words.where[0].place) == ("peer-not-authenticated", "line 1")


def test_the_runtime_that_a_log_names_goes_with_its_words():
    head = b'openjdk version "1.8.0_212"\nOpenJDK Runtime Environment (Zulu 8.38.0.13)\n'
    log = head + b"run\njava.net.ConnectException: x\n"
    (words,) = read_evidence(source_of_bytes("log", log + b"more\n" * 100))
    assert words.runtime is not None
    assert words.runtime.id.startswith("java/8u212")


def test_a_trace_deep_in_a_log_is_found():
    log = b"nothing here\n" * 9000 + b"java.net.ConnectException: Connection refused\n"
    (words,) = read_evidence(source_of_bytes("log", log))
    assert words.where[0].place == "line 9001"


def test_a_text_without_any_is_unknown_evidence():
    with pytest.raises(BadEvidence) as raised:
        list(read_evidence(source_of_bytes("notes", b"shopping list\n")))
    assert raised.value.code == "evidence-unknown"
    assert java_stack_trace.likelihood(bytes(64)) == 0
