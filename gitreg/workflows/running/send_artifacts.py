"""Sending artifacts ahead of the records that will name them, while candidates still run: bytes first, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gitreg.artifacts import SILENT, Progress, Source
from gitreg.drafts import Draft, drafts
from gitreg.drafts.content import DraftContent, take_in_files
from gitreg.drafts.draft import JOURNAL
from gitreg.drafts.journal import Journal
from gitreg.errors import NotFoundError
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.storage import open_storage

TAKEN = "taken"
"""A file of a draft's: which copies were taken in already, one a line."""


def send_artifacts(registry: Registry, *, progress: Progress = SILENT) -> int:
    """Sends what running candidates of this machine logged so far, and what else no storage has; no records.

    What is deleted before its candidate ends was sent for nothing, and goes with the next cleaning of the storage.

    Returns:
        how many objects were sent.

    Raises:
        RemoteError: if the storage cannot be reached.
    """
    for draft in drafts(drafts_folder(registry)):
        with suppress(NotFoundError, FileNotFoundError):  # it ended at this moment: its record is sent soon
            _take_in(registry, draft)
    ids = registry.cache.unpushed_objects()
    return open_storage(registry).push(registry.cache, ids, progress=progress).sent if ids else 0


def _take_in(registry: Registry, draft: Draft) -> None:
    """Reads what came since the last time, once; finishing reads it again, and finds the same bytes stored."""
    file = draft.folder / TAKEN
    known = set(file.read_text().split("\n")) if file.exists() else set()
    new = {name: path for name, path in _files(draft).items() if _stored(draft, path) not in known}
    if new:
        registry.cache.add([Source(path, name) for name, path in new.items()])
        with file.open("a") as taken:
            taken.writelines(f"{_stored(draft, path)}\n" for path in new.values())


def _stored(draft: Draft, path: Path) -> str:
    return path.relative_to(draft.folder).as_posix()


def _files(draft: Draft) -> Mapping[str, Path]:
    content, journal = DraftContent(), Journal(draft.folder / JOURNAL)
    take_in_files(content, journal.telling(), journal.path)
    return content.files
