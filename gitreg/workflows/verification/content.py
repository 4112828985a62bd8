"""Step 13, content: bytes by the signed manifest, through DVC's storage layer, each file proven by its sha256.

The `.dvc` file says only where to look. `dvc pull` is never run: it runs what a repository says, and compares nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gitreg.artifacts import Progress, StoredFolder, deliver, parse_dvc_file, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout
from gitreg.errors import RecordError
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage
from gitreg.workflows.verification.case import Case, refuse_unless, required
from gitreg.workflows.verification.release import ContentStep, Proven, Release


def check_stored(registry: Registry, case: Case, release: Release, progress: Progress) -> Proven:
    """Step 13 for `--deep`: the storage has every byte as it was recorded.

    Raises:
        VerificationError: step `content`, naming the first file that is not.
    """
    storage = _storage(registry, case)
    notes = check_expected(case, storage)
    folder = _folder(registry, case, release, storage)
    size = release.recorded.version.content.size
    verify_stored(folder, registry.cache, storage, deep=True, size=size, progress=progress)
    detail = f"{len(folder.files)} files are in {storage.describe()}, byte for byte"
    return Proven(detail, remembered(storage), notes)


def content_to(target: Path) -> ContentStep:
    """Step 13 for `pull`: the files, into a folder that appears whole or not at all."""

    def check_delivered(registry: Registry, case: Case, release: Release, progress: Progress) -> Proven:
        storage = _storage(registry, case)
        notes = check_expected(case, storage)
        folder = _folder(registry, case, release, storage)
        size = release.recorded.version.content.size
        with suppress(OSError):  # deliver says what is wrong with the place
            target.parent.mkdir(parents=True, exist_ok=True)
        deliver(folder, target, cache=registry.cache, storage=storage, size=size, progress=progress)
        return Proven(f"{len(folder.files)} files are in {target}, byte for byte", remembered(storage), notes)

    return check_delivered


def check_expected(case: Case, storage: Storage) -> tuple[str, ...]:
    """The storage is where it was, or somebody is told; nobody reads that in CI, so there it is refused.

    The bytes are proven wherever they come from. But a request tells a stranger's server who deploys what, and may carry
    credentials that a library finds by itself.

    Returns:
        what a careful reader should know.

    Raises:
        VerificationError: step `content`; the repository names another storage than before, or than the anchor does.
    """
    place, known = (
        storage.describe(),
        case.storages or ((case.seen.storage,) if case.seen.storage else ()),
    )
    if storage.by_user or not known or {place, storage.url} & set(known):
        return ()
    changed = f"the storage is {place} now, by the accepted branch, and {' or '.join(known)} was expected"
    refuse_unless(not case.in_ci, "content", f"{changed}; --storage, or `storage` in the anchor, names it")
    return (f"{changed}.",)


def remembered(storage: Storage) -> str | None:
    """Where the repository says that the storage is; nothing where the user says it."""
    return None if storage.by_user else storage.describe()


def _storage(registry: Registry, case: Case) -> Storage:
    """The storage that the accepted tip configures, by the settings that stand there."""
    return open_storage(replace(registry, settings=case.trust.settings), case.accepted)


def _folder(registry: Registry, case: Case, release: Release, storage: Storage) -> StoredFolder:
    path = layout.version_dvc_path(release.model, release.version)
    content = required(Snapshot(case.repository, release.claim.commit), path)
    try:
        located = parse_dvc_file(content)
    except ValueError as error:
        raise RecordError(str(error), place=path) from error
    return registry.cache.folder(located.md5, release.recorded.manifest, storage)
