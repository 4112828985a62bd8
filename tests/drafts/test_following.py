"""A journal that is read on from where it was left comes to what reading it from the start comes to."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_entries import ENTRIES

from gitreg.domain.curves import Folding
from gitreg.drafts.content import content_of
from gitreg.drafts.following import Followed
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import line
from gitreg.errors import NotFoundError, RecordError

TORN = st.just(b'\n{"kind":"metric","key":"a"')


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.lists(ENTRIES.map(lambda entry: line(entry).encode()) | TORN, max_size=4), max_size=5),
    cuts=st.lists(st.integers(0, 40), min_size=5, max_size=5),
)
def test_reading_on_is_reading_all(parts: list[list[bytes]], cuts: list[int]) -> None:
    """Wherever it was left, in the middle of a line too, and however often it was put down."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.ndjson"
        path.write_bytes(b"")
        followed = Followed()
        whole = b""
        for part, cut in zip(parts, cuts, strict=False):
            whole += b"".join(part)
            path.write_bytes(whole[: max(len(whole) - cut, followed.offset)])
            followed.read_on(path)
            path.write_bytes(whole)
            followed.read_on(path)
            followed = Followed.taken_up(followed.put_down())

        expected = Folding()
        content = content_of(Journal(path), Path(folder), expected.add)
        content.join_earlier(expected)

    assert repr(followed.folding.folded()) == repr(expected.folded())
    for field in (
        "params",
        "tags",
        "notes",
        "data",
        "models",
        "name",
        "deleted",
        "ended",
        "waits",
        "until",
        "unknown",
    ):
        assert getattr(followed.content, field) == getattr(content, field)


def test_only_what_was_appended_is_read(tmp_path: Path) -> None:
    """What was read is not looked at again: it may even be something else by now."""
    path = tmp_path / "journal.ndjson"
    path.write_bytes(b'\n{"kind":"metric","key":"loss","value":1.0}' * 1000)
    followed = Followed()
    followed.read_on(path)
    with path.open("r+b") as file:
        file.write(b"x" * (followed.offset - 1))
    with path.open("ab") as file:
        file.write(b'\n{"kind":"metric","key":"loss","value":0.5,"step":1}')

    followed.read_on(path)

    assert followed.folding.folded().metrics == {"loss": 0.5}
    assert followed.folding.folded().curves["loss"].points == 1001
    assert followed.offset == path.stat().st_size


def test_what_no_gitreg_wrote_is_refused(tmp_path: Path) -> None:
    """As when the draft is read whole."""
    path = tmp_path / "journal.ndjson"
    path.write_bytes(b'\n{"kind":"metric","key":7,"value":"x"}')

    with pytest.raises(RecordError, match="not an entry of a draft"):
        Followed().read_on(path)


def test_a_removed_draft_has_ended(tmp_path: Path) -> None:
    """It was finished while somebody looked."""
    with pytest.raises(NotFoundError):
        Followed().read_on(tmp_path / "gone")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"offset":0}', "null", '{"offset":0,"points":[]}', "[" * 5000]
)
def test_what_was_not_put_down_is_refused(text: str) -> None:
    """Then it is read from the start."""
    with pytest.raises(ValueError, match=r"put down|JSON|Expecting|recursion|folded"):
        Followed.taken_up(text)


@pytest.mark.parametrize("words", [{"a": []}, {"a": [1, 2]}, {"a": ["x", 1, None, 1, 1, 1, True]}, {"a": 3}])
def test_points_that_were_not_put_down_are_refused(words: dict[str, object]) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"folded points|unpack|convert"):
        Folding.taken_up(words)
