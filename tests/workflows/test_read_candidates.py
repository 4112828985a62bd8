"""Candidates from files of other programs."""

from __future__ import annotations

import io
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.documents.events_ruamel import tree
from gitreg.documents.nodes import MappingNode, Node, SequenceNode
from gitreg.documents.screen import screen
from gitreg.errors import RecordError
from gitreg.workflows.candidates.json_tree import json_tree
from gitreg.workflows.candidates.read_candidates import (
    MAX_BYTES,
    _joined_pairs,
    read_candidates,
    stream_candidates,
)

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


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(ANY_JSON, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_quick_way_reads_what_the_yaml_reader_reads(value: object, ascii_only: bool) -> None:
    """The same text, the same quotes, in the same order; or it leaves it to the other."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    quick = json_tree(text)

    if quick is not None:
        assert _bare(quick) == _bare(tree(screen(_joined_pairs(text).encode(), "f"), "f"))


def _bare(node: Node) -> object:
    """A tree without its places."""
    if isinstance(node, MappingNode):
        return [(_bare(key), _bare(value)) for key, value in node.entries]
    if isinstance(node, SequenceNode):
        return ("list", [_bare(item) for item in node.items])
    return (node.text, node.plain)


def test_ordinary_candidates_are_read_the_quick_way() -> None:
    """Or a thousand of them take two seconds more."""
    assert json_tree(
        '{"params": {"lr": 0.1, "n\\u00fc": "\\ud83d\\ude00"}, "metrics": {"auc": 1e-3}, "tags": {}}'
    )


@pytest.mark.parametrize(
    "text", ['{"a": NaN}', '{"a": "\\u0007"}', '{"a": "\\ud800"}', '{"a" 1}', "[" * 40 + "]" * 40, "{" * 9999]
)
def test_what_is_not_ordinary_is_left_to_the_yaml_reader(text: str) -> None:
    """It tells the place of what is wrong."""
    assert json_tree(text) is None


def test_lines_are_read_one_by_one() -> None:
    """What comes after is not asked for before the candidate is taken."""

    class Endless(io.BytesIO):
        count = 0

        def readline(self, _size: int | None = -1, /) -> bytes:
            self.count += 1
            return b'{"params": {"n": %d}}\n' % self.count

    endless = Endless()
    found = stream_candidates(endless, "f")

    assert [next(found).params["n"] for _ in range(3)] == ["1", "2", "3"]
    assert endless.count == 3


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"name": "a"}\n\n{"name": "b",\n "metrics": {"auc": "x"}}', "f:4:21"),
        ('{"name": "a"}\n{"nome": "b"}', "f:2:2"),
        ('{"name": "a"}\n{"name": "b"} {"name": 1}x', "f:2:26"),
        ('{"name": "a"}\n{"name": "b"', "f:2:13"),
        ('{"name": "a", "name": "b"}', "f:1:15"),
    ],
)
def test_a_fault_after_whole_lines_has_its_place(text: str, place: str) -> None:
    """Whichever way it was read; several objects on a line, and one over several lines, are candidates too."""
    with pytest.raises(RecordError) as refused:
        read_candidates(text.encode(), "f")

    assert refused.value.place == place


def test_objects_over_several_lines_may_follow_those_on_one() -> None:
    """As a person edits such a file."""
    text = b'{"name": "a"}\n{\n "name": "b"\n}\n{"name": "c"} {"name": "d"}\n'

    assert [one.name for one in read_candidates(text, "f")] == ["a", "b", "c", "d"]
