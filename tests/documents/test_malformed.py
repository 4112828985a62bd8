"""Every malformed file is refused at its place, in words, quickly."""

from __future__ import annotations

import re
import time
import tracemalloc

import pytest
from counting import STUCK
from hypothesis import given, settings
from hypothesis import strategies as st
from malformed import CASES, EXPERIMENT, HEADS, Malformed

from gitreg.documents.layout import kind_of
from gitreg.documents.reader import problems, read, read_any
from gitreg.documents.writer import write
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


M = 1024 * 1024
HOSTILE = {
    "brackets": "[" * M,
    "braces": "{" * M,
    "brackets in lines": "[\n" * (M // 2),
    "explicit keys": "? " * (M // 2),
    "dashes": "- " * (M // 2),
    "hyphens": "-" * M,
    "escapes": 'a: "' + "\\n" * (M // 2 - 10) + '"',
    "quotes": "a: '" + "''" * (M // 2 - 10) + "'",
    "quoted": 'a: "' + "x" * (M - 10) + '"',
    "quoted words": 'a: "' + "x " * (M // 2 - 10) + '"',
    "plain": "a: " + "x" * (M - 10),
    "plain words": "a: " + "x " * (M // 2 - 10),
    "plain lines": "a:\n" + "  x\n" * (M // 4 - 10),
    "keys": "".join(f"k{n}: 1\n" for n in range(200_000))[: M - 1] + "\n",
    "keys in braces": "a: {" + ",".join(f"k{n}: 1" for n in range(200_000))[: M - 10] + "}",
    "anchors": "&a " * (M // 3),
    "aliases": "- *a\n" * (M // 5),
    "bombs": "a: &a [x,x]\n" + "b: [*a,*a,*a,*a]\n" * 1000,
    "tags": "!" * M,
    "tag words": "!a " * (M // 3),
    "comment": "#" * M,
    "comments": "#\n" * (M // 2),
    "spaces": " " * M,
    "lines of spaces": (" " * 1000 + "\n") * 1000,
    "line feeds": "\n" * M,
    "tabs": "\t" * M,
    "literal lines": "a: |\n" + "  x\n" * (M // 4 - 10),
    "literal": "a: |\n  " + "x" * (M - 20),
    "many literals": "a:\n" + "  - |\n    x\n" * (M // 12 - 10),
    "commas": "a: [" + "," * (M - 10),
    "colons": ":" * M,
    "colons and spaces": ": " * (M // 2),
    "staircase": "".join(" " * n + "a:\n" for n in range(1400)),
    "percents": "%" * M,
    "directives": "%a b\n" * (M // 5),
    "pairs": "a: [" + "a: b, " * (M // 6 - 2) + "]",
    "documents": "--- a\n" * (M // 6),
    "document ends": "...\n" * (M // 4),
    "long key": "a" * (M - 10) + ": b",
    "emoji": "a: " + "🎉" * (M // 4 - 10),
    "not UTF-8": b"a: " + b"\xc3" * (M - 10),
    "NUL": "\0" * M,
    "carriage returns": "\r\n" * (M // 2),
    "conflicts": "<<<<<<< \n" * (M // 9),
    "same key": "a: b\n" * (M // 5),
    "unknown keys": "schema: gitreg/experiment/v1\n" + "".join(f"metric{n}: b\n" for n in range(4000)),
    "long unknown keys": "schema: gitreg/experiment/v1\n"
    + "".join(f"{'m' * 900}{n}: b\n" for n in range(1000)),
    "bad tags": HEADS[EXPERIMENT] + "tags:\n" + "".join(f"  k{n}: [a]\n" for n in range(3000)),
    "bad keys": HEADS[EXPERIMENT] + "tags:\n" + "".join(f"  ' k{n}': a\n" for n in range(4500)),
    "deep and wide": HEADS[EXPERIMENT] + "extra: {a: " + "[" * 7 + "[a]," * 4000 + "]" * 7 + "}\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_quickly(name):
    """A file of 1 MiB that is made to keep a reader busy is refused (within a second where nothing else runs)."""
    text = HOSTILE[name]
    content = text if isinstance(text, bytes) else text.encode()
    start = time.process_time()

    with pytest.raises(RecordError):
        read(content, Experiment, EXPERIMENT)

    spent = time.process_time() - start
    assert spent < STUCK, f"{spent:.2f} s"


@pytest.mark.parametrize("name", ["emoji", "brackets", "literal lines", "keys"])
def test_hostile_file_takes_little_memory(name):
    """Nor does it fill memory."""
    content = HOSTILE[name].encode()
    tracemalloc.start()
    try:
        with pytest.raises(RecordError):
            read(content, Experiment, EXPERIMENT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 200 * M


@pytest.mark.parametrize("name", ["unknown keys", "long unknown keys", "bad tags", "bad keys"])
def test_many_problems_are_told_quickly(name):
    """`validate` shows all faults, and looks for each likely word only where that is cheap."""
    start = time.process_time()

    found = problems(HOSTILE[name].encode(), Experiment, EXPERIMENT)

    assert len(found) >= 1000
    assert time.process_time() - start < STUCK


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_files_are_records_or_refused(data):
    """Whatever happens to a file, the reader answers with a record or a place; it never fails otherwise."""
    case = data.draw(st.sampled_from([case for case in CASES if len(case.text) < 2000]))
    at = data.draw(st.integers(0, len(case.text)))
    damage = data.draw(st.sampled_from(DAMAGE) | st.binary(max_size=3))
    content = case.text[:at] + damage + case.text[at + data.draw(st.integers(0, 3)) :]

    record, place = read_or_place(content, case.path)

    assert record is None or read_any(write(record), case.path) == record
    assert place is None or re.fullmatch(re.escape(case.path) + r":[1-9]\d*:[1-9]\d*", place)


def read_or_place(content, path):
    try:
        return read_any(content, path), None
    except RecordError as error:
        return None, error.place


DAMAGE = [
    b"\n",
    b"\t",
    b": ",
    b"- ",
    b"null",
    b"<<",
    b"---",
    b"...",
    "é".encode(),
    *(bytes([code]) for code in b"#:-?[]{},'\"|>&*!%@`\\~"),
]


class Containing(str):
    """Equal to any text that holds it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        return str(self) in other
