"""The quick reader of canonical texts gives what the strict one gives, or leaves the text to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from counting import STUCK
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from malformed import CASES
from mutations import KINDS, PATH, SHARP, damaged, disagreement, with_token
from record_samples import (
    COMMON,
    FULL,
    GATED,
    ON_PURPOSE,
    OWNED,
    PENDING,
    PLAIN,
    READY,
    REGISTERED,
    RUN,
    SAID,
    SAMPLES,
    SLIGHT,
    SMALL,
    WHOLE,
)
from record_strategies import RECORDS, floats, ids, keys, slugs, times

from gitreg.documents import canonical, canonical_logged_model, canonical_parts, canonical_text, quick, reader
from gitreg.documents.edit import edit
from gitreg.documents.layout import kind_of
from gitreg.documents.limits import MAX_NODES, MAX_WORDS
from gitreg.documents.reader import read, values_of
from gitreg.documents.writer import schema_line, write
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import Model, ModelVersion
from gitreg.errors import RecordError


def either(kind):
    """What is not asked for its values alone: the quick reader, else the strict one."""
    return lambda content, path: KINDS[kind](content) or values_of(content, kind, path)


VALUES = {
    Candidate: quick.candidate_values,
    Experiment: quick.experiment_values,
    LoggedModel: quick.logged_model_values,
    Model: either(Model),
    ModelVersion: either(ModelVersion),
}
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
many = settings(
    max_examples=75,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
DICE = st.randoms(use_true_random=True)


def answer(call, *words):
    """What a reader says, so that two of them can be compared; NaN equals NaN, and 1 is not 1.0."""
    try:
        return repr(call(*words))
    except RecordError as error:
        return error.place, error.message, error.hint


@EACH
@many
@given(data=st.data())
def test_every_record_is_read_the_same(kind, data):
    """Whatever a record holds, its text has the same values by both readers, and the same record."""
    record = data.draw(RECORDS[kind])
    content = write(record)

    assert repr(VALUES[kind](content, PATH)) == repr(values_of(content, kind, PATH))
    assert kind.model_validate(VALUES[kind](content, PATH)) == record == read(content, kind, PATH)


@EACH
@many
@given(data=st.data(), dice=DICE)
def test_a_damaged_text_is_read_the_same_or_not_at_all(kind, data, dice):
    """What is canonical to the quick reader is a record with the same values to the strict one."""
    content = damaged(write(data.draw(RECORDS[kind])).decode(), dice).encode("utf-8", "surrogatepass")

    assert disagreement(content, kind) is None, content


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(SAMPLES), DICE)
def test_a_damaged_sample_is_read_the_same_or_not_at_all(sample, dice):
    """The same for likely texts, of which more stay canonical; `python tests/documents/mutations.py` is the long form."""
    kind, text = sample
    content = damaged(text, dice).encode("utf-8", "surrogatepass")

    assert disagreement(content, kind) is None, content


ALIKE = (
    "schema",
    "  email",
    "  branch",
    "    context",
    "  platform",
    "  project",
    "  pipeline",
    "  job",
    "  merge_request",
    "    max",
    "  size",
)


@pytest.mark.parametrize(
    "record",
    [SMALL, SLIGHT, GATED, OWNED, REGISTERED, SAID, PENDING],
    ids=lambda record: type(record).__name__,
)
def test_any_token_anywhere_is_read_the_same_or_not_at_all(record):
    """Whatever stands for the value of a line, or for a key, is what the strict reader takes it for."""
    text = write(record).decode()
    lines = [number for number, line in enumerate(text.split("\n")) if not line.startswith(ALIKE)]
    found = {with_token(text, line, token) for line in lines for token in SHARP}
    found |= {
        text.replace(f"  {key}: ", f"  {token}: ").encode("utf-8", "surrogatepass")
        for token in SHARP
        for key in ("lr", "a")
    }

    assert [differs for content in found if (differs := disagreement(content, type(record)))] == []


NEAR = [
    (FULL, "\n", "\r\n"), (FULL, "# yaml", "\ufeff# yaml"), (FULL, "\nschema", "\n\nschema"), (FULL, "extra: {}", "extra: {}\n"), (FULL, "extra: {}\n", "extra: {}"),
    (FULL, "extra: {}", "extra: {}\nmore: a"), (FULL, "extra: {}", "extra: {a: b}"), (FULL, "extra: {}", "extra: {} # a"), (FULL, "status: failed\n", ""),
    (FULL, "candidate/v1\n", "candidate/v2\n"), (FULL, "candidate/v1", "experiment/v1"), (FULL, "params:\n", "params: {}\n"), (FULL, "params:\n", "params:\n\n"),
    (FULL, "  depth: '8'\n", "  depth: '8'\n  depth: '9'\n"), (FULL, "  depth: '8'\n", "  depth: '8'\n  'depth': '9'\n"), (FULL, "  team: growth\n", "  team: growth\n  note: a\n"),
    (COMMON, "  depth: '8'\n", "  depth: '8'\n  depth: '9'\n"), (COMMON, "  auc: 0.9312\n", "  auc: 0.9312\n  auc: 1.0\n"), (FULL, "  auc: 0.9312\n", "  auc: 0.9312\n  auc: 1.0\n"),
    (FULL, "  depth: '8'\n", "  depth: '8'\n\n"), (FULL, "  depth: '8'\n", "   depth: '8'\n"), (FULL, "  depth: '8'\n", "  depth: '8'\n    a: b\n"), (FULL, "  depth: '8'\n", "  depth: '8'\n  # a\n"),
    (COMMON, "  depth: '8'\n", "  depth: '8'\n\n"), (COMMON, "  depth: '8'\n", "  depth: '8'\n    a: b\n"), (COMMON, "  depth: '8'\n", "  depth: '8'\n  # a\n"), (COMMON, "  depth: '8'\n", "  depth:\n"),
    (COMMON, "  auc: 0.9312\n", "  auc: 0.9312\n\n"), (COMMON, "  auc: 0.9312", "  auc: '0.9312'"), (COMMON, "  auc: 0.9312", "  auc: 1"), (COMMON, "  auc: 0.9312", "  auc: null"),
    (FULL, "points:\n  auc:", "points:\n  other:"), (FULL, "curves:\n  logloss:", "curves:\n  other:"), (FULL, "points:\n  auc:", "points:\n  logloss:"), (FULL, "curves:\n  logloss:", "curves:\n  loss/val:"),
    (FULL, "    - 399\n", "    - 399\n    - 399\n"), (FULL, "    points: 400\n", "    points: 0\n"), (FULL, "    points: 400\n", ""), (FULL, "manifest: 'sha256:", "manifest: 'md5:"),
    (FULL, "  files: 12", "  files: -1"), (FULL, "  files: 12", "  files: 12.0"), (FULL, "  dirty: true", "  dirty: yes"), (FULL, "  - name: 'null'", "  - name: null\n    more: a"),
    (FULL, "    a\n    b\n", "   a\n    b\n"), (FULL, "    a\n    b\n", "      a\n    b\n"), (FULL, "    a\n    b\n", "\n    a\n    b\n"), (FULL, "    a\n    b\n", "    a\n    b\n\n"),
    (FULL, "    a\n    b\n", "    a \n    b\n"), (FULL, "    a\n    b\n", "    a\n    b\n  c\n"), (FULL, "  first line", "   first line"), (FULL, "  first line", "\n  first line"), (FULL, "|-\n  first", ">-\n  first"),
    (WHOLE, "primary: false", "primary: true"), (WHOLE, "number: '1", "number: '0"), (WHOLE, "goal: minimize", "goal: lower"), (WHOLE, "  loss/val:", "  auc:"), (WHOLE, "slug: churn-v2.1", "slug: churn..v2"),
    (WHOLE, "name: Größe", "name: Gro\u0308ße"), (WHOLE, "Größe", "\u202e"), (WHOLE, "Größe", "a\tb"), (WHOLE, "growth", "a\x7fb"), (WHOLE, "growth", "\u00a0b\u2028"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "old", "new"), NEAR)
def test_what_is_nearly_canonical_is_left_to_the_strict_reader(record, old, new):
    """What a record may not hold, and what YAML could mean otherwise; all there is at the place, or only the first of them, is changed."""
    text = write(record).decode()

    assert old in text
    assert KINDS[type(record)](text.replace(old, new).encode()) is None
    assert KINDS[type(record)](text.replace(old, new, 1).encode()) is None


@many
@given(st.sampled_from(SAMPLES), DICE)
def test_read_says_what_the_strict_reader_says(sample, dice):
    """The record, or the fault with its place, whichever reader was asked."""
    kind, text = sample
    content = damaged(text, dice).encode("utf-8", "surrogatepass")

    assert answer(VALUES[kind], content, PATH) == answer(values_of, content, kind, PATH)
    found, strict = answer(read, content, kind, PATH), answer(values_of, content, kind, PATH)
    assert found == strict or (isinstance(found, str) and isinstance(strict, str))


@pytest.mark.parametrize(
    "case", [case for case in CASES if kind_of(case.path) in KINDS], ids=lambda case: case.name
)
def test_malformed_file_is_left_to_the_strict_reader(case):
    """No file that is no record is taken for one, and the fault is told as before."""
    kind = kind_of(case.path)

    assert KINDS[kind](case.text) is None
    assert answer(VALUES[kind], case.text, case.path) == answer(values_of, case.text, kind, case.path)


@pytest.mark.parametrize(("kind", "text"), SAMPLES, ids=lambda part: getattr(part, "__name__", ""))
def test_ordinary_text_is_read_quickly(kind, text):
    """What registries are full of takes the quick way; a text that never did would be read right all the same."""
    assert KINDS[kind](text.encode()) is not None


@many
@given(ids, slugs, times, floats, keys)
def test_no_ordinary_candidate_is_left_to_the_strict_reader(identifier, experiment, moment, number, key):
    """Whatever its id, slug, times, numbers and keys are."""
    changes = {
        "id": identifier,
        "experiment": experiment,
        "created": moment,
        "deleted": moment,
        "metrics": COMMON.metrics | {key: number},
    }

    assert canonical.candidate(write(COMMON.model_copy(update=changes))) is not None


def test_an_edited_candidate_is_read_quickly():
    """A tag, a note or a deletion leaves a text that is canonical."""
    changes = {("tags", "new tag"): "a: b", ("notes",): "one\ntwo\n", ("deleted",): "2026-11-22T15:04:05.1Z"}

    assert canonical.candidate(edit(write(PLAIN), Candidate, PATH, changes)) is not None


def test_read_takes_the_quick_way(monkeypatch):
    """`read` parses no YAML where it need not."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(reader, "tree", refuse)

    assert read(write(FULL), Candidate, PATH) == FULL
    assert read(write(WHOLE), Experiment, PATH) == WHOLE
    assert reader.problems(write(FULL), Candidate, PATH) == []


