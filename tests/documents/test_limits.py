"""What is written can be read: the writer keeps the reader's limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.documents.limits import MAX_DEPTH, MAX_NODES
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.experiment import Experiment
from gitreg.domain.record import EXTRA_DEPTH
from gitreg.errors import RecordError


def experiment(**changes):
    return Experiment(slug="churn", name="churn", number="0", **changes)


@pytest.mark.parametrize(
    ("changes", "unit"),
    [
        ({"description": "x" * (1024 * 1024)}, "bytes"),
        ({"description": "x\n" * 100_001}, "lines"),
        ({"tags": {f"k{n}": "v" for n in range(MAX_NODES // 2)}}, "keys and values"),
        ({"tags": {f"k{n}": "x " * 400 + "'" for n in range(300)}}, "words on single lines"),
    ],
)
def test_what_no_reader_would_read_is_not_written(changes, unit):
    """The error says what is too much, before anything is committed."""
    with pytest.raises(RecordError, match=f"the experiment would have .* {unit}"):
        write(experiment(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "x y " * 200_000 + "z"},
        {"description": "x" * 1_000_000},
        {"description": "word " * 15 + "\n" * 3},
        {"description": "a line\n" * 90_000},
        {"tags": {f"k{n}": "v" for n in range(4900)}},
        {"tags": {"'" * 250: "\\" * 250, '"' * 250: "é" * 250, "🎉" * 250: ""}},
    ],
)
def test_what_is_large_and_written_is_read(changes):
    """Up to the limits, files are read back."""
    record = experiment(**changes)

    assert read(write(record), Experiment, "x.yaml") == record


@given(
    st.recursive(
        st.just("x"),
        lambda inner: st.lists(inner, max_size=1) | st.dictionaries(st.just("k"), inner, max_size=1),
        max_leaves=1,
    )
)
def test_extra_is_never_too_deep(value):
    """The deepest `extra` that a record accepts is not too deep for its file."""
    assert EXTRA_DEPTH + 2 < MAX_DEPTH
    try:
        record = experiment(extra={"a": value})
    except ValueError:
        return

    assert read(write(record), Experiment, "x.yaml") == record
