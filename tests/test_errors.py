import inspect

from tlswhy import errors
from tlswhy.errors import BadEvidence, BadRequest, TlswhyError


def test_every_exception_of_the_house_is_one_family():
    made_here = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
    assert len(made_here) >= 4
    assert [kind for kind in made_here if not issubclass(kind, TlswhyError)] == []


def test_the_tree_at_the_top_names_them_all():
    drawn = errors.__doc__ or ""
    kinds = [name for name, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
    assert [name for name in kinds if name not in drawn] == []


def test_an_exception_carries_a_code_and_facts_and_no_sentence():
    failure = BadRequest("client-unknown", client="java/99", nearest=("java/25",))
    assert failure.code == "client-unknown"
    assert failure.facts == {"client": "java/99", "nearest": ("java/25",)}
    assert str(failure) == "client-unknown(client=java/99, nearest=('java/25',))"


def test_bad_evidence_has_a_place():
    failure = BadEvidence("a.pcap", "byte 0", "evidence-empty")
    assert (failure.item, failure.place, failure.code, failure.facts) == ("a.pcap", "byte 0", "evidence-empty", {})
    assert str(failure) == "evidence-empty"