CODE = """
import json, sys
from gitreg.documents.quick import candidate_values
candidate_values(sys.stdin.buffer.read(), "x.yaml")
print(json.dumps([name.split(".")[0] for name in sys.modules]))
"""


@pytest.mark.parametrize(
    ("text", "heavy"), [(write(FULL).decode(), set()), (write(FULL).decode() + "\n", {"pydantic", "ruamel"})]
)
def test_only_doubt_loads_the_strict_reader(text, heavy):
    """A canonical candidate is read without pydantic and ruamel.yaml; another one loads them by itself."""
    done = subprocess.run([sys.executable, "-c", CODE], input=text.encode(), capture_output=True, check=True)

    assert set(json.loads(done.stdout)) & {"pydantic", "ruamel", "yaml", "git", "gitdb", "dvc"} == heavy


def test_the_grammar_is_that_of_records():
    """What patterns repeat of the records and the writer says the same there."""
    line = schema_line(Candidate), schema_line(Experiment)

    assert write(PLAIN).decode().startswith(f"{line[0]}\nschema: ")
    assert write(WHOLE).decode().startswith(f"{line[1]}\nschema: ")
    assert canonical_text.DIGEST.replace("?+", "?").replace("(?:", "(") == Digest.pattern[1:-1]
    assert list(canonical.candidate(write(RUN))) == list(write_keys(Candidate))
    assert list(canonical.experiment(write(ON_PURPOSE))) == list(write_keys(Experiment))
    assert list(canonical_logged_model.logged_model(write(READY))) == list(write_keys(LoggedModel))


