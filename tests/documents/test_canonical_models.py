"""Models and versions read from their canonical text; what holds for every kind is in test_canonical.py."""

from __future__ import annotations

import time

import pytest
from counting import STUCK
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import KINDS, PATH
from record_samples import BARE, GATED, NEW, OWNED, REGISTERED, RELEASED, SAID, SERVED
from record_strategies import counts, numbers, persons, results, slugs, stages, times, versions

from gitreg.documents import reader
from gitreg.documents.canonical_models import model, model_version
from gitreg.documents.edit import edit
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.model import Model, ModelVersion

many = settings(max_examples=100, deadline=None)

NEAR = [
    (BARE, "version: 1.4.0", "version: 1.4"), (BARE, "version: 1.4.0", "version: 1.4.0-01"), (BARE, "version: 1.4.0", "version: 1.4.0+b"),
    (BARE, "version: 1.4.0", "version: 1.4.0-x.lock"), (BARE, "version: 1.4.0", "version: '''1.4.0'''"), (BARE, "version: 1.4.0", "version: 1.4.0 # b"),
    (BARE, "number: 14", "number: 0"), (BARE, "number: 14", "number: -1"), (BARE, "number: 14", "number: '14'"), (BARE, "number: 14", "number: 14.0"),
    (BARE, "number: 14", "number: 9223372036854775808"), (BARE, "model: churn", "model: Churn"), (BARE, "model: churn", "model: con"), (BARE, "model-version/v1", "model-version/v2"),
    (BARE, "-11-22T", "-02-30T"), (BARE, "  files: 12", "  files: -1"), (BARE, "  record: 'sha256:", "  record: 'sha1:"), (BARE, "  manifest: 'sha256:", "  manifest: 'sha512:"),
    (BARE, "artifacts:\n", "artifacts: null\n"), (BARE, "candidate:\n", "candidate: null\n"), (BARE, "candidate:\n", "candidate: {}\n"),
    (REGISTERED, "candidate: null", "candidate: Null"), (REGISTERED, "artifacts: null", "artifacts: ~"), (REGISTERED, "source: s3://bucket/model", "source: ''"),
    (REGISTERED, "source: s3://bucket/model\n", "source: s3://bucket/model\n\n"), (REGISTERED, "run_link:", "run_uri:"), (REGISTERED, "logged_model: ", "logged_model: m-"),
    (SAID, "  champion:", "  latest:"), (SAID, "  champion:", "  v7:"), (SAID, "  champion:", "  '1.0':"), (SAID, "  champion: 1.4.0", "  champion: 1.4"), (SAID, "  1.4.0:\n", "  2.0.0-rc.1:\n"),
    (SAID, "      a: null\n", "      a: Null\n"), (SAID, "      a: null\n", "      a:\n"), (SAID, "    description: null\n", "    description: NULL\n"), (SAID, "    stage: Archived\n", ""),
    (SAID, "      first line\n", "     first line\n"), (SAID, "    stage: Archived\n", "    stage: Archived\n    more: a\n"),
    (BARE, "gates: []", "gates: {}"), (BARE, "gates: []", "gates:\n\n"), (BARE, "tags: {}", "tags: []"), (BARE, "extra: {}", "extra: {a: b}"),
    (BARE, "gates: []\n", ""), (BARE, "gates: []\n", "gates: []\ngates: []\n"), (BARE, "Ada\n", "Ada \n"), (BARE, "Ada\n", "A\u0308da\n"), (BARE, "\n", "\r\n"),
    (GATED, "result: passed", "result: 'passed'"), (GATED, "result: passed", "result: pass"), (GATED, "  - kind: threshold\n", "  -\n    kind: threshold\n"),
    (GATED, "    detail: a word\n", ""), (GATED, "    detail: a word\n", "    detail: a word\n    more: a\n"), (GATED, "  - kind: threshold", "  - kind: [threshold]"),
    (GATED, "    detail: a word\n", "    detail: a word\n\n"), (GATED, "    detail: a word\n", "    detail: a word\n      more\n"), (GATED, "    detail: a word\n", "    detail:\n"),
    (RELEASED, "      first line\n", "     first line\n"), (RELEASED, "      first line\n", "\n      first line\n"), (RELEASED, "      first line\n", "          first line\n"),
    (RELEASED, "      first line\n", "      first line \n"), (RELEASED, "detail: |\n", "detail: >\n"), (RELEASED, "detail: |\n", "detail: |6\n"),
    (NEW, "slug: churn", "slug: churn..v2"), (NEW, "owners: []", "owners: {}"), (NEW, "stages: {}", "stages: []"), (NEW, "retired: {}", "retired: null"), (NEW, "deleted: null", "deleted: ~"),
    (OWNED, "  - Ada\n", "  - Ada\n  # b\n"), (OWNED, "  - Ada\n", "  - Ada\n\n"), (OWNED, "  - Ada\n", "  - Ada\n    more\n"), (OWNED, "  - Ada\n", "  - ''\n"), (OWNED, "  - Ada\n", "  - a: b\n"),
    (OWNED, "  staging: 1.4.0\n", "  staging: 1.4.0\n  staging: 1.4.0\n"), (OWNED, "  staging: 1.4.0\n", "  latest: 1.4.0\n"), (OWNED, "  staging: 1.4.0\n", "  Staging: 1.4.0\n"),
    (OWNED, "  staging: 1.4.0\n", "  staging: 1.4\n"), (OWNED, "  1.4.0: why\n", "  1.4: why\n"), (OWNED, "  1.4.0: why\n", "  '''1.4.0''': why\n"), (OWNED, "  1.4.0: why\n", "  1.4.0: why\n  '1.4.0': why\n"),
    (OWNED, "kind: threshold", "kind: no-regression"), (OWNED, "kind: no-regression", "kind: threshold"), (OWNED, "kind: threshold", "kind: other"), (OWNED, "at_least: 0.9", "at_least: null"),
    (OWNED, "at_least: 0.9", "at_least: high"), (OWNED, "at_least: 0.9", "at_least: 9.9e+308"), (OWNED, "tolerance: 0.01", "tolerance: -0.01"), (OWNED, "tolerance: 0.01", "tolerance: .nan"),
    (OWNED, "against: production", "against: latest"), (OWNED, "metric: auc", "metric: ''"), (OWNED, "    tolerance: 0.01\n", ""), (OWNED, "    at_most: null\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("record", "old", "new"), NEAR)
def test_a_model_or_version_that_is_nearly_canonical_is_left_alone(record, old, new):
    """What a record may not hold, and what YAML could mean otherwise."""
    text = write(record).decode()

    assert old in text
    assert KINDS[type(record)](text.replace(old, new).encode()) is None
    assert KINDS[type(record)](text.replace(old, new, 1).encode()) is None


@many
@given(
    st.fixed_dictionaries(
        {"model": slugs, "version": versions, "number": numbers, "created": times, "author": persons}
    ),
    st.lists(results, max_size=2),
    counts,
)
def test_no_ordinary_version_is_left_to_the_strict_reader(changes, gates, size):
    """Whatever its model, number, time, author, gates and artifacts are; numbers of 19 digits are not ordinary."""
    digits = {key: value % 10**18 or 1 for key, value in changes.items() if key == "number"}
    summary = BARE.artifacts.model_copy(update={"size": size % 10**18})
    record = BARE.model_copy(update={**changes, **digits, "artifacts": summary, "gates": _quiet(gates)})

    assert model_version(write(record)) is not None


def _quiet(gates):
    """Without a kind of gate that is very long or needs an escape, and without tabs: these are left alone."""
    texts = ((gate.kind, gate.detail) for gate in gates)
    fine = [kind.isprintable() and len(kind) < 1000 and detail.isprintable() for kind, detail in texts]
    return [gate for gate, is_fine in zip(gates, fine, strict=True) if is_fine]


@many
@given(st.dictionaries(stages, versions, max_size=4), st.dictionaries(versions, slugs, max_size=4))
def test_no_ordinary_model_is_left_to_the_strict_reader(served, retired):
    """Whatever serves where, and whatever is retired."""
    record = SERVED.model_copy(update={"stages": served, "retired": retired})

    assert model(write(record)) is not None


def test_an_edited_model_is_read_quickly():
    """A stage, a retirement or a deletion leaves a text that is canonical."""
    changes = {
        ("stages", "staging"): "1.4.0",
        ("retired", "1.3.0"): "a: b",
        ("deleted",): "2026-11-22T15:04:05.1Z",
    }

    assert model(edit(write(NEW), Model, PATH, changes)) is not None


@pytest.mark.parametrize("record", [BARE, RELEASED, GATED, NEW, SERVED, OWNED, REGISTERED, SAID])
def test_read_parses_no_yaml_of_models(record, monkeypatch):
    """A list of a model's versions takes the quick way for all of them."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(reader, "tree", refuse)

    assert read(write(record), type(record), PATH) == record


def test_no_key_of_models_is_forgotten():
    """The values have the keys of the records, in their order."""
    for kind, values in ((ModelVersion, model_version(write(REGISTERED))), (Model, model(write(SAID)))):
        assert list(values) == [field.alias or name for name, field in kind.model_fields.items()]


@pytest.mark.parametrize(
    "text",
    [
        "  - kind: a\n" * 2_500, "  - kind: a\n    result: passed\n    detail: |\n" + "\n" * 2_500, "  - kind: '" + "''" * 30_000, "  - kind: " + "a  b" * 20_000,
        "  - kind: threshold\n    metric: " + "a: " * 20_000, "  1.0.0" + "-a.0" * 20_000 + ": a\n", "  a: 1.0.0-" + "1." * 50_000 + "\n", "  a: 1.0.0\n" * 2_500,
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["gates", "tags", "stages", "retired", "owners", "description", "version"])
def test_a_hostile_model_or_version_is_left_quickly(where, text):
    """A text that is made to keep a reader busy keeps these for an instant."""
    record = RELEASED if where == "version" else SERVED
    head, _, tail = write(record).decode().partition(f"\n{where}:")
    start = time.process_time()

    for content in (f"{head}\n{where}:\n{text}\n{tail}", f"{head}\n{where}: {text.strip()}{tail}"):
        KINDS[type(record)](content.encode())

    assert time.process_time() - start < STUCK
