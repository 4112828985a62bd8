"""Puts what was found in files into the tables. Knows rows; its caller knows when a transaction begins and ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TypeVar

from gitreg.documents.places import (
    candidate_of,
    candidate_path,
    experiment_of,
    experiment_path,
    logged_model_of,
    logged_model_path,
)
from gitreg.index.found import Candidate, Experiment, Fault, Found, LoggedModel
from gitreg.index.schema import VALUES

T = TypeVar("T")
REMEMBERED = 50_000
"""Words that are not asked for twice; what is beyond is asked for again."""
_CANDIDATE = f"INSERT INTO candidates VALUES ({', '.join('?' * 21)})"
_VALUE = {table: f"INSERT INTO {table}(n, k, value) VALUES (?, ?, ?)" for table in VALUES}
_POINT = "UPDATE metrics SET step = ?, time = ? WHERE n = ? AND k = ?"
_DATASET = "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?)"
_EXTRA = "INSERT INTO extras VALUES (?, ?)"
_MODEL = f"INSERT INTO logged_models VALUES (NULL, {', '.join('?' * 11)})"


class Writer:
    """Writes into one index, in one transaction or in several that all succeed.

    Args:
        connection: the index.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._words: dict[str, int] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._experiments: dict[str, int] = {}
        self._faulty = {path for (path,) in connection.execute("SELECT path FROM faults")}
        self._left: set[str] = set()
        self._dropped: set[int] = set()
        [[last]] = connection.execute("SELECT max(n) FROM candidates")
        self._next = (last or 0) + 1
        self._was_empty = last is None

    def put(self, found: Iterable[Found]) -> None:
        """Puts what stands in files there in place of what stood in them before."""
        candidates = []
        for one in found:
            if isinstance(one, Candidate):
                candidates.append((self._number(one), one))
            elif isinstance(one, Experiment):
                self._put_experiment(one)
            elif isinstance(one, LoggedModel):
                self._put_logged_model(one)
            else:
                self._put_fault(one)
        self._insert(candidates)

    def put_draft(self, candidate: Candidate) -> int:
        """Puts a running candidate there; returns its number."""
        n = self._new()
        self._insert([(n, candidate)])
        return n

    def remove(self, path: str) -> None:
        """Removes what stood in a file."""
        self._forget_fault(path)
        if candidate := candidate_of(path):
            self._remove_candidate(*candidate)
        elif model := logged_model_of(path):
            self._remove_logged_model(*model)
        elif slug := experiment_of(path):
            self._blank_experiment(slug, None)
            self._left.add(slug)

    def remove_number(self, n: int) -> None:
        """Removes a candidate, and its experiment when nothing else keeps that."""
        slugs = self._connection.execute(
            "SELECT slug FROM candidates JOIN experiments USING (e) WHERE n = ?", (n,)
        )
        self._left.update(slug for (slug,) in slugs)
        self._cleared(n)

    def tidy(self) -> None:
        """Removes the experiments and keys that nothing needs any more, so that the past leaves no trace in answers."""
        for slug in self._left:
            self._connection.execute(
                "DELETE FROM experiments WHERE slug = ? AND blob IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM candidates WHERE candidates.e = experiments.e)"
                " AND NOT EXISTS (SELECT 1 FROM logged_models WHERE logged_models.e = experiments.e)"
                " AND NOT EXISTS (SELECT 1 FROM faults WHERE path >= ? AND path < ?)",
                (slug, f"experiments/{slug}/", f"experiments/{slug}0"),
            )
        self._left.clear()
        for k in self._dropped:
            self._connection.execute(
                "DELETE FROM keys WHERE k = :k AND NOT EXISTS (SELECT 1 FROM metrics WHERE k = :k)"
                " AND NOT EXISTS (SELECT 1 FROM params WHERE k = :k) AND NOT EXISTS (SELECT 1 FROM tags WHERE k = :k)",
                {"k": k},
            )
        self._dropped.clear()
        self._keys.clear()
        self._experiments.clear()

    def _number(self, candidate: Candidate) -> int:
        """A free number: the one that the candidate has, or a new one."""
        e = self._experiment(candidate.experiment)
        if self._faulty:
            self._forget_fault(candidate_path(candidate.experiment, candidate.id))
        n = self._at(e, candidate.id)
        return self._cleared(n) if n else self._new()

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def _at(self, e: int, id_: str) -> int | None:
        if self._was_empty:
            return None  # no file is read twice in one build
        found = self._connection.execute(
            "SELECT n FROM candidates WHERE e = ? AND id = ? AND draft = 0", (e, id_)
        ).fetchone()
        return int(found[0]) if found else None

    def _cleared(self, n: int) -> int:
        for table in VALUES:
            found = self._connection.execute(f"SELECT k FROM {table} WHERE n = ?", (n,))
            self._dropped.update(k for (k,) in found)
            self._connection.execute(f"DELETE FROM {table} WHERE n = ?", (n,))
        self._connection.execute("DELETE FROM datasets WHERE n = ?", (n,))
        self._connection.execute("DELETE FROM extras WHERE n = ?", (n,))
        self._connection.execute("DELETE FROM candidates WHERE n = ?", (n,))
        return n

    def _insert(self, candidates: list[tuple[int, Candidate]]) -> None:
        many = self._connection.executemany
        many(_CANDIDATE, [self._columns(n, one) for n, one in candidates])
        for table, statement in _VALUE.items():
            keys = self._keys_of(table, candidates)
            values = (
                (n, keys[key], value) for n, one in candidates for key, value in getattr(one, table).items()
            )
            many(statement, values)
        points = [(n, one) for n, one in candidates if one.points]
        keys = self._keys_of("metrics", points)
        many(_POINT, ((*point, n, keys[key]) for n, one in points for key, point in one.points.items()))
        many(_EXTRA, [(n, one.extra) for n, one in candidates if one.extra])
        many(_DATASET, [(n, place, *one) for n, found in candidates for place, one in enumerate(found.data)])

    def _columns(self, n: int, one: Candidate) -> tuple[object, ...]:
        return (
            n,
            one.id,
            self._experiment(one.experiment),
            *one[2:7],
            self._word(one.author),
            one.parent,
            self._word(one.repository),
            self._word(one.revision),
            self._word(one.branch),
            *one[12:18],
            one.blob is None,
            self._word(one.user or one.author),
        )

    def _put_experiment(self, one: Experiment) -> None:
        self._forget_fault(experiment_path(one.slug))
        self._connection.execute(
            "UPDATE experiments SET blob = ?, name = ?, number = ?, description = ?, primary_metric = ?, deleted = ?,"
            " document = ?, made = ?, changed = ?, location = ? WHERE e = ?",
            (*one[1:], self._experiment(one.slug)),
        )

    def _blank_experiment(self, slug: str, blob: bytes | None) -> None:
        self._connection.execute(
            "UPDATE experiments SET blob = ?, name = NULL, number = NULL, description = NULL, primary_metric = NULL,"
            " deleted = NULL, document = NULL, made = NULL, changed = NULL, location = NULL WHERE slug = ?",
            (blob, slug),
        )

    def _put_logged_model(self, one: LoggedModel) -> None:
        self._remove_logged_model(one.experiment, one.id)
        self._forget_fault(logged_model_path(one.experiment, one.id))
        self._connection.execute(_MODEL, (one.id, self._experiment(one.experiment), *one[2:]))

    def _remove_logged_model(self, slug: str, id_: str) -> None:
        self._left.add(slug)
        self._connection.execute(
            "DELETE FROM logged_models WHERE id = ? AND e = (SELECT e FROM experiments WHERE slug = ?)",
            (id_, slug),
        )

    def _put_fault(self, one: Fault) -> None:
        if candidate := candidate_of(one.path):
            self._experiment(candidate[0])
            self._remove_candidate(*candidate)
        elif model := logged_model_of(one.path):
            self._experiment(model[0])
            self._remove_logged_model(*model)
        elif slug := experiment_of(one.path):
            self._experiment(slug)
            self._blank_experiment(slug, one.blob)
        self._connection.execute("INSERT OR REPLACE INTO faults VALUES (?, ?, ?)", one)
        self._faulty.add(one.path)

    def _forget_fault(self, path: str) -> None:
        if path in self._faulty:
            self._connection.execute("DELETE FROM faults WHERE path = ?", (path,))
            self._faulty.discard(path)

    def _remove_candidate(self, slug: str, id_: str) -> None:
        self._left.add(slug)
        found = self._connection.execute(
            "SELECT n FROM candidates JOIN experiments USING (e) WHERE slug = ? AND id = ? AND draft = 0",
            (slug, id_),
        ).fetchone()
        if found:
            self._cleared(found[0])

    def _experiment(self, slug: str) -> int:
        e = self._experiments.get(slug)
        if e is None:
            e = self._interned("experiments(slug)", "SELECT e FROM experiments WHERE slug = ?", slug)
            self._experiments[slug] = e
        return e

    def _word(self, text: str | None) -> int | None:
        if text is None:
            return None
        w = self._words.get(text)
        if w is None:
            w = self._interned("words(text)", "SELECT w FROM words WHERE text = ?", text)
            _remember(self._words, text, w)
        return w

    def _keys_of(self, kind: str, candidates: list[tuple[int, Candidate]]) -> dict[str, int]:
        names = dict.fromkeys(key for _, one in candidates for key in getattr(one, kind))
        return {name: self._key(kind, name) for name in names}

    def _key(self, kind: str, name: str) -> int:
        k = self._keys.get((kind, name))
        if k is None:
            asked = "SELECT k FROM keys WHERE kind = ? AND name = ?"
            k = self._interned("keys(kind, name)", asked, kind, name)
            _remember(self._keys, (kind, name), k)
        return k

    def _interned(self, columns: str, asked: str, *texts: str) -> int:
        """The number of texts that are there or are put there; most that come to this are new."""
        marks = ", ".join("?" * len(texts))
        made = self._connection.execute(f"INSERT OR IGNORE INTO {columns} VALUES ({marks})", texts)
        if made.rowcount == 1 and made.lastrowid:
            return made.lastrowid
        return int(self._connection.execute(asked, texts).fetchone()[0])


def _remember(known: dict[T, int], what: T, number: int) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known[what] = number
