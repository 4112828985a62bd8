"""Models and versions as those see them who ask by name and number: accepted ones, and those that wait for review.

Knows nothing of who asks, and reads nothing itself (shelves.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from gitreg.documents import layout
from gitreg.domain.model import Annotation, Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.gitrepo import Repository
from gitreg.workflows.proposing.proposed_models import proposals_of
from gitreg.workflows.registry import Registry
from gitreg.workflows.versions.shelves import (
    Shelves,
    find_by_name,
    folder_for,
    read_versions,
    readable_models,
)

__all__ = [
    "RegisteredModel",
    "RegisteredVersion",
    "Shelves",
    "State",
    "all_registered",
    "find_by_name",
    "find_registered",
    "folder_for",
]
Released = frozenset[tuple[str, str]]
State = Literal["proposed", "accepted", "released", "retired"]


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

    def named(self, word: str) -> RegisteredVersion | None:
        """The version of a semantic number, or that serves in a stage of the registry or goes by an alias.

        What reads as a number is never a name: who pinned 1.2.0 gets that, or nothing.
        """
        try:
            return self.version(VersionNumber.parse(word))
        except ValueError:
            names = ((one, (*one.stages, *one.aliases)) for one in self.versions.values())
            return next((one for one, called in names if word in called), None)


def find_registered(registry: Registry, name: str, shelves: Shelves) -> RegisteredModel | None:
    """The model that people call `name` now, unless it is deleted."""
    view = _View(registry, shelves)
    model = find_by_name(view.accepted, name, shelves) or view.proposed.model(name)
    return view.model(model) if model else None


def all_registered(
    registry: Registry, shelves: Shelves, named: str | None = None
) -> Iterator[RegisteredModel]:
    """Every model that is not deleted, by slug, or the one of a name; each with its versions."""
    view = _View(registry, shelves)
    there = [model for model in readable_models(view.accepted, shelves) if model.deleted is None]
    alive = [model for model in (*there, *view.proposed.new.values()) if named in {None, model.name}]
    read_versions(view.accepted, [model.slug for model in alive], shelves)
    released = _released(registry.repository)
    for model in alive:
        yield view.model(model, released)


class _View:
    """What the models of one moment are seen by."""

    def __init__(self, registry: Registry, shelves: Shelves) -> None:
        self.registry, self.shelves = registry, shelves
        self.accepted, self.proposed = registry.accepted, proposals_of(registry)

    @cached_property
    def protected(self) -> Collection[str]:
        """Stages of the registry: what MLflow's API once called so, before they were that, has no such name any more."""
        return self.registry.protected_names

    def model(self, model: Model, released: Released | None = None) -> RegisteredModel:
        """A model with its versions."""
        model = self.proposed.edited(model)
        there = read_versions(self.accepted, [model.slug], self.shelves).get(model.slug, ())
        stages = _turned(model.stages)
        aliases = _turned({name: one for name, one in model.aliases.items() if self._is_free(name)})

        def standing(record: ModelVersion, state: State, branch: str | None = None) -> RegisteredVersion:
            version, said = record.version, model.said_of(record.version)
            if said.stage and not self._is_free(said.stage):
                said = said.model_copy(update={"stage": ""})
            names = stages.get(version, ()), aliases.get(version, ())
            return RegisteredVersion(record, state, said, *names, branch)

        found = {one.number: standing(one, _state(self.registry, one, model, released)) for one in there}
        for branch, one in self.proposed.versions_of(model.slug):
            if one.number not in found and not any(one.version == other.version for other in there):
                found[one.number] = standing(one, "proposed", branch)
        alive = {number: found[number] for number in sorted(found) if found[number].said.deleted is None}
        return RegisteredModel(model, alive)

    def _is_free(self, name: str) -> bool:
        return name.lower() not in self.protected


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
