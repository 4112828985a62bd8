"""Finding what a reference names."""

from __future__ import annotations

from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.reference import (
    CandidateReference,
    PickReference,
    ProposalReference,
    Reference,
    StageReference,
    VersionReference,
    parse_reference,
)
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import is_slug
from gitreg.errors import AmbiguousError, NotFoundError, UsageError
from gitreg.store import Snapshot
from gitreg.workflows.proposing.proposals import find_proposal
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.picks import best, latest
from gitreg.workflows.searching.place import NO_BRANCH


def parsed(reference: str) -> Reference:
    """What a reference means, before anything is looked up.

    Raises:
        UsageError: if it has none of the forms.
    """
    try:
        return parse_reference(reference)
    except ValueError as error:
        raise UsageError(str(error)) from error


def find_candidate(registry: Registry, reference: str) -> Candidate:
    """The candidate that a reference names; a version names the candidate it was made from.

    Raises:
        UsageError: if the reference has none of the forms.
        NotFoundError: if there is no such candidate; AmbiguousError if there are several.
        AnswerIsNoError: if the version was registered from elsewhere.
    """
    found = parsed(reference)
    if isinstance(found, CandidateReference):
        return _by_prefix(registry.candidates, found)
    if isinstance(found, PickReference):
        return (
            best(registry, found.experiment) if found.pick == "best" else latest(registry, found.experiment)
        )
    version = find_version(registry, reference)
    path = layout.version_candidate_path(version.model, version.version)
    candidate = _version_snapshot(registry, found).record(Candidate, path) if version.origin else None
    if candidate is None:
        raise NotFoundError(f"{version} has no {path}", hint="gitreg validate")
    return candidate


def find_version(registry: Registry, reference: str) -> ModelVersion:
    """The model version that a reference names, accepted or (with `!`) proposed.

    Raises:
        UsageError: if the reference is not of a version.
        NotFoundError: if there is no such version.
    """
    found = parsed(reference)
    if isinstance(found, (CandidateReference, PickReference)):
        raise UsageError(
            f"{reference} names a candidate, not a version", hint="name a version like churn@1.2.0"
        )
    snapshot = _version_snapshot(registry, found)
    number = _number(registry, snapshot, found)
    version = snapshot.record(ModelVersion, layout.version_path(found.model, number))
    if version is None:
        raise NotFoundError(
            f"there is no {found.model} {number}", hint=f"gitreg model versions {found.model}"
        )
    return version


def find_model(snapshot: Snapshot, slug: str) -> Model:
    """The model in folder `slug`.

    Raises:
        NotFoundError: if there is none.
    """
    model = snapshot.record(Model, places.model_path(slug)) if is_slug(slug) else None
    if model is None:
        raise NotFoundError(f"there is no model {slug!a}", hint="gitreg model list")
    return model


def models_in(snapshot: Snapshot) -> list[str]:
    """Slugs of the models there; what else lies beside them is none of ours (`gitreg validate` tells of it)."""
    return [name for name in snapshot.names("models") if is_slug(name)]


def experiments_in(snapshot: Snapshot) -> list[str]:
    """Slugs of the experiments there."""
    return [name for name in snapshot.names("experiments") if is_slug(name)]


def versions_of(snapshot: Snapshot, model: str) -> list[VersionNumber]:
    """The versions of a model, lowest first."""
    found = []
    for name in snapshot.names(places.versions_folder(model)):
        try:
            found.append(VersionNumber.parse(name))
        except ValueError:
            continue
    return sorted(found)


def is_released(registry: Registry, model: str, version: VersionNumber) -> bool:
    """Whether the version's release tag exists here. It says nothing of its signature."""
    return registry.repository.resolve(layout.version_tag(model, version)) is not None


def _by_prefix(snapshot: Snapshot, found: CandidateReference) -> Candidate:
    prefix = found.prefix
    paths = [
        path
        for experiment in experiments_in(snapshot)
        if found.experiment in {None, experiment}
        for path in snapshot.paths(f"{places.candidates_folder(experiment)}/{prefix[:2]}")
        if path.rpartition("/")[2].startswith(prefix) and places.candidate_of(path)
    ]
    if not paths:
        where = f" of {found.experiment}" if found.experiment else ""
        raise NotFoundError(
            f"no candidate's id{where} starts with {prefix}",
            hint="gitreg list" if snapshot.commit else NO_BRANCH,
        )
    if len(paths) > 1:
        ids = ", ".join(sorted(path.rpartition("/")[2][:12] for path in paths[:10]))
        raise AmbiguousError(
            f"{len(paths)} candidates' ids start with {prefix}: {ids}", hint="give more digits"
        )
    candidate = snapshot.record(Candidate, paths[0])
    if candidate is None:
        raise NotFoundError(f"{paths[0]} is gone", hint="gitreg list")
    return candidate


def _version_snapshot(registry: Registry, found: Reference) -> Snapshot:
    if isinstance(found, ProposalReference):
        proposal = find_proposal(registry, layout.promote_branch(found.model, found.version))
        if proposal is None:
            raise NotFoundError(
                f"there is no proposal of {found.model} {found.version}", hint="gitreg status"
            )
        return Snapshot(registry.repository, proposal.commit)
    return registry.accepted


def _number(
    registry: Registry, snapshot: Snapshot, found: VersionReference | StageReference | ProposalReference
) -> VersionNumber:
    model = find_model(snapshot, found.model)
    if isinstance(found, StageReference):
        if found.stage not in model.stages:
            raise NotFoundError(
                f"no version of {model.slug} is in {found.stage}", hint=f"gitreg model show {model.slug}"
            )
        return model.stages[found.stage]
    if isinstance(found.version, VersionNumber):
        return found.version
    usable = [
        version
        for version in versions_of(snapshot, model.slug)
        if version not in model.retired and is_released(registry, model.slug, version)
    ]
    if not usable:
        raise NotFoundError(f"{model.slug} has no released version", hint="gitreg release")
    return usable[-1]
