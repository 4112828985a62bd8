"""Running candidates among those that are searched: drafts become rows of the index, each read on from where it was left.

Of weight, and loaded by name where there is a draft (search.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from gitreg.domain.candidate import Status, name_from
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, ProcessMark, joined_data
from gitreg.drafts.draft import JOURNAL, draft_ids
from gitreg.drafts.following import Followed
from gitreg.drafts.look import Look
from gitreg.drafts.start import START, read_start
from gitreg.errors import CredentialsError, NotFoundError, RecordError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.identity import identity_of
from gitreg.gitrepo.process import Git
from gitreg.index.drafts import Connection, DraftRow, KnownDraft, known_drafts, known_state, put_drafts
from gitreg.index.extras import document_of
from gitreg.index.found import Candidate, dataset_of
from gitreg.index.schema import microseconds
from gitreg.workflows.searching.place import SearchPlace
from gitreg.workflows.searching.show_draft import NOBODY

DRAFTS = "drafts"


def running(place: SearchPlace, now: datetime) -> Callable[[Connection], None]:
    """What puts the drafts of a registry into its index.

    Args:
        place: where.
        now: the time.
    """
    return _Drafts(place, now).put


@dataclass(frozen=True, slots=True)
class _Mark:
    """What tells whether a draft is as it was: its journal's file and size, what it says of its end, and what became of it."""

    inode: int
    size: int
    said: Status
    status: Status

    def grew_from(self, before: _Mark) -> bool:
        return self.inode == before.inode and self.size >= before.size


class _Drafts:
    """The drafts of a place, for one index.

    Args:
        place: where.
        now: the time.
    """

    def __init__(self, place: SearchPlace, now: datetime) -> None:
        self._place = place
        self._now = now
        self._folder = place.state / DRAFTS
        self._look = Look(self._folder)

    def put(self, connection: Connection) -> None:
        """Lets the index know all of them."""
        known = known_drafts(connection)
        there: list[str] = []
        changed: list[DraftRow] = []
        for id_ in draft_ids(self._folder):
            # `gitreg status` tells of a damaged one; one that goes at this moment is a candidate by now
            with suppress(RecordError, NotFoundError):
                row = self._row(connection, id_, _read(known.get(id_)))
                there.append(id_)
                changed += [row] if row else []
        put_drafts(connection, there, changed)

    def _row(self, connection: Connection, id_: str, before: _Mark | None) -> DraftRow | None:
        """The draft's row as it is now; None when the index has that."""
        journal = _file(self._folder, id_, JOURNAL)
        now = self._mark(journal, before)
        if now == before:
            return None
        draft = Draft.open(journal.parent)
        is_known = before is not None and now.grew_from(before)
        followed = _taken_up(known_state(connection, id_) if is_known else None)
        followed.read_on(journal)
        said = followed.content.status
        mark = _Mark(now.inode, now.size, said, self._living(journal, said))
        return DraftRow(
            self._candidate(draft, followed, mark.status), KnownDraft(_text(mark), followed.put_down())
        )

    def _candidate(self, draft: Draft, followed: Followed, status: Status) -> Candidate:
        start, content, code = draft.start, followed.content, draft.start.code
        data = joined_data(start.data, content.data)
        folded = followed.folding.folded()
        return Candidate(
            experiment=slug_of(start.experiment),
            id=start.id,
            blob=None,
            name=content.name or start.name or name_from(content.params, start.id),
            status=status,
            created=microseconds(start.created),
            finished=_since(content.ended.time) if content.ended else None,
            author=str(start.author) if start.author else self._author,
            parent=start.parent,
            repository=code.repository,
            revision=code.commit,
            branch=code.branch,
            dirty=code.dirty,
            notes=content.notes,
            files=None,
            size=None,
            manifest=None,
            deleted=_since(content.deleted),
            params=content.params,
            metrics=folded.metrics,
            tags=content.tags,
            data=[dataset_of(one.model_dump(mode="json")) for one in data],
            points={key: (step, _since(time)) for key, (step, time) in folded.points.items()},
            user=start.user,
            extra=document_of(
                [one.model_dump() for one in content.models], [one.model_dump() for one in data]
            ),
        )

    def _mark(self, journal: Path, before: _Mark | None) -> _Mark:
        """The mark as it is now, as far as it can be told without reading what grew."""
        try:
            status = journal.stat()
        except OSError as error:
            raise NotFoundError(f"{journal.parent} is gone") from error
        is_same = before is not None and (status.st_ino, status.st_size) == (before.inode, before.size)
        said = before.said if before is not None and is_same else "running"
        return _Mark(status.st_ino, status.st_size, said, self._living(journal, said))

    def _living(self, journal: Path, said: Status) -> Status:
        if said not in {"running", "scheduled"}:
            return said
        starter = _starter(_file(self._folder, journal.parent.name, START))
        return "killed" if self._look.liveness(journal, starter) == "dead" else said

    @cached_property
    def _author(self) -> str:
        """Whoever would finish it here; to look at it one needs no name."""
        reading = self._place.reading
        with suppress(CredentialsError):
            found = identity_of(Config(Git(reading.layout, reading.environ)), self._now)
            return f"{found.name} <{found.email}>"
        return str(NOBODY)


@lru_cache(maxsize=8192)
def _file(folder: Path, id_: str, name: str) -> Path:
    """A file of a draft; that of hundreds is asked for again and again, and its path is put together once."""
    return folder / id_ / name


def _starter(start: Path) -> ProcessMark:
    """The process that started a draft: read once, for what is known at the start never changes."""
    try:
        status = start.stat()
    except OSError as error:
        raise NotFoundError(f"{start} is gone") from error
    return _read_starter(start, status.st_ino, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _read_starter(start: Path, _inode: int, _time: int) -> ProcessMark:
    return read_start(start.parent).process


def _since(time: datetime | None) -> int | None:
    return microseconds(time) if time else None


def _read(text: str | None) -> _Mark | None:
    return _Mark(*json.loads(text)) if text else None


def _text(mark: _Mark) -> str:
    return json.dumps([mark.inode, mark.size, mark.said, mark.status])


def _taken_up(text: str | None) -> Followed:
    with suppress(ValueError):
        return Followed.taken_up(text) if text else Followed()
    return Followed()
