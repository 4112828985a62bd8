"""What a version is registered from: a candidate, a logged model, another version; their files as they are stored."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from gitreg.artifacts import StoredFolder
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import CANDIDATE_ID
from gitreg.drafts import Draft
from gitreg.errors import NotFoundError
from gitreg.store import Author, Snapshot
from gitreg.workflows.logged_models.places import find_logged_model
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.checkpoint import checkpoint
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.searching.find import experiments_in
from gitreg.workflows.versions.fetch_artifacts import listed_artifacts
from gitreg.workflows.versions.show_version import proposed


@dataclass(frozen=True)
class OfCandidate:
    """A folder or file of a candidate's artifacts; all of them when `path` is empty."""

    id: str
    path: str = ""


@dataclass(frozen=True)
class OfLoggedModel:
    """A folder or file of a logged model's artifacts; all of them when `path` is empty."""

    id: str
    path: str = ""


@dataclass(frozen=True)
class OfVersion:
    """Everything of another version."""

    model: str
    version: VersionNumber


Origin: TypeAlias = OfCandidate | OfLoggedModel | OfVersion


@dataclass(frozen=True)
class Made:
    """What a version will be made of.

    Args:
        candidate: the candidate as it is recorded now, or as the other version has it.
        raw: the bytes of that record.
        part: the files.
        logged_model: the logged model that they are of.
    """

    candidate: Candidate | None = None
    raw: bytes = b""
    part: StoredFolder | None = None
    logged_model: str | None = None


def bring(registry: Registry, origin: Origin, author: Author, storage: Storage) -> Made:
    """What is to become a version; a candidate that runs is recorded as it is now.

    Raises:
        NotFoundError: if there is no such candidate, logged model, version, or nothing at the path.
        VerificationError: if what is stored is not what was recorded.
    """
    if isinstance(origin, OfVersion):
        return _of_version(registry, origin, storage)
    if isinstance(origin, OfLoggedModel):
        return _of_logged_model(registry, origin, author, storage)
    return _of_candidate(registry, origin, author, storage)


def _of_candidate(registry: Registry, origin: OfCandidate, author: Author, storage: Storage) -> Made:
    candidate, raw = recorded(registry, origin.id, author)
    name = candidate.experiment, candidate.id
    paths = places.candidate_manifest_path(*name), places.candidate_dvc_path(*name)
    whole = _folder(registry, registry.candidates, str(candidate), candidate.artifacts, paths, storage)
    return Made(candidate, raw, registry.cache.part(whole, origin.path or None))


def _of_logged_model(registry: Registry, origin: OfLoggedModel, author: Author, storage: Storage) -> Made:
    model = find_logged_model(registry.candidates, origin.id)
    name = model.experiment, model.id
    paths = places.logged_model_manifest_path(*name), places.logged_model_dvc_path(*name)
    whole = _folder(registry, registry.candidates, str(model), model.artifacts, paths, storage)
    part = registry.cache.part(whole, origin.path) if origin.path else whole
    if model.candidate is None:
        return Made(part=part, logged_model=model.id)
    candidate, raw = recorded(registry, model.candidate, author)
    return Made(candidate, raw, part, model.id)


def _of_version(registry: Registry, origin: OfVersion, storage: Storage) -> Made:
    name = origin.model, origin.version
    path = layout.version_path(*name)
    there = registry.accepted if registry.accepted.file(path) is not None else proposed(registry, *name)
    record = there.record(ModelVersion, path)
    if record is None:
        raise NotFoundError(f"there is no {origin.model} {origin.version}", hint="gitreg model list")
    paths = layout.version_manifest_path(*name), layout.version_dvc_path(*name)
    part = _folder(registry, there, str(record), record.artifacts, paths, storage)
    copy = layout.version_candidate_path(*name)
    raw = there.file(copy) if record.candidate is not None else None
    if raw is None:
        return Made(part=part, logged_model=record.logged_model)
    return Made(read(raw, Candidate, copy), raw, part, record.logged_model)


def recorded(registry: Registry, id_: str, author: Author) -> tuple[Candidate, bytes]:
    """A candidate as the candidate branch has it, and the bytes of that; one that runs is recorded first.

    Raises:
        NotFoundError: if there is none.
    """
    if not re.fullmatch(CANDIDATE_ID, id_):
        raise NotFoundError(f"{id_[:32]!a} is no candidate's id", hint="gitreg list")
    draft = Draft(drafts_folder(registry) / id_)
    if draft.folder.is_dir():
        with suppress(NotFoundError):  # it ended at this moment
            checkpoint(registry, draft, author)
    snapshot = registry.candidates
    for experiment in experiments_in(snapshot):
        path = places.candidate_path(experiment, id_)
        raw = snapshot.file(path)
        if raw is not None:
            return read(raw, Candidate, path), raw
    raise NotFoundError(f"there is no candidate {id_[:32]!a}", hint="gitreg list")


def _folder(
    registry: Registry,
    snapshot: Snapshot,
    owner: str,
    summary: ArtifactSummary | None,
    paths: tuple[str, str],
    storage: Storage,
) -> StoredFolder:
    listed = listed_artifacts(snapshot, owner, summary, paths, None)
    return registry.cache.folder(listed.dir_md5, listed.manifest, storage)