def write_keys(kind):
    """Keys of a record in which everything is said that can be."""
    return (field.alias or name for name, field in kind.model_fields.items())


@pytest.mark.parametrize(
    "note",
    [
        "x " * 74_000 + "x",
        "x " * 80_000,
        "'" * 70_000,
        "- " * 70_000,
        ": " * 70_000,
        "|\n" + "  x\n" * 2_900 + "  x",
        "|\n" + "  x\n" * 3_100 + "  x",
        "|\n" + "\n" * 2_900 + "  x",
        "a" * 149_000,
    ],
    ids=["words", "more words", "quotes", "dashes", "colons", "lines", "more lines", "empty lines", "long"],
)
def test_large_text_is_read_the_same_or_not_at_all(note):
    """At the edge of what the quick reader takes, the strict reader's limits are kept."""
    text = write(PLAIN).decode().replace("notes: ''", f"notes: {note}")

    assert disagreement(text.encode(), Candidate) is None


def test_the_quick_reader_s_bounds_are_within_the_strict_one_s():
    """A word needs a space; a line is at most a mapping, a key and a value."""
    assert canonical_parts.MAX_BYTES / 2 <= MAX_WORDS
    assert 3 * canonical_parts.MAX_LINES + 1 <= MAX_NODES


@pytest.mark.parametrize(
    "text",
    [
        "  a  b" * 10_000, "  a: b" * 10_000, "  'a''" * 10_000, "  a: '" + "''" * 30_000, "  a: |\n" + "    b\n" * 2_500, "  a: |\n" + "\n" * 2_500,
        "  " + "a" * 100_000, "  a: b\n" * 2_500, "  a: 1.0\n" * 2_500 + "  a", "    - a\n" * 2_500, "  a: b  \n" * 2_500, "  a:" * 20_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["params", "metrics", "points", "data", "tags", "notes", "name"])
def test_hostile_text_is_left_quickly(where, text):
    """A text that is made to keep a reader busy keeps this one for an instant."""
    head, _, tail = write(FULL).decode().partition(f"\n{where}:")
    content = f"{head}\n{where}:\n{text}\n{tail}".encode()
    start = time.process_time()

    canonical.candidate(content)

    assert time.process_time() - start < STUCK


@example("a")
@given(st.text(max_size=30))
def test_any_text_is_left_alone(text):
    """What is no record at all raises nothing."""
    assert canonical.candidate(text.encode("utf-8", "surrogatepass")) is None
    assert canonical.experiment(text.encode("utf-8", "surrogatepass")) is None


def test_data_of_before_licences_is_read_quickly():
    """A candidate that was logged when data had no licence is read as ever, without the strict reader."""
    old = write(FULL).replace(b"    licence: null\n", b"")

    assert b"licence" not in old
    assert Candidate.model_validate(canonical.candidate(old)) == FULL
