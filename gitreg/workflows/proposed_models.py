"""What open proposals would make of models and versions, kept by where their branches and the accepted one are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Model, ModelVersion
from gitreg.errors import ConflictError, RecordError
from gitreg.store import Snapshot
from gitreg.workflows import proposals
from gitreg.workflows.registry import Registry

UNREVIEWED = ("aliases", "stages", "retired", "gates")
"""What a proposal's word on a model does not count for before it is merged: who serves, and by which rules."""


@dataclass(frozen=True)
class Proposals:
    """Open proposals of versions and of models' own records.

    Args:
        versions: the record that each branch proposes, by the branch's short name.
        edits: the model's record as an open edit would have it, by slug.
    """

    versions: Mapping[str, ModelVersion] = field(default_factory=dict)
    edits: Mapping[str, Model] = field(default_factory=dict)

    @property
    def models(self) -> list[Model]:
        """Models that are proposed, or edited by a proposal."""
        return list(self.edits.values())

    def model(self, name: str) -> Model | None:
        """The proposed model called `name`, unless it is deleted."""
        return next((one for one in self.models if one.name == name and one.deleted is None), None)

    def edited(self, model: Model) -> Model:
        """The model with the words that an open edit says of it."""
        edit = self.edits.get(model.slug)
        if edit is None or edit is model:
            return model
        return edit.model_copy(update={key: getattr(model, key) for key in UNREVIEWED})

    def versions_of(self, slug: str) -> Iterator[tuple[str, ModelVersion]]:
        """Branches and the versions of a model that they propose."""
        return ((branch, one) for branch, one in self.versions.items() if one.model == slug)


def proposals_of(registry: Registry) -> Proposals:
    """What is proposed in this clone, or on the remote as last fetched.

    Edits count where registering is proposing: who registers there must find what was said a moment ago.
    """
    if not any(map(_is_of_model, _branches(registry))):
        return Proposals()
    found = proposals.open_proposals(registry)
    versions = {one.name: record for one in found if (record := _version(registry, one))}
    edits = {}
    if registry.rules.registration == "proposal":
        edits = {one.model: model for one in found if one.kind == "edit" and (model := _model(registry, one))}
    for branch, record in versions.items():
        if record.model not in edits and (new := _new_model(registry, branch, record)) is not None:
            edits[record.model] = new
    return Proposals(versions, edits)


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
