"""What open proposals would make of models and versions, kept by where their branches and the accepted one are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Annotation, Model, ModelVersion
from gitreg.errors import ConflictError, RecordError
from gitreg.store import Snapshot
from gitreg.workflows.proposing import proposals
from gitreg.workflows.registry import Registry

WORDS = ("description", "owners", "tags", "updated")
"""What a proposal says of a model counts before it is merged in these only: not what it is called, who serves, what is hidden."""


@dataclass(frozen=True)
class Proposals:
    """Open proposals of versions and of models' own records.

    Args:
        versions: the record that each branch proposes, by the branch's short name.
        edits: the record of an accepted model as an open edit would have it, by slug.
        new: models that proposals bring, by slug; nothing serves in them.
    """

    versions: Mapping[str, ModelVersion] = field(default_factory=dict)
    edits: Mapping[str, Model] = field(default_factory=dict)
    new: Mapping[str, Model] = field(default_factory=dict)

    def model(self, name: str) -> Model | None:
        """The proposed model called `name`."""
        return next((one for one in self.new.values() if one.name == name), None)

    def edited(self, model: Model) -> Model:
        """The model with the words that an open edit says of it."""
        edit = self.edits.get(model.slug)
        if edit is None:
            return model
        words = {key: getattr(edit, key) for key in WORDS}
        said = {version: _words(one, model.said_of(version)) for version, one in edit.annotations.items()}
        return model.model_copy(update={**words, "annotations": {**model.annotations, **said}})

    def versions_of(self, slug: str) -> list[tuple[str, ModelVersion]]:
        """Branches and the versions of a model that they propose, the earliest first: of two that claim one number it has it."""
        found = ((branch, one) for branch, one in self.versions.items() if one.model == slug)
        return sorted(found, key=lambda pair: (pair[1].created, pair[0]))


def _words(proposed: Annotation, accepted: Annotation) -> Annotation:
    return proposed.model_copy(update={"stage": accepted.stage, "deleted": accepted.deleted})


def proposals_of(registry: Registry) -> Proposals:
    """What is proposed in this clone, or on the remote as last fetched.

    Edits count where registering is proposing: who registers there must find what was said a moment ago.
    """
    if not any(map(_is_of_model, _branches(registry))):
        return Proposals()
    found = proposals.open_proposals(registry)
    versions = {one.name: record for one in found if (record := _version(registry, one))}
    edits: dict[str, Model] = {}
    if registry.rules.registration == "proposal":
        edits = {one.model: model for one in found if one.kind == "edit" and (model := _model(registry, one))}
    for branch, record in versions.items():
        if record.model not in edits and (new := _new_model(registry, branch, record)) is not None:
            edits[record.model] = new
    there = {slug for slug in edits if _is_there(registry, slug)}
    return Proposals(
        versions,
        {slug: edits[slug] for slug in there},
        {slug: _unserving(one) for slug, one in edits.items() if slug not in there and one.deleted is None},
    )


def _is_there(registry: Registry, slug: str) -> bool:
    """Whether a model was accepted, and is not deleted."""
    try:
        model = registry.accepted.record(Model, places.model_path(slug))
    except RecordError:
        return False
    return model is not None and model.deleted is None


def _unserving(model: Model) -> Model:
    """A model that waits for review itself, as nobody decided yet which of its versions serves."""
    said = {version: one.model_copy(update={"stage": ""}) for version, one in model.annotations.items()}
    return model.model_copy(update={"stages": {}, "aliases": {}, "annotations": said})


def _branches(registry: Registry) -> Iterator[str]:
    remote = [f"refs/remotes/{registry.remote}/"] if registry.remote else []
    for prefix in ("refs/heads/", *remote):
        for ref in registry.repository.refs(f"{prefix}gitreg/"):
            yield ref.name.removeprefix(prefix)


def _is_of_model(branch: str) -> bool:
    return branch.startswith(("gitreg/promote/", "gitreg/edit/"))


def _version(registry: Registry, proposal: proposals.Proposal) -> ModelVersion | None:
    if proposal.kind != "promote" or proposal.version is None:
        return None
    try:
        path = layout.version_path(proposal.model, proposal.version)
        return proposals.at(registry, proposal).record(ModelVersion, path)
    except RecordError:
        return None  # a stranger's branch; whoever merges it will hear of it


def _model(registry: Registry, proposal: proposals.Proposal) -> Model | None:
    """The model's record as merging the edit would make it; None where it does not fit what was accepted meanwhile."""
    accepted, path = registry.accepted, places.model_path(proposal.model)
    if accepted.commit is None:
        return None
    try:
        tree = registry.repository.merge_trees([accepted.commit, proposal.commit])
        content = registry.repository.blob_below(tree, path)
        model = read(content, Model, path) if content is not None else None
    except (ConflictError, RecordError):
        return None
    return model if model is not None and model.slug == proposal.model else None


def _new_model(registry: Registry, branch: str, record: ModelVersion) -> Model | None:
    """The model that comes with its first version."""
    path = places.model_path(record.model)
    if registry.accepted.file(path) is not None:
        return None
    commit = next(filter(None, map(registry.repository.resolve, _refs(registry, branch))), None)
    try:
        return Snapshot(registry.repository, commit).record(Model, path)
    except RecordError:
        return None


def _refs(registry: Registry, branch: str) -> list[str]:
    remote = [f"refs/remotes/{registry.remote}/{branch}"] if registry.remote else []
    return [*remote, f"refs/heads/{branch}"]
