"""The files of a candidate, a logged model or a version: which there are, how large, and their bytes one by one.

For who looks into artifacts file by file, as MLflow does. Bytes are proven by the manifest's sha256 on their way out; those of a
running candidate have none yet, and are copies that nobody but its owner can write to. Knows no MLflow.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from gitreg.artifacts import SILENT, StoredFile, StoredFolder, parse_dvc_file
from gitreg.artifacts.folder import RESERVED
from gitreg.artifacts.proving import Budget, Places, write_proven
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.drafts.bases import Base
from gitreg.drafts.lines import is_removed
from gitreg.errors import AnswerIsNoError, GitregError, NotFoundError, RecordError
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage

MOST_ASKED = 200
"""So many files' sizes are asked of a storage at once; with more of them, nobody looks at each."""


@dataclass(frozen=True, eq=False)
class Listing:
    """What a record says of its files. It remembers where they are, which never changes.

    Args:
        manifest: paths and sha256.
        dir_md5: the object that lists them for DVC.
        size: bytes of all of them; None where nobody knows.
    """

    manifest: Manifest
    dir_md5: str
    size: int | None
    _found: list[tuple[StoredFolder, Mapping[str, StoredFile]]] = field(default_factory=list, init=False)

    @cached_property
    def paths(self) -> Sequence[str]:
        """Every file's path, sorted."""
        return [entry.path for entry in self.manifest.entries]

    def below(self, path: str) -> Sequence[str]:
        """The file of a path, or those in the folder that it is; all for an empty one. Folders may be many, and are asked one by one."""
        if not path:
            return self.paths
        first = bisect_left(self.paths, path)
        if self.paths[first : first + 1] == [path]:
            return [path]
        return self.paths[
            bisect_left(self.paths, f"{path}/") : bisect_left(self.paths, f"{path}0")
        ]  # 0 comes after /

    def files(self, registry: Registry, storage: Storage) -> tuple[StoredFolder, Mapping[str, StoredFile]]:
        """The files with their locators, looked up once."""
        if not self._found:
            folder = registry.cache.folder(self.dir_md5, self.manifest, storage, sizes=False)
            self._found.append((folder, {file.path: file for file in folder.files}))
        return self._found[0]


@dataclass(frozen=True)
class ArtifactFiles:
    """Files by name.

    Args:
        owner: whose they are, for people.
        listing: those that are stored; None where none are.
        removed: files and folders that are no artifacts any more, of those that are stored.
        copies: those of a running candidate, which take the place of stored ones.
    """

    owner: str
    listing: Listing | None = None
    removed: Collection[str] = ()
    copies: Mapping[str, Path] = field(default_factory=dict)

    def names(self, path: str = "") -> Iterator[str]:
        """The file of a path, or those in the folder that it is, in no order; what gitreg itself adds is left out."""
        yield from (name for name in self.copies if not path or f"{name}/".startswith(f"{path}/"))
        for name in self.listing.below(path) if self.listing else ():
            if self._is_stored(name) and not name.startswith(RESERVED):
                yield name

    def has(self, name: str) -> bool:
        """Whether there is a file of that name; what gitreg itself adds counts."""
        is_stored = self.listing is not None and name in self.listing.below(name) and self._is_stored(name)
        return name in self.copies or is_stored

    def sizes(self, registry: Registry, names: Collection[str]) -> dict[str, int | None]:
        """How large some files are; None where that cannot be told at the moment."""
        found = {name: _size(self.copies[name]) for name in names if name in self.copies}
        wanted = [name for name in names if name not in found]
        return found | dict.fromkeys(wanted) | (self._stored_sizes(registry, wanted) if wanted else {})

    def write(self, registry: Registry, name: str, target: Path) -> None:
        """Writes one file's bytes to a new file.

        Raises:
            NotFoundError: if there is no such file, or it is gone by now.
            VerificationError: if its bytes are not what was recorded, or are in no place.
        """
        if name in self.copies:
            try:
                shutil.copyfile(self.copies[name], target, follow_symlinks=False)
            except FileNotFoundError as error:
                raise NotFoundError(f"{self.owner} has no artifact {name}") from error
            return
        if self.listing is None or not self.has(name):
            raise NotFoundError(f"{self.owner} has no artifact {name}")
        storage = open_storage(registry)
        folder, files = self.listing.files(registry, storage)
        budget = Budget(self.listing.size)
        around = Places(registry.cache, storage, budget, SILENT, partial(folder.expected, total=None))
        write_proven(files[name], str(target), around)

    def _is_stored(self, name: str) -> bool:
        return name not in self.copies and not any(is_removed(name, gone) for gone in self.removed)

    def _stored_sizes(self, registry: Registry, names: Collection[str]) -> dict[str, int | None]:
        if self.listing is None:
            return {}
        with suppress(GitregError, OSError):  # a storage that is away, a listing that is wrong: reading tells
            storage = open_storage(registry)
            _, files = self.listing.files(registry, storage)
            md5s = {name: files[name].md5 for name in names if name in files}
            asked = storage if len(md5s) <= MOST_ASKED else None
            sizes = registry.cache.sizes(md5s.values(), asked)
            return {name: sizes.get(md5) for name, md5 in md5s.items()}
        return {}


