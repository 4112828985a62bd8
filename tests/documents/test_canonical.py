"""The quick reader of canonical texts gives what the strict one gives, or leaves the text to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from malformed import CASES
from mutations import KINDS, PATH, TOKENS, damaged, disagreement, with_token
from record_samples import COMMON, FULL, PLAIN, SAMPLES, WHOLE
from record_strategies import RECORDS, floats, ids, keys, slugs, times

from gitreg.documents import canonical, canonical_text, quick, reader
from gitreg.documents.edit import edit
from gitreg.documents.layout import kind_of
from gitreg.documents.limits import MAX_NODES, MAX_WORDS
from gitreg.documents.reader import read, values_of
from gitreg.documents.writer import schema_line, write
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment
from gitreg.errors import RecordError

VALUES = {Candidate: quick.candidate_values, Experiment: quick.experiment_values}
BOTH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
many = settings(
    max_examples=150,
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


@BOTH
@many
@given(data=st.data())
def test_every_record_is_read_the_same(kind, data):
    """Whatever a record holds, its text has the same values by both readers, and the same record."""
    record = data.draw(RECORDS[kind])
    content = write(record)

    assert repr(VALUES[kind](content, PATH)) == repr(values_of(content, kind, PATH))
    assert kind.model_validate(VALUES[kind](content, PATH)) == record == read(content, kind, PATH)


@BOTH
@many
@given(data=st.data(), dice=DICE)
def test_a_damaged_text_is_read_the_same_or_not_at_all(kind, data, dice):
    """What is canonical to the quick reader is a record with the same values to the strict one."""
    content = damaged(write(data.draw(RECORDS[kind])).decode(), dice).encode("utf-8", "surrogatepass")

    assert disagreement(content, kind) is None, content


@settings(max_examples=2000, deadline=None)
@given(st.sampled_from(SAMPLES), DICE)
def test_a_damaged_sample_is_read_the_same_or_not_at_all(sample, dice):
    """The same for likely texts, of which more stay canonical; `python tests/documents/mutations.py` is the long form."""
    kind, text = sample
    content = damaged(text, dice).encode("utf-8", "surrogatepass")

    assert disagreement(content, kind) is None, content


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_any_token_anywhere_is_read_the_same_or_not_at_all(data):
    """Whatever stands for the value of a line is what the strict reader takes it for; `--tokens` is the long form."""
    kind, text = data.draw(st.sampled_from([SAMPLES[1], SAMPLES[2], SAMPLES[4]]))
    content = with_token(
        text, data.draw(st.integers(0, text.count("\n"))), data.draw(st.sampled_from(TOKENS))
    )

    assert disagreement(content, kind) is None, content


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
    ("text", "heavy"), [(SAMPLES[1][1], set()), (SAMPLES[1][1] + "\n", {"pydantic", "ruamel"})]
)
def test_only_doubt_loads_the_strict_reader(text, heavy):
    """A canonical candidate is read without pydantic and ruamel.yaml; another one loads them by itself."""
    done = subprocess.run([sys.executable, "-c", CODE], input=text.encode(), capture_output=True, check=True)

    assert set(json.loads(done.stdout)) & {"pydantic", "ruamel", "yaml", "git", "gitdb", "dvc"} == heavy


def test_the_grammar_is_that_of_records():
    """What patterns repeat of the records and the writer says the same there."""
    line = schema_line(Candidate), schema_line(Experiment)

    assert SAMPLES[0][1].startswith(f"{line[0]}\nschema: ")
    assert SAMPLES[3][1].startswith(f"{line[1]}\nschema: ")
    assert canonical_text.DIGEST.replace("?+", "?").replace("(?:", "(") == Digest.pattern[1:-1]
    assert list(canonical.candidate(write(FULL))) == list(write_keys(Candidate))
    assert list(canonical.experiment(write(WHOLE))) == list(write_keys(Experiment))


def write_keys(kind):
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
    text = SAMPLES[0][1].replace("notes: ''", f"notes: {note}")

    assert disagreement(text.encode(), Candidate) is None


def test_the_quick_reader_s_bounds_are_within_the_strict_one_s():
    """A word needs a space; a line is at most a mapping, a key and a value."""
    assert canonical.MAX_BYTES / 2 <= MAX_WORDS
    assert 3 * canonical.MAX_LINES + 1 <= MAX_NODES


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
    head, _, tail = SAMPLES[1][1].partition(f"\n{where}:")
    content = f"{head}\n{where}:\n{text}\n{tail}".encode()
    start = time.process_time()

    canonical.candidate(content)

    assert time.process_time() - start < 0.3


@example("a")
@given(st.text(max_size=30))
def test_any_text_is_left_alone(text):
    """What is no record at all raises nothing."""
    assert canonical.candidate(text.encode("utf-8", "surrogatepass")) is None
    assert canonical.experiment(text.encode("utf-8", "surrogatepass")) is None
