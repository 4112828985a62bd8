"""What there is to do before the index knows a commit: which files to read, and which rows to remove.

Between two commits Git tells the difference. Where there is no commit to start from, or Git has it no more, every file is
listed and compared with what the index holds, by path and blob: what it knows already is not read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TypeAlias

from gitreg.documents.places import candidate_of, candidate_path, experiment_of, experiment_path
from gitreg.errors import GitregError
from gitreg.gitrepo.names import ObjectId
from gitreg.index.source import Source

PREFIX = "experiments"
RECORD = ""
"""Stands in place of an id for the experiment's own record."""
_ID, _BLOB = 16, 20
_WIDTH = _ID + _BLOB
File: TypeAlias = tuple[str, ObjectId]
Change: TypeAlias = tuple[str, str, ObjectId | None]
"""Experiment, candidate's id or `RECORD`, and the blob; None where there is no file any more."""
Drawer: TypeAlias = tuple[str, str]
"""Experiment, and the first two digits of the id: a folder of the registry, and few enough rows to compare at once."""


class Plan:
    """Files to read and files that are gone; a million candidates take 36 MB."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.gone: list[str] = []
        self._experiments: list[File] = []
        self._candidates: dict[str, bytearray] = {}
        for slug, id_, blob in changes:
            if blob is None:
                self.gone.append(path_of(slug, id_))
            elif id_ == RECORD:
                self._experiments.append((path_of(slug, id_), blob))
            else:
                self._candidates.setdefault(slug, bytearray()).extend(bytes.fromhex(id_ + blob))

    def __len__(self) -> int:
        return self.files + len(self.gone)

    @property
    def files(self) -> int:
        """How many files there are to read."""
        return sum(map(len, self._candidates.values())) // _WIDTH + len(self._experiments)

    def chunks(self, size: int) -> Iterator[list[File]]:
        """The files to read, so many at a time, in the order in which the index keeps them best."""
        files = self._files()
        while chunk := list(islice(files, size)):
            yield chunk

    def _files(self) -> Iterator[File]:
        yield from self._experiments
        for slug, packed in self._candidates.items():
            for start in range(0, len(packed), _WIDTH):
                middle, end = start + _ID, start + _WIDTH
                yield candidate_path(slug, packed[start:middle].hex()), ObjectId(packed[middle:end].hex())


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
    return experiment_path(slug) if id_ == RECORD else candidate_path(slug, id_)


def _placed(changes: Iterable[tuple[str, ObjectId | None]]) -> Iterator[Change]:
    """Those files that are records of candidates and experiments; the rest is none of the index's."""
    for path, blob in changes:
        if candidate := candidate_of(path):
            yield *candidate, blob
        elif slug := experiment_of(path):
            yield slug, RECORD, blob


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
    return change[0], change[1][:2]


def _drawers(connection: sqlite3.Connection) -> Iterator[Drawer]:
    """The folders of all records that could be read."""
    yield from connection.execute(
        "SELECT DISTINCT slug, substr(id, 1, 2) FROM candidates JOIN experiments USING (e) WHERE draft = 0"
        " UNION ALL SELECT slug, '' FROM experiments WHERE blob IS NOT NULL"
    )


def _known(connection: sqlite3.Connection, drawer: Drawer) -> dict[str, bytes]:
    """Blobs of the records of a folder, by id."""
    slug, digits = drawer
    if digits == RECORD:
        record = "SELECT '', blob FROM experiments WHERE slug = ? AND name IS NOT NULL"
        return dict(connection.execute(record, (slug,)))
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
        slug, id_ = candidate_of(path) or (experiment_of(path) or "", RECORD)
        found.setdefault((slug, id_[:2]), {})[id_] = b""
    return found
