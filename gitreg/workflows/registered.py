"""Models and versions as those see them who ask by name and number: accepted ones, and those that wait for review.

What is read is kept by the id of the tree that holds it, so that a model that did not change is not read again, and another
process sees the same. Knows nothing of who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Literal, TypeVar

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Annotation, Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import is_slug, slug_of
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.store import Snapshot
from gitreg.workflows.find import versions_of
from gitreg.workflows.proposed_models import Proposals, proposals_of
from gitreg.workflows.registry import Registry

T = TypeVar("T")
Released = frozenset[tuple[str, str]]
State = Literal["proposed", "accepted", "released", "retired"]
KEPT = 5_000
"""Models of which the records are kept in memory."""
FOLDERS = 8
"""Lists of all models that are kept: of the last states of the accepted branch."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version, and where it stands.

    Args:
        record: its record.
        state: the last word on it, as the tags here say it; `released` says nothing of the signature.
        said: what was said of it after it was accepted.
        stages: stages of the registry that it serves in.
        aliases: MLflow's other names for it.
        branch: short name of the proposal that it waits in.
    """

    record: ModelVersion
    state: State = "accepted"
    said: Annotation = field(default_factory=Annotation)
    stages: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    branch: str | None = None

    @property
    def description(self) -> str:
        """What is new in it, as people say by now."""
        return self.record.description if self.said.description is None else self.said.description

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, as they are by now."""
        now = {**self.record.tags, **self.said.tags}
        return {key: value for key, value in now.items() if value is not None}


@dataclass(frozen=True)
class RegisteredModel:
    """A model, and all of its versions by MLflow's number, but the deleted ones.

    Args:
        model: its record.
        versions: by number, lowest first.
    """

    model: Model
    versions: Mapping[int, RegisteredVersion]

    @property
    def settled(self) -> list[RegisteredVersion]:
        """Those that may be taken for the latest: accepted and not retired."""
        return [one for one in self.versions.values() if one.state in {"accepted", "released"}]

    def version(self, number: VersionNumber) -> RegisteredVersion | None:
        """The version of that semantic number."""
        return next((one for one in self.versions.values() if one.record.version == number), None)


@dataclass(frozen=True)
class _Shelf:
    """The records of one model, as some tree has them."""

    model: Model
    versions: tuple[ModelVersion, ...]


@dataclass
class Shelves:
    """What was read of models, by the ids of their trees."""

    models: dict[ObjectId, Model] = field(default_factory=dict)
    versions: dict[ObjectId, tuple[ModelVersion, ...]] = field(default_factory=dict)
    folders: dict[ObjectId, Mapping[str, ObjectId]] = field(default_factory=dict)


def find_registered(registry: Registry, name: str, shelves: Shelves) -> RegisteredModel | None:
    """The model that people call `name` now, unless it is deleted."""
    proposed = proposals_of(registry)
    accepted = registry.accepted
    model = find_by_name(accepted, name, shelves) or proposed.model(name)
    return _registered(registry, accepted, model, proposed, shelves) if model else None


def all_registered(
    registry: Registry, shelves: Shelves, named: str | None = None
) -> Iterator[RegisteredModel]:
    """Every model that is not deleted, by slug, or the one of a name; each with its versions."""
    proposed, accepted = proposals_of(registry), registry.accepted
    there = _models(accepted, shelves)
    known = {model.slug for model in there}
    models = [*there, *(one for one in proposed.models if one.slug not in known)]
    alive = [model for model in models if model.deleted is None and named in {None, model.name}]
    _read_versions(accepted, [model.slug for model in alive], shelves)
    released = _released(registry.repository)
    for model in alive:
        yield _registered(registry, accepted, model, proposed, shelves, released)


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
    return next((one for one in _models(snapshot, shelves) if one.name == name and one.deleted is None), None)


def folder_for(snapshot: Snapshot, name: str, shelves: Shelves) -> tuple[str, Model | None]:
    """The slug for a new model of that name, and the deleted model of that name whose folder that is.

    Raises:
        ValueError: if nothing can be called so.
    """
    slug, there = slug_of(name), _models(snapshot, shelves)
    for model in there:
        if model.name == name and model.deleted is not None:
            return model.slug, model
    taken = _trees(snapshot, shelves)
    others = (f"{slug[:58]}-{number}" for number in count(2))
    return next(one for one in chain([slug], others) if one not in taken), None


def _registered(
    registry: Registry,
    accepted: Snapshot,
    model: Model,
    proposed: Proposals,
    shelves: Shelves,
    released: Released | None = None,
) -> RegisteredModel:
    model = proposed.edited(model)
    there = _read_versions(accepted, [model.slug], shelves).get(model.slug, ())
    names = _Names(model)
    found = {one.number: names.standing(one, _state(registry, one, model, released)) for one in there}
    for branch, one in proposed.versions_of(model.slug):
        if one.number not in found and not any(one.version == other.version for other in there):
            found[one.number] = names.standing(one, "proposed", branch)
    alive = {number: found[number] for number in sorted(found) if found[number].said.deleted is None}
    return RegisteredModel(model, alive)


class _Names:
    """Names of a model's versions, by version."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.stages, self.aliases = _turned(model.stages), _turned(model.aliases)

    def standing(self, record: ModelVersion, state: State, branch: str | None = None) -> RegisteredVersion:
        version = record.version
        return RegisteredVersion(
            record,
            state,
            self.model.said_of(version),
            self.stages.get(version, ()),
            self.aliases.get(version, ()),
            branch,
        )


def _turned(names: Mapping[str, VersionNumber]) -> dict[VersionNumber, tuple[str, ...]]:
    found: dict[VersionNumber, tuple[str, ...]] = {}
    for name, version in names.items():
        found[version] = (*found.get(version, ()), name)
    return found


def _state(registry: Registry, record: ModelVersion, model: Model, released: Released | None) -> State:
    if record.version in model.retired:
        return "retired"
    if released is None:
        tag = layout.version_tag(model.slug, record.version)
        return "accepted" if registry.repository.resolve(tag) is None else "released"
    return "released" if (model.slug, f"v{record.version}") in released else "accepted"


def _released(repository: Repository) -> Released:
    """Models and versions of all release tags."""
    names = (ref.name.split("/") for ref in repository.refs("refs/tags/model/"))
    return frozenset((parts[3], parts[4]) for parts in names if len(parts) == 5)


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


def _models(snapshot: Snapshot, shelves: Shelves) -> list[Model]:
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


def _read_versions(
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
