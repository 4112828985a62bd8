"""`gitreg list` where the index is damaged in the middle of an answer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_calls import Gitreg


def damage(index: Path, table: str) -> None:
    """Overwrites the first page of a table, which nobody looks at before its rows are read."""
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [[page]] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        [[size]] = connection.execute("PRAGMA page_size")
    with index.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("table", ["params", "metrics_by_value", "datasets"])
@pytest.mark.parametrize("form", ["tsv", "json"])
def test_damage_in_the_middle_changes_no_answer(gitreg: Gitreg, place: Path, table: str, form: str) -> None:
    """A page that only the question meets is as good as an index that is not there."""
    words = ("list", "--sort", "-metrics.auc", "--format", form)
    before = gitreg(*words)
    damage(place / ".git" / "gitreg" / "index.sqlite", table)

    after = gitreg(*words)

    assert (after.code, after.out) == (0, before.out)
    assert "error" not in after.err
