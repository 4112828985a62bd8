"""Records of models as they were read, kept by the ids of the trees that hold them: another process sees the same.

What cannot be read is left out; `gitreg validate` tells of it. Knows no proposals and no tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TypeVar

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.words import is_slug, slug_of
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.searching.find import versions_of

T = TypeVar("T")
KEPT = 5_000
"""Models of which the records are kept in memory."""
FOLDERS = 8
"""Lists of all models that are kept: of the last states of the accepted branch."""


@dataclass
class Shelves:
    """What was read of models, by the ids of their trees."""

    models: dict[ObjectId, Model] = field(default_factory=dict)
    versions: dict[ObjectId, tuple[ModelVersion, ...]] = field(default_factory=dict)
    folders: dict[ObjectId, Mapping[str, ObjectId]] = field(default_factory=dict)


def find_by_name(snapshot: Snapshot, name: str, shelves: Shelves) -> Model | None:
    """The model called `name` that is not deleted; the folder that a new one would get is looked into first."""
    try:
        slug = slug_of(name)
    except ValueError:
        return None  # nothing can be called so
    trees = _trees(snapshot, shelves)
    found = _model(snapshot, slug, trees, shelves)
    if found is not None and found.name == name and found.deleted is None:
        return found
    return next(
        (one for one in readable_models(snapshot, shelves) if one.name == name and one.deleted is None), None
    )


def folder_for(snapshot: Snapshot, name: str, shelves: Shelves) -> tuple[str, Model | None]:
    """The slug for a new model of that name, and the deleted model of that name whose folder that is.

    Raises:
        ValueError: if nothing can be called so.
    """
    slug, there = slug_of(name), readable_models(snapshot, shelves)
    for model in there:
        if model.name == name and model.deleted is not None:
            return model.slug, model
    taken = _trees(snapshot, shelves)
    others = (f"{slug[:58]}-{number}" for number in count(2))
    return next(one for one in chain([slug], others) if one not in taken), None


def _trees(snapshot: Snapshot, shelves: Shelves) -> Mapping[str, ObjectId]:
    """The tree of each model's folder, by its slug."""
    entry = snapshot.repository.entry(snapshot.tree, "models") if snapshot.tree else None
    if entry is None or not entry.is_folder:
        return {}
    if entry.id not in shelves.folders:
        listed = snapshot.repository.tree(entry.id)
        trees = {name: one.id for name, one in listed.items() if one.is_folder and is_slug(name)}
        _keep(shelves.folders, entry.id, trees, FOLDERS)
        return trees
    return shelves.folders[entry.id]


def _model(snapshot: Snapshot, slug: str, trees: Mapping[str, ObjectId], shelves: Shelves) -> Model | None:
    tree = trees.get(slug)
    if tree is None:
        return None
    kept = shelves.models.get(tree)
    if kept is None or kept.slug != slug:
        kept = snapshot.record(Model, places.model_path(slug))
        if kept is not None:
            _keep(shelves.models, tree, kept)
    return kept


def readable_models(snapshot: Snapshot, shelves: Shelves) -> list[Model]:
    """Every model that can be read; `gitreg validate` tells of the others."""
    trees, found = _trees(snapshot, shelves), []
    for slug in trees:
        try:
            model = _model(snapshot, slug, trees, shelves)
        except RecordError:
            continue
        if model is not None:
            found.append(model)
    return found


def read_versions(
    snapshot: Snapshot, slugs: Iterable[str], shelves: Shelves
) -> dict[str, tuple[ModelVersion, ...]]:
    """The versions of some models, lowest first; records that were not read yet are asked of Git together."""
    trees = _trees(snapshot, shelves)
    wanted = {slug: trees[slug] for slug in slugs if slug in trees}
    kept = {slug: shelves.versions.get(tree) for slug, tree in wanted.items()}
    unread = [slug for slug, found in kept.items() if found is None or _is_of_other(found, slug)]
    for slug, versions in _versions(snapshot, unread).items():
        kept[slug] = versions
        _keep(shelves.versions, wanted[slug], versions)
    return {slug: found or () for slug, found in kept.items()}


def _is_of_other(versions: tuple[ModelVersion, ...], slug: str) -> bool:
    """Whether the same tree was read below another name: a folder that was copied by hand."""
    return bool(versions) and versions[0].model != slug


def _versions(snapshot: Snapshot, slugs: list[str]) -> dict[str, tuple[ModelVersion, ...]]:
    paths = [
        (slug, path)
        for slug in slugs
        for number in versions_of(snapshot, slug)
        if (path := layout.version_path(slug, number))
    ]
    tree = snapshot.tree
    entries = {path: snapshot.repository.entry(tree, path) for _, path in paths if tree}
    ids = {path: entry.id for path, entry in entries.items() if entry is not None and entry.is_file}
    contents = dict(snapshot.repository.blobs(ids.values()))
    found: dict[str, list[ModelVersion]] = {slug: [] for slug in slugs}
    for slug, path in paths:
        record = _readable(contents.get(ids[path]) if path in ids else None, path)
        if record is not None:
            found[slug].append(record)
    return {slug: tuple(versions) for slug, versions in found.items()}


def _readable(content: bytes | None, path: str) -> ModelVersion | None:
    """The record, if the file is the one of its place; `gitreg validate` tells of the others."""
    try:
        record = read(content, ModelVersion, path) if content is not None else None
    except RecordError:
        return None
    return None if record is None or layout.misplaced(record, path) else record


def _keep(kept: dict[ObjectId, T], tree: ObjectId, value: T, most: int = KEPT) -> None:
    """Keeps what was read; when that becomes much, everything is read again as it is asked for."""
    if len(kept) >= most:
        kept.clear()
    kept[tree] = value