def candidate_files(snapshot: Snapshot, candidate: Candidate) -> ArtifactFiles:
    """The files of a candidate that ended."""
    where = candidate.experiment, candidate.id
    paths = places.candidate_manifest_path(*where), places.candidate_dvc_path(*where)
    return _recorded(snapshot, str(candidate), candidate.artifacts, paths)


def logged_model_files(snapshot: Snapshot, model: LoggedModel) -> ArtifactFiles:
    """The files of a logged model."""
    where = model.experiment, model.id
    paths = places.logged_model_manifest_path(*where), places.logged_model_dvc_path(*where)
    return _recorded(snapshot, str(model), model.artifacts, paths)


def version_files(snapshot: Snapshot, model: str, version: VersionNumber) -> ArtifactFiles:
    """The files of a version, accepted or proposed: whichever the snapshot is of.

    Raises:
        NotFoundError: if there is no such version in it.
    """
    record = snapshot.record(ModelVersion, layout.version_path(model, version))
    if record is None:
        raise NotFoundError(f"there is no {model} {version}", hint=f"gitreg model versions {model}")
    paths = layout.version_manifest_path(model, version), layout.version_dvc_path(model, version)
    return _recorded(snapshot, str(record), record.artifacts, paths)


def draft_files(
    owner: str, base: Base | None, removed: Collection[str], copies: Mapping[str, Path]
) -> ArtifactFiles:
    """The files of a running candidate.

    Args:
        owner: it.
        base: the record that it was reopened from, if any.
        removed: what of that record's files is none any more.
        copies: what was logged.
    """
    listing = None
    if base is not None and base.manifest is not None and base.pointer is not None:
        listing = _listing(owner, base.manifest, base.pointer, None)
    return ArtifactFiles(owner, listing, removed, copies)


def _recorded(
    snapshot: Snapshot, owner: str, summary: ArtifactSummary | None, paths: tuple[str, str]
) -> ArtifactFiles:
    if summary is None:
        return ArtifactFiles(owner)
    manifest, pointer = snapshot.file(paths[0], limit=MANIFEST_LIMIT), snapshot.file(paths[1])
    if manifest is None or pointer is None:
        raise RecordError(f"the files of {owner} are not listed beside its record", place=paths[0])
    if Digest.of(manifest) != summary.manifest:
        raise AnswerIsNoError(f"{paths[0]} is not the manifest that {owner} names", hint="gitreg validate")
    return ArtifactFiles(owner, _listing(owner, manifest, pointer, summary.size))


def _listing(owner: str, manifest: bytes, pointer: bytes, size: int | None) -> Listing:
    try:
        return Listing(Manifest.parse(manifest), parse_dvc_file(pointer).md5, size)
    except ValueError as error:
        raise AnswerIsNoError(f"the files of {owner} are not listed as they should be: {error}") from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
