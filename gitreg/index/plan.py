"""What there is to do before the index knows a commit: which files to read, and which rows to remove.

Between two commits Git tells the difference. Where there is no commit to start from, or Git has it no more, every file is
listed and compared with what the index holds, by path and blob: what it knows already is not read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TypeAlias

from gitreg.documents.places import (
    candidate_of,
    candidate_path,
    experiment_of,
    experiment_path,
    logged_model_of,
    logged_model_path,
)
from gitreg.errors import GitregError
from gitreg.gitrepo.names import ObjectId
from gitreg.index.source import Source

PREFIX = "experiments"
RECORD = ""
"""Stands in place of an id for the experiment's own record."""
MODEL = "m-"
"""Stands before the id of a logged model."""
_ID, _BLOB = 16, 20
_WIDTH = _ID + _BLOB
File: TypeAlias = tuple[str, ObjectId]
Change: TypeAlias = tuple[str, str, ObjectId | None]
"""Experiment, candidate's id, `MODEL` with a logged model's id, or `RECORD`; and the blob: None where there is no file any more."""
Drawer: TypeAlias = tuple[str, str]
"""Experiment, and the id up to its first two digits: a folder of the registry, and few enough rows to compare at once."""


class Plan:
    """Files to read and files that are gone; a million candidates take 36 MB."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.gone: list[str] = []
        self._experiments: list[File] = []
        self._packed: dict[tuple[str, str], bytearray] = {}
        for slug, id_, blob in changes:
            if blob is None:
                self.gone.append(path_of(slug, id_))
            elif id_ == RECORD:
                self._experiments.append((path_of(slug, id_), blob))
            else:
                kind = MODEL if id_.startswith(MODEL) else ""
                digits = id_.removeprefix(MODEL) + blob
                self._packed.setdefault((slug, kind), bytearray()).extend(bytes.fromhex(digits))

    def __len__(self) -> int:
        return self.files + len(self.gone)

    @property
    def files(self) -> int:
        """How many files there are to read."""
        return sum(map(len, self._packed.values())) // _WIDTH + len(self._experiments)

    def chunks(self, size: int) -> Iterator[list[File]]:
        """The files to read, so many at a time, in the order in which the index keeps them best."""
        files = self._files()
        while chunk := list(islice(files, size)):
            yield chunk

    def _files(self) -> Iterator[File]:
        yield from self._experiments
        for (slug, kind), packed in self._packed.items():
            for start in range(0, len(packed), _WIDTH):
                middle, end = start + _ID, start + _WIDTH
                path = path_of(slug, kind + packed[start:middle].hex())
                yield path, ObjectId(packed[middle:end].hex())


def plan(connection: sqlite3.Connection, source: Source, known: str | None, tip: ObjectId | None) -> Plan:
    """What there is to do.

    Args:
        connection: the index.
        source: the repository.
        known: the commit that the index knows; None when it knows none whole.
        tip: the commit that it shall know; None for nothing at all.
    """
    if known and tip:
        try:
            return Plan(_placed(source.changed_blobs(ObjectId(known), tip, PREFIX)))
        except GitregError:
            if source.is_commit(ObjectId(known)):
                raise
    listed = source.changed_blobs(None, tip, PREFIX) if tip else ()
    return Plan(_compared(connection, _placed(listed)))


def path_of(slug: str, id_: str) -> str:
    """The path of a record."""
    if id_.startswith(MODEL):
        return logged_model_path(slug, id_.removeprefix(MODEL))
    return experiment_path(slug) if id_ == RECORD else candidate_path(slug, id_)


def _place(path: str) -> tuple[str, str] | None:
    """Experiment and id of a record, as a change says them."""
    if candidate := candidate_of(path):
        return candidate
    if model := logged_model_of(path):
        return model[0], MODEL + model[1]
    slug = experiment_of(path)
    return (slug, RECORD) if slug else None


def _placed(changes: Iterable[tuple[str, ObjectId | None]]) -> Iterator[Change]:
    """Those files that are records of candidates, experiments and logged models; the rest is none of the index's."""
    for path, blob in changes:
        if place := _place(path):
            yield *place, blob


def _compared(connection: sqlite3.Connection, listed: Iterable[Change]) -> Iterator[Change]:
    """What differs between the files there are and the rows there are."""
    faulty = _faulty(connection)
    unseen = {*_drawers(connection), *faulty}
    for drawer, group in groupby(listed, key=_drawer_of):
        unseen.discard(drawer)
        known = _known(connection, drawer) | faulty.get(drawer, {})
        for slug, id_, blob in group:
            if blob is None or known.pop(id_, None) != bytes.fromhex(blob):
                yield slug, id_, blob
        yield from ((drawer[0], id_, None) for id_ in known)
    for drawer in sorted(unseen):
        known = _known(connection, drawer) | faulty.get(drawer, {})
        yield from ((drawer[0], id_, None) for id_ in known)


def _drawer_of(change: Change) -> Drawer:
    return change[0], _drawer(change[1])


def _drawer(id_: str) -> str:
    return id_[: len(MODEL) + 2] if id_.startswith(MODEL) else id_[:2]


def _drawers(connection: sqlite3.Connection) -> Iterator[Drawer]:
    """The folders of all records that could be read."""
    yield from connection.execute(
        "SELECT DISTINCT slug, substr(id, 1, 2) FROM candidates JOIN experiments USING (e) WHERE draft = 0"
        " UNION ALL SELECT slug, '' FROM experiments WHERE blob IS NOT NULL"
        f" UNION ALL SELECT DISTINCT slug, '{MODEL}' || substr(id, 1, 2) FROM logged_models JOIN experiments USING (e)"
    )


def _known(connection: sqlite3.Connection, drawer: Drawer) -> dict[str, bytes]:
    """Blobs of the records of a folder, by id."""
    slug, digits = drawer
    if digits == RECORD:
        record = "SELECT '', blob FROM experiments WHERE slug = ? AND name IS NOT NULL"
        return dict(connection.execute(record, (slug,)))
    if digits.startswith(MODEL):
        digits = digits.removeprefix(MODEL)
        models = connection.execute(
            f"SELECT '{MODEL}' || id, logged_models.blob FROM logged_models JOIN experiments USING (e)"
            " WHERE slug = ? AND id >= ? AND id < ?",
            (slug, digits, f"{digits}g"),
        )
        return dict(models)
    candidates = connection.execute(
        "SELECT id, candidates.blob FROM candidates JOIN experiments USING (e) "
        "WHERE slug = ? AND id >= ? AND id < ? AND draft = 0",
        (slug, digits, f"{digits}g"),
    )
    return dict(candidates)


def _faulty(connection: sqlite3.Connection) -> dict[Drawer, dict[str, bytes]]:
    """Files that are no records, each with a blob that no file has, so that it is read again."""
    found: dict[Drawer, dict[str, bytes]] = {}
    for (path,) in connection.execute("SELECT path FROM faults"):
        slug, id_ = _place(path) or ("", RECORD)
        found.setdefault((slug, _drawer(id_)), {})[id_] = b""
    return found
