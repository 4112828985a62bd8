"""The index made anew, as the first search in a fresh clone does."""

from __future__ import annotations

import importlib
import importlib.util
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import raw_sqlite
from budgets import Budget, Term
from contestants.base import Start
from figures import Contestant, Skipped
from processes import process
from records import FIXED
from report import Run
from setting import Setting, Words

from gitreg.documents.places import CANDIDATES_BRANCH

NAME = "gitreg list -n 1, no index"
FLOOR = "rapidyaml, orjson and SQLite rows (floor)"
FASTEST = ("ryml", "orjson")
CHUNK = 2000
NOTES = """The index is deleted before each turn. gitreg is a process, from start to exit, with as many workers as it takes; the
floor is one thread in a process that runs already: `git cat-file --batch`, rapidyaml to JSON and orjson to Python, rows
and indices of a schema made by hand. It checks nothing."""


def measure(setting: Setting) -> Run:
    """In the largest registry of a usual run: a million would take as long as all the rest."""
    size = min(setting.scale.searched_most, 100_000)
    start = setting.stock.start(size, FIXED)
    made = [_ours(start, setting.place("ours")), _floor(start, setting.place("floor"))]
    words = Words("cold_index", f"Cold index of {size:,}", NOTES, NAME)
    budget = Budget(f"cold index of {size:,}: 1.5 x the floor", NAME, (Term(1.5, FLOOR),))
    return setting.contest(words, made, [budget], 2)


def _ours(start: Start, place: Path) -> Contestant | Skipped:
    registry = start.copy(place)

    def arrange(turn: int) -> int:
        for path in (registry / ".git" / "gitreg").glob("index*"):
            path.unlink()
        return turn

    return process(
        *(NAME, ["gitreg", "list", "-n", "1"], start.environ, registry), size=start.size, arrange=arrange
    )


def _floor(start: Start, place: Path) -> Contestant | Skipped:
    missing = [name for name in FASTEST if importlib.util.find_spec(name) is None]
    if missing:
        return Skipped(FLOOR, f"not installed: {', '.join(missing)}")
    ryml, orjson = map(importlib.import_module, FASTEST)

    def act(database: Path) -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript(f"pragma synchronous = off; {raw_sqlite.TABLES}")
            records = (orjson.loads(ryml.emit_json(ryml.parse_in_arena(text))) for text in _texts(start))
            first = 1
            while part := list(islice(records, CHUNK)):
                raw_sqlite.add(connection, first, part)
                first += len(part)
            connection.executescript(raw_sqlite.INDICES)

    return Contestant(FLOOR, start.size, lambda turn: place / f"{turn}.sqlite", act)


def _texts(start: Start) -> Iterator[bytes]:
    """The content of every record, as Git streams it."""
    listed = start.git(start.registry, "ls-tree", "-r", "-z", CANDIDATES_BRANCH, "experiments")
    ids = [line.split()[2] for line in listed.split(b"\0") if b"/candidates/" in line]
    command = ["git", "-C", str(start.registry), "cat-file", "--batch", "--buffer"]
    wanted = start.registry.with_name("ids")
    wanted.write_bytes(b"\n".join(ids) + b"\n")
    with (
        wanted.open("rb") as asked,
        subprocess.Popen(command, env=dict(start.environ), stdin=asked, stdout=subprocess.PIPE) as git,
    ):
        assert git.stdout is not None
        for _ in ids:
            head: list[Any] = git.stdout.readline().split()
            yield git.stdout.read(int(head[2]) + 1)[:-1]
