"""The law of documents: what is written is what is read, by gitreg and by every other reader of YAML."""

from __future__ import annotations

import math
from datetime import date

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from record_strategies import HOSTILE, LINES, RECORDS, candidates, floats, texts
from ruamel.yaml import YAML

from gitreg.documents.reader import read, read_any
from gitreg.documents.scalars import float_text, is_literal, line_scalar, parse_float
from gitreg.documents.writer import fields_of, kind_name, write
from gitreg.domain.candidate import Candidate
from gitreg.domain.record import Value
from gitreg.domain.times import time_text

quick = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
KINDS = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)


def plain(value):
    """The record as a YAML reader should see it: text, numbers, booleans, None, lists and mappings."""
    return _plain(value)


def _plain(value):
    if isinstance(value, Value):
        return {key: _plain(part) for key, part in fields_of(value)}
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (str, int, float, bool, type(None))):
        return repr(value) if isinstance(value, float) else value
    return time_text(value) if isinstance(value, date) else str(value)


@KINDS
@quick
@given(data=st.data())
def test_what_is_written_is_read(kind, data):
    """`read(write(record)) == record`."""
    record = data.draw(RECORDS[kind])

    assert read(write(record), kind, "x.yaml") == record


@KINDS
@quick
@given(data=st.data())
def test_text_is_canonical(kind, data):
    """What was read is written with the same bytes."""
    content = write(data.draw(RECORDS[kind]))

    assert write(read(content, kind, "x.yaml")) == content


@KINDS
@quick
@given(data=st.data())
def test_yaml_1_1_readers_see_the_same(kind, data):
    """PyYAML takes no text for a number, a boolean, a date or null, and no float for text."""
    record = data.draw(RECORDS[kind])

    assert plain(yaml.safe_load(write(record))) == plain(record)


@KINDS
@quick
@given(data=st.data())
def test_yaml_1_2_readers_see_the_same(kind, data):
    """ruamel.yaml takes no text for something else."""
    record = data.draw(RECORDS[kind])

    assert plain(YAML(typ="safe", pure=True).load(write(record))) == plain(record)


@quick
@given(candidates(), st.randoms())
def test_order_of_keys_does_not_change_bytes(candidate, random):
    """Two writers that logged the same params in another order make the same file."""
    items = list(candidate.params.items())
    random.shuffle(items)

    assert write(candidate.model_copy(update={"params": dict(items)})) == write(candidate)


@quick
@given(texts.filter(lambda text: "\n" not in text))
@example("0?")
@example("a:b")
def test_text_inside_brackets_is_the_same_text(text):
    """What stands in `[]` is quoted where its own brackets or commas would count."""
    assert yaml.safe_load(f"[{line_scalar(text, flow=True)}]") == [text]


@given(floats)
def test_floats_are_exact(number):
    """Every float comes back, with the sign of zero."""
    assert repr(parse_float(float_text(number))) == repr(number)


@pytest.mark.parametrize("text", HOSTILE + LINES)
def test_hostile_words_stay_text(text):
    """A param stays what it was, as a key and as a value, for readers of YAML 1.1 and 1.2."""
    content = f"a:\n  - {line_scalar(text)}\n".encode()

    assert yaml.safe_load(content) == YAML(typ="safe", pure=True).load(content) == {"a": [text]}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1.0"),
        (1e-05, "1.0e-05"),
        (1e16, "1.0e+16"),
        (math.nan, ".nan"),
        (-math.inf, "-.inf"),
        (-0.0, "-0.0"),
        (1.5e-7, "1.5e-07"),
    ],
)
def test_how_floats_look(number, text):
    """A float has a dot, so that no reader takes it for text or an integer."""
    assert float_text(number) == text


@pytest.mark.parametrize(
    "text",
    [
        "churn",
        "lr=0.1,depth=8",
        "3.11.7",
        "auc 0.9312 >= 0.9",
        "--lr",
        "data/train.csv",
        "https://a.example/b",
        "7f3a",
        "1.2.0",
    ],
)
def test_what_needs_no_quotes_has_none(text):
    """Files stay pleasant to read."""
    assert line_scalar(text) == text


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("a\nb", True),
        ("a\n\n b\n", True),
        ("a \nb", False),
        ("a\n \nb", False),
        (" a\nb", False),
        ("a\n\n", False),
        ("\ta\nb", False),
        ("x" * 1001, True),
    ],
)
def test_several_lines_are_a_block_where_they_survive(text, block):
    """White space that nobody sees, or that editors remove, is quoted."""
    assert is_literal(text) is block


def test_a_written_file(candidate):
    """The canonical text, to the byte."""
    assert write(candidate).decode() == EXPECTED


def test_read_any_finds_the_kind_by_its_path(candidate):
    """A path of the layout says which record lives there."""
    path = f"experiments/churn/candidates/{candidate.id[:2]}/{candidate.id}.yaml"

    assert read_any(write(candidate), path) == candidate


def test_every_kind_has_its_schema_line():
    """Editors find the schema from the first line."""
    assert {kind_name(kind) for kind in RECORDS} == {
        "candidate", "experiment", "logged-model", "model", "model-version", "registry", "root", "roles", "anchor",
    }  # fmt: skip


EXPECTED = """\
# yaml-language-server: $schema=../../../../.gitreg/schemas/v1/candidate.schema.json
schema: gitreg/candidate/v1
id: 7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4
experiment: churn
name: lr=0.1,depth=8
status: finished
created: '2026-11-22T15:04:05.123456Z'
finished: '2026-11-22T15:09:41.000200Z'
author:
  name: Ada Example
  email: ada@example.com
parent: null
code:
  repository: https://git.example/churn
  commit: '9111111111111111111111111111111111111111'
  branch: feature/lr
  dirty: true
  command:
    - python
    - train.py
    - --lr
    - '0.1'
data:
  - name: train
    uri: data/train.csv
    digest: 'md5:d41d8cd98f00b204e9800998ecf8427e'
    context: training
    licence: null
params:
  depth: '8'
  lr: '0.1'
metrics:
  auc: 0.9312
  logloss: 1.0e-05
points:
  logloss:
    - 399
    - '2026-11-22T15:09:40.900000Z'
curves:
  logloss:
    points: 400
    min: 0.2
    max: .inf
tags: {}
notes: |-
  first line

  - second
environment: null
ci: null
artifacts: null
deleted: null
extra: {}
"""


@pytest.fixture
def candidate():
    return Candidate.model_validate(
        {
            "id": "7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4",
            "experiment": "churn",
            "name": "lr=0.1,depth=8",
            "created": "2026-11-22T15:04:05.123456Z",
            "finished": "2026-11-22T15:09:41.0002Z",
            "author": {"name": "Ada Example", "email": "ada@example.com"},
            "code": {
                "repository": "https://git.example/churn",
                "commit": "9" + "1" * 39,
                "branch": "feature/lr",
                "dirty": True,
                "command": ["python", "train.py", "--lr", "0.1"],
            },
            "data": [{"name": "train", "uri": "data/train.csv", "digest": "md5:d41d8cd98f00b204e9800998ecf8427e", "context": "training"}],
            "params": {"lr": "0.1", "depth": "8"},
            "metrics": {"auc": 0.9312, "logloss": 1e-5},
            "points": {"logloss": (399, "2026-11-22T15:09:40.9Z")},
            "curves": {"logloss": {"points": 400, "min": 0.2, "max": math.inf}},
            "notes": "first line\n\n- second",
        }
    )  # fmt: skip
