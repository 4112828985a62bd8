"""One model version with where it stands, and any record's file as it is."""

from __future__ import annotations

from gitreg.documents import layout, places
from gitreg.domain.model import Model
from gitreg.domain.reference import ProposalReference
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError
from gitreg.store import Snapshot
from gitreg.workflows.proposing.proposals import at, find_proposal
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import find_candidate, find_version, is_released, parsed
from gitreg.workflows.versions.models import VersionSummary


def show_version(registry: Registry, reference: str) -> VersionSummary:
    """The version that a reference names.

    Raises:
        NotFoundError: if there is none.
        UsageError: if the reference is of something else.
    """
    version = find_version(registry, reference)
    snapshot = snapshot_of(registry, reference)
    model = snapshot.record(Model, places.model_path(version.model))
    number = version.version
    stages = tuple(stage for stage, there in model.stages.items() if there == number) if model else ()
    retired = model.retired.get(number) if model else None
    return VersionSummary(version, is_released(registry, version.model, number), stages, retired)


def raw_record(registry: Registry, reference: str) -> bytes:
    """The file of the candidate or version that a reference names, byte for byte.

    Raises:
        NotFoundError: if there is none.
    """
    if "@" in reference or "!" in reference:
        version = find_version(registry, reference)
        return _file(snapshot_of(registry, reference), layout.version_path(version.model, version.version))
    candidate = find_candidate(registry, reference)
    return _file(registry.candidates, places.candidate_path(candidate.experiment, candidate.id))


def snapshot_of(registry: Registry, reference: str) -> Snapshot:
    """The records among which a version's reference is looked up: the accepted ones, or a proposal's."""
    found = parsed(reference)
    if not isinstance(found, ProposalReference):
        return registry.accepted
    return proposed(registry, found.model, found.version)


def proposed(registry: Registry, model: str, version: VersionNumber) -> Snapshot:
    """The records as the proposal of a version would have them.

    Raises:
        NotFoundError: if it is not proposed.
    """
    proposal = find_proposal(registry, layout.promote_branch(model, version))
    if proposal is None:
        raise NotFoundError(f"there is no proposal of {model} {version}", hint="gitreg status")
    return at(registry, proposal)


def _file(snapshot: Snapshot, path: str) -> bytes:
    content = snapshot.file(path)
    if content is None:
        raise NotFoundError(f"there is no {path}")
    return content
