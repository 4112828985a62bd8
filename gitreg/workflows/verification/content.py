"""Step 13, content: bytes by the signed manifest, through DVC's storage layer, each file proven by its sha256.

The `.dvc` file says only where to look. `dvc pull` is never run: it runs what a repository says, and compares nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gitreg.artifacts import Progress, StoredFolder, deliver, parse_dvc_file, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage
from gitreg.workflows.verification.case import Case, required
from gitreg.workflows.verification.release import ContentStep, Release


@dataclass(frozen=True)
class Proven:
    """Bytes that are those of the manifest."""

    detail: str


def check_stored(registry: Registry, case: Case, release: Release, progress: Progress) -> Proven:
    """Step 13 for `--deep`: the storage has every byte as it was recorded.

    Raises:
        VerificationError: step `content`, naming the first file that is not.
    """
    storage = _storage(registry, case)
    folder = _folder(registry, case, release, storage)
    size = release.recorded.version.artifacts.size
    verify_stored(folder, registry.cache, storage, deep=True, size=size, progress=progress)
    return Proven(f"{len(folder.files)} files are in {storage.describe()}, byte for byte")


def content_to(target: Path) -> ContentStep:
    """Step 13 for `pull`: the files, into a folder that appears whole or not at all."""

    def check_delivered(registry: Registry, case: Case, release: Release, progress: Progress) -> Proven:
        storage = _storage(registry, case)
        folder = _folder(registry, case, release, storage)
        size = release.recorded.version.artifacts.size
        with suppress(OSError):  # deliver says what is wrong with the place
            target.parent.mkdir(parents=True, exist_ok=True)
        deliver(folder, target, cache=registry.cache, storage=storage, size=size, progress=progress)
        return Proven(f"{len(folder.files)} files are in {target}, byte for byte")

    return check_delivered


def _storage(registry: Registry, case: Case) -> Storage:
    """The storage that the accepted tip configures, by the settings that stand there."""
    return open_storage(replace(registry, settings=case.trust.settings), case.accepted)


def _folder(registry: Registry, case: Case, release: Release, storage: Storage) -> StoredFolder:
    path = layout.version_dvc_path(release.model, release.version)
    located = parse_dvc_file(required(Snapshot(case.repository, release.claim.commit), path))
    return registry.cache.folder(located.md5, release.recorded.manifest, storage)
