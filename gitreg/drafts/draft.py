"""Drafts: one running candidate each, in a folder that nobody else may read."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from gitreg.domain.names import CANDIDATE_ID, artifact_path
from gitreg.drafts.content import DraftContent, Known, content_of
from gitreg.drafts.copies import COPIES, Copy, copy_in, write_in, write_new
from gitreg.drafts.entries import Artifact, Entry, Param, artifact_name, line
from gitreg.drafts.journal import Journal
from gitreg.drafts.liveness import Liveness, liveness
from gitreg.drafts.start import START, DraftStart, read_start, write_start
from gitreg.errors import AlreadyThereError, UsageError

JOURNAL = "journal.ndjson"
CONTENTS = "contents"
PRIVATE = 0o700


class Draft:
    """One running candidate. Any number of processes may append to it, and read it while it grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = Journal(folder / JOURNAL)
        self._known = Known(self._journal)

    @classmethod
    def create(cls, folder: Path, start: DraftStart, contents: Mapping[str, bytes] | None = None) -> Self:
        """Starts a draft: its folder appears whole, or not at all.

        Args:
            folder: where all drafts are.
            start: what is known now.
            contents: files that gitreg itself adds to the artifacts, by name.

        Raises:
            AlreadyThereError: if there is a draft with that id.
            UsageError: if the folder cannot be written.
        """
        target = folder / start.id
        try:
            folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as made:
                whole = Path(made, start.id)
                _fill(whole, start, contents or {})
                whole.rename(target)
        except OSError as error:
            if target.exists():
                raise AlreadyThereError(
                    f"there is a draft {start.id} already", hint="gitreg status"
                ) from None
            raise UsageError(f"{target} cannot be made: {error.strerror}") from error
        return cls(target)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens a draft by its own folder.

        Raises:
            NotFoundError: if the folder is no draft.
            RecordError: if it is damaged, or made by a newer gitreg.
        """
        draft = cls(folder)
        _ = draft.start
        return draft

    @property
    def id(self) -> str:
        """The candidate's id."""
        return self.folder.name

    @cached_property
    def start(self) -> DraftStart:
        """What was known when it started."""
        return read_start(self.folder)

    @property
    def liveness(self) -> Liveness:
        """Whether the process that started it still runs."""
        return liveness(self.start.process)

    @property
    def last_heard(self) -> datetime:
        """When something was logged last: for a process on another machine, the only sign of life."""
        return datetime.fromtimestamp((self.folder / JOURNAL).stat().st_mtime, UTC)

    def append(self, entries: Iterable[Entry]) -> None:
        """Appends entries by one write; when this returns, they are kept, whatever becomes of the process.

        Raises:
            UsageError: for what cannot be recorded, or a param that has another value; then nothing is appended.
            NotFoundError: if the draft has ended.
        """
        batch = list(entries)
        try:
            lines = "".join([line(entry) for entry in batch]).encode()
        except (ValueError, TypeError) as error:
            raise UsageError(f"this cannot be recorded: {error}") from error
        if not any(isinstance(entry, (Param, Artifact)) for entry in batch):
            self._journal.append(lines)
            return
        with self._journal.alone():
            self._known.admit(batch)
            self._journal.append(lines)

    def add_artifact(self, path: Path, name: str) -> None:
        """Keeps a copy of a file or folder as it is now, under a name in the candidate ('' for a folder's own files).

        Raises:
            NotFoundError: if there is nothing at `path`, or the draft has ended.
            UsageError: for what cannot be an artifact.
        """
        self._add(copy_in(self.folder, path), name)

    def add_text(self, content: bytes, name: str) -> None:
        """Keeps content as a file of that name.

        Raises:
            UsageError: if the name is none that a file may have.
        """
        self._add([write_in(self.folder, content)], name)

    def read(self) -> DraftContent:
        """Everything that was logged so far; it may be read while it grows.

        Raises:
            RecordError: if the journal holds what no gitreg wrote.
        """
        content = content_of(self._journal, self.folder)
        folder = self.folder / CONTENTS
        content.contents = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }
        return content

    def seal(self) -> None:
        """Ends it: from now on nothing more is acknowledged, so that what is read next is all there is."""
        self._journal.seal()

    def remove(self) -> None:
        """Removes it, which is right only when a commit holds the candidate; somebody else may have done so."""
        self._journal.close()
        with (
            tempfile.TemporaryDirectory(prefix=".gone-", dir=self.folder.parent) as gone,
            suppress(FileNotFoundError),
        ):
            self.folder.rename(Path(gone, self.id))

    def _add(self, copies: list[Copy], name: str) -> None:
        try:
            names = [artifact_name("/".join(filter(None, (name, copy.below)))) for copy in copies]
        except ValueError as error:
            raise UsageError(f"{name!r} cannot hold what was logged: {error}") from error
        self.append(Artifact(one, copy.stored) for one, copy in zip(names, copies, strict=True))


def drafts(folder: Path) -> list[Draft]:
    """Every draft in a folder of drafts, damaged ones too, by id; none where there is no folder."""
    if not folder.is_dir():
        return []
    names = sorted(path.name for path in folder.iterdir() if re.fullmatch(CANDIDATE_ID, path.name))
    return [Draft(folder / name) for name in names]


def _fill(folder: Path, start: DraftStart, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(mode=PRIVATE)
    write_new(folder / START, write_start(start))
    Journal.make(folder / JOURNAL)
    (folder / COPIES).mkdir(mode=PRIVATE)
    (folder / CONTENTS).mkdir(mode=PRIVATE)
    for name, content in contents.items():
        path = folder / CONTENTS / artifact_path(name)
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        write_new(path, content)
