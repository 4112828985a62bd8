"""Where bytes go: the storage, and the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gitreg.artifacts.storage import Storage
from gitreg.errors import CredentialsError, GitregError
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, Subject, command
from gitreg.workflows.storage import open_storage

NO_STORAGE = Kind(
    "no-storage", "error", "a storage that is not configured, or wrongly", "gitreg storage set URL"
)
UNREACHABLE = Kind(
    "storage-unreachable",
    "error",
    "a storage that does not answer",
    "gitreg storage show, and gitreg storage set URL where it moved",
)
REFUSES = Kind(
    "storage-refuses", "error", "a storage that does not let us in", "credentials, as DVC wants them"
)
READ_ONLY = Kind(
    "storage-read-only", "error", "a storage folder that we may not write to", "chmod u+rwx -- FOLDER"
)
FULL = Kind("disk-full", "warning", "less than 1 GiB or 5 % left on a disk", "gitreg push, then dvc gc")

GIB = 1024**3
PROBE = "d41d8cd98f00b204e9800998ecf8427e"
"""The object of no bytes: whether it is there does not matter, only that the storage answers."""


def find_storage(subject: RegistrySubject) -> list[Diagnosis]:
    """One question to the storage; nothing is written."""
    if subject.offline:
        return []
    show = subject.gitreg("storage", "show")
    try:
        storage = open_storage(subject.registry)
    except GitregError as error:
        why = "artifacts can be neither sent nor fetched"
        return [Diagnosis(NO_STORAGE, error.message, why, subject.gitreg("storage", "set", "URL"))]
    try:
        storage.sizes([PROBE])
    except CredentialsError as error:
        return [
            Diagnosis(
                REFUSES, error.message, error.hint or "credentials belong in DVC's own configuration", show
            )
        ]
    except GitregError as error:
        return [Diagnosis(UNREACHABLE, error.message, "artifacts stay here until it answers", show)]
    return _folder(storage)


def _folder(storage: Storage) -> list[Diagnosis]:
    if "://" in storage.url:
        return []
    folder = Path(storage.url)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return []
    what = f"the storage {storage.url} cannot be written to: {folder} is not ours to write"
    return [Diagnosis(READ_ONLY, what, "pushes fail there", command("chmod", "u+rwx", "--", str(folder)))]


def find_full_disk(subject: Subject) -> list[Diagnosis]:
    """Before it is full: afterwards nothing is acknowledged any more."""
    place = subject.repository.common_dir
    total, _, free = shutil.disk_usage(place)
    if not is_scarce(total, free):
        return []
    what = f"{free / GIB:.1f} GiB of {total / GIB:.1f} GiB are left where {place} is"
    why = "what was pushed can be fetched again, so the cache may go"
    words = (
        subject.gitreg("push"),
        "dvc gc --all-branches --all-tags --workspace --force",
        subject.git("gc"),
    )
    return [Diagnosis(FULL, what, why, " && ".join(words))]


def is_scarce(total: int, free: int) -> bool:
    """Whether so little is left that it should be told."""
    return free < GIB or free * 20 < total


STORAGE = Check("storage", (NO_STORAGE, UNREACHABLE, REFUSES, READ_ONLY), find_storage)
DISK = Check("disk", (FULL,), find_full_disk)
