"""The JSON schemas of records."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from malformed import SCHEMA
from record_strategies import RECORDS
from ruamel.yaml import YAML

from gitreg.documents.layout import kind_of
from gitreg.documents.schemas import schema_text, schemas, write_all
from gitreg.documents.writer import kind_name, write
from gitreg.errors import NotFoundError

COMMITTED = Path(__file__).parents[2] / "schemas" / "v1"


def test_committed_schemas_are_current():
    """What editors use is what gitreg reads; `python -m gitreg.documents.schemas schemas/v1` makes them anew."""
    assert {path.name: path.read_bytes() for path in COMMITTED.glob("*.json")} == schemas()


def test_schemas_are_written_where_asked(tmp_path):
    """The module writes every schema."""
    write_all(tmp_path / "v1")

    assert {path.name for path in (tmp_path / "v1").iterdir()} == set(schemas())


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_schema_is_valid(kind):
    """Each is a schema of draft 2020-12 that refuses unknown keys."""
    schema = json.loads(schema_text(kind_name(kind)))

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_records_validate(kind, data):
    """Every file that gitreg writes is fine for an editor."""
    content = YAML(typ="safe", pure=True).load(write(data.draw(RECORDS[kind])))

    jsonschema.Draft202012Validator(json.loads(schema_text(kind_name(kind)))).validate(content)


@pytest.mark.parametrize(
    "name",
    [
        "missing key",
        "unknown key",
        "mapping expected",
        "number expected",
        "boolean in quotes",
        "unknown word",
        "tuple too short",
    ],
)
def test_editors_see_faults(name):
    """A schema refuses what the reader refuses."""
    case = next(case for case in SCHEMA if case.name == name)
    schema = json.loads(schema_text(kind_name(kind_of(case.path))))

    assert not jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(case.text))


def test_no_such_schema():
    """The message lists the kinds there are."""
    with pytest.raises(NotFoundError, match="registry, experiment, candidate"):
        schema_text("run")
