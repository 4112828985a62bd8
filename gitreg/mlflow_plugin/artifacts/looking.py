"""Which files a place has: of a run that runs or ended, of a logged model, of a registered version.

What is remembered is remembered by the commit that it was read at, or goes on in a journal where it was: another process's
change is seen at once.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import DEFAULT_SLUG, experiment_number
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft
from gitreg.drafts.content import DraftContent, take_in_files
from gitreg.drafts.draft import JOURNAL
from gitreg.drafts.journal import Journal
from gitreg.errors import NotFoundError
from gitreg.mlflow_plugin.addresses import ModelPlace, Place, RunPlace, VersionPlace
from gitreg.store import Snapshot
from gitreg.workflows.contents.artifact_files import (
    ArtifactFiles,
    candidate_files,
    draft_files,
    logged_model_files,
    version_files,
)
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.versions.show_version import proposed

MOST = 64
TRIES = 3
"""A run may end, and be reopened, while its files are looked for."""


@dataclass
class _DraftFiles:
    """What a draft's journal said of files until a place in it."""

    draft: Draft
    inode: int
    journal: Journal
    offset: int = 0
    content: DraftContent = field(default_factory=DraftContent)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def files(self) -> ArtifactFiles:
        """Those that are there now.

        Raises:
            NotFoundError: if the draft was removed meanwhile.
        """
        with self.lock:
            news, self.offset = self.journal.news(self.offset)
            take_in_files(self.content, news, self.journal.path)
            copies, removed = self.content.files, tuple(self.content.removed)
        bases = self.draft.bases if self.draft.start.base else []
        return draft_files(f"run {self.draft.id}", bases[0] if bases else None, removed, copies)


class Looking:
    """What this process looked at last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drafts: OrderedDict[Path, _DraftFiles] = OrderedDict()
        self._records: OrderedDict[tuple[Path, str | None, Place], ArtifactFiles] = OrderedDict()

    def files(self, registry: Registry, place: Place) -> ArtifactFiles:
        """The files of a place.

        Raises:
            NotFoundError: if there is no such run, model or version.
        """
        if isinstance(place, VersionPlace):
            return self._version(registry, place)
        if isinstance(place, ModelPlace):
            return self._at(registry, registry.candidates, place, lambda at: _model(at, place))
        return self._run(registry, place)

    def _run(self, registry: Registry, place: RunPlace) -> ArtifactFiles:
        for _ in range(TRIES - 1):
            with suppress(NotFoundError, FileNotFoundError):
                return self._run_now(registry, place)
        return self._run_now(registry, place)

    def _run_now(self, registry: Registry, place: RunPlace) -> ArtifactFiles:
        draft = self._draft(drafts_folder(registry) / place.run, place)
        if draft is not None:
            return draft.files()
        return self._at(registry, registry.candidates, place, lambda at: _candidate(at, place))

    def _version(self, registry: Registry, place: VersionPlace) -> ArtifactFiles:
        accepted = registry.accepted
        if accepted.files_there([layout.version_path(place.model, place.version)]):
            return self._at(
                registry, accepted, place, lambda at: version_files(at, place.model, place.version)
            )
        snapshot = proposed(registry, place.model, place.version)
        return self._at(registry, snapshot, place, lambda at: version_files(at, place.model, place.version))

    def _draft(self, folder: Path, place: RunPlace) -> _DraftFiles | None:
        try:
            inode = (folder / JOURNAL).stat().st_ino
        except OSError:
            return None
        with self._lock:
            known = self._drafts.get(folder)
        if known is None or known.inode != inode:
            draft = Draft.open(folder)
            if experiment_number(slug_of(draft.start.experiment)) != place.experiment:
                raise NotFoundError(f"the run {place.run} is of another experiment than {place.experiment}")
            known = _DraftFiles(draft, inode, Journal(folder / JOURNAL))
            with self._lock:
                self._drafts[folder] = known
                while len(self._drafts) > MOST:
                    self._drafts.popitem(last=False)
        return known

    def _at(
        self, registry: Registry, snapshot: Snapshot, place: Place, read: Callable[[Snapshot], ArtifactFiles]
    ) -> ArtifactFiles:
        key = registry.repository.common_dir, snapshot.commit, place
        with self._lock:
            known = self._records.get(key)
        if known is None:
            known = read(snapshot)
            with self._lock:
                self._records[key] = known
                while len(self._records) > MOST:
                    self._records.popitem(last=False)
        return known


def slug_numbered(snapshot: Snapshot, number: str) -> str:
    """The folder of the experiment that has a number, which is made from the folder's name.

    Raises:
        NotFoundError: if there is none.
    """
    slugs = [DEFAULT_SLUG] if number == experiment_number(DEFAULT_SLUG) else snapshot.names("experiments")
    found = next((slug for slug in slugs if experiment_number(slug) == number), None)
    if found is None:
        raise NotFoundError(f"there is no experiment {number}")
    return found


def _candidate(snapshot: Snapshot, place: RunPlace) -> ArtifactFiles:
    slug = slug_numbered(snapshot, place.experiment)
    candidate = snapshot.record(Candidate, places.candidate_path(slug, place.run))
    if candidate is None:
        raise NotFoundError(f"there is no run {place.run} in the experiment {place.experiment}")
    return candidate_files(snapshot, candidate)


def _model(snapshot: Snapshot, place: ModelPlace) -> ArtifactFiles:
    slug = slug_numbered(snapshot, place.experiment)
    model = snapshot.record(LoggedModel, places.logged_model_path(slug, place.model))
    if model is None:
        raise NotFoundError(f"there is no logged model m-{place.model} in the experiment {place.experiment}")
    return logged_model_files(snapshot, model)


LOOKING = Looking()


def _start_over() -> None:
    """After a fork: a thread that is not here may have held a lock, or been in the middle of reading."""
    LOOKING.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_start_over)
