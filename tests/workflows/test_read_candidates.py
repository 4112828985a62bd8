"""Candidates from files of other programs."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import RecordError
from gitreg.workflows.read_candidates import MAX_BYTES, read_candidates

WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co", "Cf"]), max_size=20
)
KEY = st.from_regex(r"[a-z][a-z0-9_.]{0,10}", fullmatch=True)
CANDIDATE = st.fixed_dictionaries(
    {
        "params": st.dictionaries(KEY, WORD, max_size=4),
        "metrics": st.dictionaries(KEY, st.floats(allow_nan=False, allow_infinity=False), max_size=4),
        "notes": WORD,
    }
)


@given(st.lists(CANDIDATE, min_size=1, max_size=4), st.booleans(), st.sampled_from([None, 2, "\t"]))
@settings(max_examples=100, deadline=None)
def test_any_json_gives_the_same_candidates(
    candidates: list[dict[str, object]], ascii_only: bool, indent: int | str | None
) -> None:
    """An array or one object a line, escaped or not, indented or not: the same candidates."""
    array = json.dumps(candidates, ensure_ascii=ascii_only, indent=indent)
    lines = "\n".join(json.dumps(one, ensure_ascii=ascii_only) for one in candidates)

    for text in (array, lines):
        found = read_candidates(text.encode(), "f")
        assert [one.params for one in found] == [one["params"] for one in candidates]
        assert [one.metrics for one in found] == [one["metrics"] for one in candidates]
        assert [one.notes for one in found] == [one["notes"] for one in candidates]


def test_numbers_in_params_stay_as_they_were_written() -> None:
    """No digit is lost between the file and the record."""
    [found] = read_candidates(
        b'{"params": {"lr": 1.10, "n": 1E-4, "b": true, "none": null, "text": "012"}}', "f"
    )

    assert found.params == {"lr": "1.10", "n": "1E-4", "b": "true", "none": "null", "text": "012"}


def test_words_for_what_json_lacks() -> None:
    """NaN and infinities come as text, as other programs write them."""
    [found] = read_candidates(b'{"metrics": {"a": "NaN", "b": "-Infinity"}}', "f")

    assert math.isnan(found.metrics["a"])
    assert found.metrics["b"] == -math.inf


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"params": {}}\n\n  {"colour": 1}', "f:3:4"),
        ('[\n  {"params": {}},\n  {"params": {"a": [1]}}\n]', "f:3:20"),
        ('[{"params": {}}, {}', "f:1:20"),
        ("[{}] []", "f:1:6"),
        ("[{},]", "f:1:4"),
        ("[", "f:1:2"),
        ("[{},\n", "f:2:1"),
        ('{"a": }', "f:1:7"),
        ("params: {}\n---\nmetrics:\n  auc: high\n", "f:4:8"),
        ("- params: {}\n- metrics: {a: b}\n", "f:2:16"),
        ("params: {}\n---\n- 1\n", "f:3:3"),
        ("[" * 100_000, "f:1:2"),
        ("x\n\udcff", "f:2:1"),
    ],
)
def test_fault_has_its_place(text: str, place: str) -> None:
    """Line and column are the file's, however many documents came before."""
    with pytest.raises(RecordError) as caught:
        read_candidates(text.encode("utf-8", "surrogateescape"), "f")

    assert caught.value.place == place


@pytest.mark.parametrize("text", ["", " \n", "[]", "---\n---\n"])
def test_nothing_is_no_candidate(text: str) -> None:
    """An empty file holds none; the caller says so."""
    assert read_candidates(text.encode(), "f") == []


def test_too_much_is_refused() -> None:
    """A file has a largest size."""
    with pytest.raises(RecordError):
        read_candidates(b" " * (MAX_BYTES + 1), "f")
