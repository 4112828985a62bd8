"""Drafts: one running candidate each, in a folder that nobody else may read."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self

from gitreg.disk import claimed_folder, sweep_paths, sync_all
from gitreg.domain.curves import MetricPoint
from gitreg.domain.manifest import Manifest
from gitreg.domain.words import CANDIDATE_ID, artifact_path
from gitreg.drafts import bases
from gitreg.drafts.bases import Base
from gitreg.drafts.content import DraftContent, content_of
from gitreg.drafts.copies import COPIES, Copy, copy_in, write_in, write_new
from gitreg.drafts.entries import Artifact, Ended, Entry, Runs
from gitreg.drafts.heartbeat import HEARTBEAT
from gitreg.drafts.journal import Journal
from gitreg.drafts.known import LOOKED_UP, Known
from gitreg.drafts.lines import artifact_name, entry_of, line, metric_start
from gitreg.drafts.liveness import Liveness, ProcessMark
from gitreg.drafts.look import Look, heard
from gitreg.drafts.owners import add_owner
from gitreg.drafts.start import START, DraftStart, read_start, write_start
from gitreg.errors import AlreadyThereError, MachineError, UsageError

JOURNAL = "journal.ndjson"
CONTENTS = "contents"
PRIVATE = 0o700
_ENDINGS = (b'{"kind":"status"', b'{"kind":"runs"')
NEW, GONE = ".new-", ".gone-"
"""Folders of drafts that are being made, and of those that are being removed."""


class Draft:
    """One running candidate. Any number of processes may append to it, and read it while it grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = Journal(folder / JOURNAL)
        self._known = Known(self._journal, self._earlier_files)

    @classmethod
    def create(
        cls,
        folder: Path,
        start: DraftStart,
        contents: Mapping[str, bytes] | None = None,
        *,
        entries: Iterable[Entry] = (),
        base: Base | None = None,
    ) -> Self:
        """Starts a draft: its folder appears whole, or not at all.

        Args:
            folder: where all drafts are.
            start: what is known now.
            contents: files that gitreg itself adds to the artifacts, by name.
            entries: what is said at once.
            base: the record that it goes on from.

        Raises:
            AlreadyThereError: if there is a draft with that id.
            UsageError: for what cannot be recorded.
            MachineError: if the folder cannot be written, for a full disk say.
        """
        target, journal = folder / start.id, _lines(entries)
        try:
            folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            sweep_drafts(folder)
            with claimed_folder(folder, NEW) as made:
                _fill(made, start, contents or {}, journal, base)
                made.rename(target)
            if start.durability == "power":
                sync_all([folder, *folder.parents[:2]])
        except OSError as error:
            # of two that make it at once, the other's may be committed and gone by now (rename(2), ENOTEMPTY)
            if target.exists() or error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
                raise AlreadyThereError(
                    f"there is a draft {start.id} already", hint="gitreg status"
                ) from None
            what = f"{target} cannot be made"
            raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error
        draft = cls(target)
        draft.start = start
        return draft

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
        """Whether a process that owns it still runs; one elsewhere is dead when it was silent for too long."""
        return Look(self.folder.parent).liveness(self._journal.path, self.start.process)

    def join(self, mark: ProcessMark) -> None:
        """Lets one more process own it, which goes on with what another one began: it is alive while one of them is.

        Raises:
            NotFoundError: if it was removed meanwhile.
        """
        add_owner(self.folder, mark)

    @property
    def silence(self) -> timedelta | None:
        """For how long nothing was heard of it, by the file system's clock; None where that cannot be asked."""
        return Look(self.folder.parent).silence(self._journal.path)

    @property
    def last_heard(self) -> datetime:
        """When it showed life last, by what was logged or by its heartbeat."""
        return datetime.fromtimestamp(heard(self._journal.path), UTC)

    @property
    def ended(self) -> Ended | None:
        """How and when it ended, if that was written down, and it does not go on."""
        said = [text for text in self._journal.telling() if text.startswith(_ENDINGS)]
        entries = (entry_of(text, self._journal.path) for text in said)
        found = [one for one in entries if isinstance(one, (Ended, Runs))]
        return found[-1] if found and isinstance(found[-1], Ended) else None

    def takes_more(self) -> bool:
        """Whether it is there, and was not sealed."""
        return self._journal.is_open

    @property
    def bases(self) -> list[Base]:
        """The records that it goes on from, the newest last: of before it was reopened, and of its checkpoints."""
        return bases.bases_of(self.folder)

    @property
    def goes_on_from(self) -> bool:
        """Whether there is such a record: then finding the candidate recorded does not say that this was finished."""
        return bases.has_bases(self.folder)

    def add_base(self, base: Base) -> None:
        """Remembers a record that is about to be committed while it goes on.

        Raises:
            MachineError: if it cannot be written, for a full disk say.
        """
        try:
            bases.add_base(self.folder, base, synced=self._is_synced)
        except OSError as error:
            what = f"{self.folder} cannot be written"
            raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error

    @cached_property
    def _is_synced(self) -> bool:
        return self.start.durability == "power"

    def append(self, entries: Iterable[Entry]) -> None:
        """Appends entries by one write; when this returns, they are kept, whatever becomes of the process.

        Raises:
            UsageError: for what cannot be recorded, or a param that has another value; then nothing is appended.
            NotFoundError: if the draft has ended.
        """
        batch = list(entries)
        lines = _lines(batch)
        if LOOKED_UP.isdisjoint(map(type, batch)):
            self._journal.append(lines, synced=self._is_synced)
            return
        with self._journal.alone():
            self._known.admit(batch)
            self._journal.append(lines, synced=self._is_synced)

    def add_artifact(self, path: Path, name: str) -> None:
        """Keeps a copy of a file or folder as it is now, under a name in the candidate ('' for a folder's own files).

        Raises:
            NotFoundError: if there is nothing at `path`, or the draft has ended.
            UsageError: for what cannot be an artifact.
        """
        self.append(self.kept(path, name))

    def kept(self, path: Path, name: str) -> list[Entry]:
        """Copies a file or folder as it is now; the entries by which it becomes an artifact when they are appended.

        Raises:
            as `add_artifact`.
        """
        return _named(copy_in(self.folder, path, synced=self._is_synced), name)

    def add_text(self, content: bytes, name: str) -> None:
        """Keeps content as a file of that name.

        Raises:
            UsageError: if the name is none that a file may have.
        """
        self.append(_named([write_in(self.folder, content, synced=self._is_synced)], name))

    def read(self, take: Callable[[MetricPoint], object] | None = None) -> DraftContent:
        """Everything that was logged so far; it may be read while it grows.

        Args:
            take: is given every metric point instead of the content, for there may be more than memory holds.

        Raises:
            NotFoundError: if it was removed meanwhile.
            RecordError: if the journal holds what no gitreg wrote.
        """
        content = content_of(self._journal, self.folder, take)
        folder = self.folder / CONTENTS
        if folder.is_dir():
            content.contents = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(folder.rglob("*"))
                if path.is_file() and not path.is_symlink()
            }
        return content

    def points(self, metric: str) -> Iterator[MetricPoint]:
        """The points of one metric so far; lines of others cost no more than being read.

        Raises:
            as `read`.
        """
        begin = metric_start(metric)
        for found in self._journal.lines():
            if found.text.startswith(begin):
                entry = entry_of(found.text, self._journal.path, found.number)
                if isinstance(entry, MetricPoint):
                    yield entry

    def seal(self) -> None:
        """Ends it: from now on nothing more is acknowledged, so that what is read next is all there is."""
        self._journal.seal()

    def unseal(self) -> None:
        """Lets it take more again: nothing came of its end."""
        self._journal.unseal()

    def remove(self) -> None:
        """Removes it, which is right only when a commit holds the candidate; somebody else may have done so."""
        self._journal.close()
        sweep_drafts(self.folder.parent)
        with suppress(FileNotFoundError):
            gone = self.folder.with_name(f"{GONE}{self.id}-{self.folder.stat().st_ino}")
            self.folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keeps out other processes that finish it too; tells whether it is still there when they are done."""
        try:
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            yield False
            return
        try:
            # a file system without locks: the second one finds the candidate recorded
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield bool(os.fstat(descriptor).st_nlink) and (self.folder / JOURNAL).exists()
        finally:
            with suppress(
                OSError
            ):  # closing would not do: a child that was forked meanwhile has it open, too
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _earlier_files(self) -> list[str]:
        """The files that the record had that it was reopened from."""
        known = bases.bases_of(self.folder)[:1] if self.start.base else []
        manifests = [Manifest.parse(one.manifest) for one in known if one.manifest is not None]
        return [entry.path for manifest in manifests for entry in manifest.entries]


def drafts(folder: Path) -> list[Draft]:
    """Every draft in a folder of drafts, damaged ones too, by id; none where there is no folder."""
    return [Draft(folder / name) for name in draft_ids(folder)]


def draft_ids(folder: Path) -> list[str]:
    """The ids of all drafts in a folder of drafts, in order."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if re.fullmatch(CANDIDATE_ID, entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def sweep_drafts(folder: Path) -> None:
    """Removes what processes left that died while they made or removed a draft."""
    # one look for both: there may be thousands of drafts, and each that begins or ends looks
    with suppress(OSError), os.scandir(folder) as entries:
        sweep_paths([Path(entry.path) for entry in entries if entry.name.startswith((NEW, GONE))])


def _lines(entries: Iterable[Entry]) -> bytes:
    try:
        return "".join(map(line, entries)).encode()
    except (ValueError, TypeError) as error:
        raise UsageError(f"this cannot be recorded: {error}") from error


def _named(copies: Iterable[Copy], name: str) -> list[Entry]:
    try:
        return [
            Artifact(artifact_name("/".join(filter(None, (name, copy.below)))), copy.stored)
            for copy in copies
        ]
    except ValueError as error:
        raise UsageError(f"{name!r} cannot hold what was logged: {error}") from error


def _fill(
    folder: Path, start: DraftStart, contents: Mapping[str, bytes], journal: bytes, base: Base | None
) -> None:
    write_new(folder / START, write_start(start))
    Journal.make(folder / JOURNAL, journal)
    write_new(folder / HEARTBEAT, b"")
    (folder / COPIES).mkdir(mode=PRIVATE)
    for name, content in contents.items():
        path = folder / CONTENTS / artifact_path(name)
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        write_new(path, content)
    if base is not None:
        bases.write_base(folder / bases.BASES / "0", base)
    if start.durability == "power":
        sync_all([*folder.rglob("*"), folder])
