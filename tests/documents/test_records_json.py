"""Records as JSON."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_strategies import RECORDS

from gitreg.documents.records_json import from_json, to_json
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.errors import RecordError

START = {"slug": "churn", "name": "churn", "number": "0"}
CANDIDATE = {
    "id": "7" * 32,
    "experiment": "churn",
    "name": "a",
    "created": "2026-01-01T00:00:00Z",
    "author": {"name": "A", "email": "a@b"},
}


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_json_gives_the_record_back(kind, data):
    """`from_json(kind, to_json(record)) == record`, through JSON that any parser accepts."""
    record = data.draw(RECORDS[kind])

    assert from_json(kind, json.loads(json.dumps(to_json(record), allow_nan=False))) == record


def test_what_json_lacks_is_words():
    """NaN and infinities are text in JSON, and numbers again in the record."""
    candidate = from_json(Candidate, CANDIDATE | {"metrics": {"a": "NaN", "b": "-Infinity", "c": 1}})

    assert to_json(candidate)["metrics"] == {"a": "NaN", "b": "-Infinity", "c": 1.0}
    assert math.isnan(candidate.metrics["a"])


def test_numbers_as_params_are_their_text():
    """`log --from` takes params as programs write them."""
    assert from_json(Candidate, CANDIDATE | {"params": {"lr": 0.1, "n": 5, "flag": True}}).params == {
        "lr": "0.1",
        "n": "5",
        "flag": "true",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metricz": {}}, "metricz: unknown key; did you mean metrics?"),
        ({"metrics": {"auc": {"goal": "up"}}}, "metrics.auc.goal: not one of the words"),
        ({"metrics": {"auc": {"primary": "true"}}}, "metrics.auc.primary: quotes make it text"),
        ({"slug": "Churn"}, "slug: a slug has"),
        ({"schema": "gitreg/model/v1"}, "schema: not this kind of record"),
        ({"extra": {"a": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}}, "nested deeper than 16"),
        ({"description": "a\u202eb"}, "description: text must not hold the character U+202E"),
    ],
)
def test_json_that_is_no_record_is_refused(change, message):
    """The message names the key."""
    with pytest.raises(RecordError) as caught:
        from_json(Experiment, START | change)

    assert message in caught.value.message


def test_json_that_is_no_object_is_refused():
    """A list is no record."""
    with pytest.raises(RecordError, match="a record is a mapping"):
        from_json(Experiment, [1])
