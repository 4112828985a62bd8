"""Every malformed file is refused at its place, in words, quickly."""

from __future__ import annotations

import re
import time
import tracemalloc

import pytest
from malformed import CASES, EXPERIMENT, HEADS, Malformed

from gitreg.documents.layout import kind_of
from gitreg.documents.reader import problems, read, read_any
from gitreg.domain.experiment import Experiment
from gitreg.errors import RecordError


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_malformed_file_is_refused_at_its_place(case: Malformed):
    """The error names path, line, column and the reason."""
    with pytest.raises(RecordError) as caught:
        read_any(case.text, case.path)

    assert (caught.value.place, caught.value.message) == (
        f"{case.path}:{case.line}:{case.column}",
        Containing(case.reason),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_problems_begin_with_what_read_says(case: Malformed):
    """`validate` and every other command agree."""
    kind = kind_of(case.path)

    assert str(problems(case.text, kind, case.path)[0]).startswith(f"{case.path}:{case.line}:{case.column}: ")


class Containing(str):
    """Equal to any text that holds it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return str(self) in other
