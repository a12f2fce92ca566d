"""The committed schema is current, and what we write keeps its promises."""

import json

import jsonschema
import pytest

from tests.render import examples
from tlswhy.render.json import handshake_line, report_json
from tlswhy.render.schema import MATRIX_WRITTEN_TO, WRITTEN_TO, Matrix, Report, schema_text
from tlswhy.render.words import load_words


@pytest.fixture(scope="module")
def schema(repository):
    return json.loads((repository / WRITTEN_TO).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "shape"), [(WRITTEN_TO, Report), (MATRIX_WRITTEN_TO, Matrix)])
def test_the_committed_schemas_are_current(repository, name, shape):
    assert (repository / name).read_text(encoding="utf-8") == schema_text(shape), (
        "python -m tlswhy.render.schema writes it anew"
    )


@pytest.mark.parametrize(
    ("client", "case"),
    [
        ("j8u51", "dhe-512-tls10-aes128cbc"),
        ("j8u51", "wire-http"),
        ("j8u51", "wire-closed-port"),
        ("j8u51", "wire-silent"),
        ("j8u51", "suite13-aes256gcm"),
        ("j8u51", "dhe-512-tls12-aes256cbc"),
        ("j8u51", "base-tls12"),
        ("j25.0.2", "base-tls12-13"),
        ("j8u51", "clientauth-required-tls12"),
        ("go1.24", "base-tls12-13"),
    ],
)
@pytest.mark.parametrize("foretell", [False, True])
def test_reports_keep_the_schema(schema, client, case, foretell):
    seen = examples.handshake(client, case)
    good = examples.handshake("j8u212", "base-tls12")
    report = examples.report(examples.diagnosis(seen, foretell=foretell, good=good))
    value = json.loads(json.dumps(report_json(report, load_words())))
    jsonschema.validate(value, schema)


def test_the_schema_notices_a_missing_key(schema):
    seen = examples.handshake("j8u51", "base-tls12")
    value = report_json(examples.report(examples.diagnosis(seen)), load_words())
    del value["diagnoses"][0]["plans"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema)


def test_handshake_lines_keep_the_schema(schema):
    line_schema = {"$defs": schema["$defs"], "$ref": "#/$defs/Handshake"}
    jsonschema.validate(handshake_line(examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")), line_schema)
