"""What was accepted and waits for a signature: versions, retirements, stages. Signs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.domain.digest import Digest
from gitreg.domain.model import IMPORT_MARK, Model, ModelVersion
from gitreg.domain.statement import Action, Statement
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError
from gitreg.gitrepo import ObjectId
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import models_in, versions_of
from gitreg.workflows.versions.stages import assignments


@dataclass(frozen=True)
class Due:
    """Something that was accepted and waits for a signature.

    Args:
        tag: full ref name of the tag to come.
        commit: the commit of the accepted branch that brought it.
        statement: what will be signed.
        why: what is wrong with the signature that is there, where one is.
    """

    tag: str
    commit: ObjectId
    statement: Statement
    why: str = ""


def due(registry: Registry, *, model: str | None = None, version: VersionNumber | None = None) -> list[Due]:
    """What the accepted branch holds and no tag covers yet: versions first, then retirements, then stages.

    A version that MLflow's API registered at once waits for no signature; it is signed when it is named (docs/adr/0035).

    Raises:
        NotFoundError: if the model that is named is not there, or a version that a model names.
        AnswerIsNoError: if the version that is named cannot be signed: no candidate or no artifacts of it are here.
    """
    accepted = registry.accepted
    models = models_in(accepted)
    if model is not None and model not in models:
        raise NotFoundError(f"there is no model {model}", hint="gitreg model list")
    found: list[Due] = []
    for slug in models if model is None else [model]:
        record = accepted.record(Model, places.model_path(slug))
        if record is not None:
            found += _versions_due(registry, accepted, record, version)
            found += _retirements_due(registry, accepted, record)
            found += _stages_due(registry, accepted, record)
    return [one for one in found if version is None or one.statement.version == version]


def _versions_due(
    registry: Registry, accepted: Snapshot, model: Model, named: VersionNumber | None
) -> Iterator[Due]:
    for number in versions_of(accepted, model.slug):
        tag = layout.version_tag(model.slug, number)
        if named in {None, number} and registry.repository.resolve(tag) is None:
            if not _is_awaited(registry, accepted, model.slug, number, is_named=named is not None):
                continue
            statement = _statement(registry, accepted, "release", model.slug, number)
            yield Due(tag, _commit_of(registry, accepted, model.slug, number), statement)


def _is_awaited(
    registry: Registry, accepted: Snapshot, model: str, version: VersionNumber, *, is_named: bool
) -> bool:
    """Whether somebody waits for the signature: not of what was registered at once or imported, unless it is named."""
    record = accepted.record(ModelVersion, layout.version_path(model, version))
    if record is None:
        return True  # there is an error for that below
    if is_named:
        return bool(record.origin and record.content)
    is_whole = record.candidate is not None and record.artifacts is not None
    is_direct = bool(record.source) and registry.rules.registration == "direct"
    return is_whole and not is_direct and IMPORT_MARK not in record.tags


def _retirements_due(registry: Registry, accepted: Snapshot, model: Model) -> Iterator[Due]:
    for number in sorted(model.retired):
        tag = layout.retire_tag(model.slug, number)
        if registry.repository.resolve(tag) is None:
            commit = _commit_where(registry, accepted, model.slug, _is_retired(number))
            yield Due(tag, commit, _statement(registry, accepted, "retire", model.slug, number))


def _stages_due(registry: Registry, accepted: Snapshot, model: Model) -> Iterator[Due]:
    tags = (layout.parse_tag(ref.name) for ref in registry.repository.refs(f"refs/tags/stage/{model.slug}/"))
    known = {tag.stage for tag in tags if tag is not None and tag.stage is not None}
    for stage in sorted(known | model.stages.keys()):
        chain = assignments(registry, model.slug, stage)
        version = model.stages.get(stage)
        last = chain[-1][1] if chain else None
        if (last.version if last else None) == version:
            continue
        yield _assignment(registry, accepted, model.slug, stage, version, last)


def next_assignment(registry: Registry, accepted: Snapshot, last: Statement) -> Due:
    """The same version assigned to the same stage once more, after an assignment that is not good any more."""
    return _assignment(registry, accepted, last.model, last.stage or "", last.version, last)


def _assignment(
    registry: Registry,
    accepted: Snapshot,
    model: str,
    stage: str,
    version: VersionNumber | None,
    last: Statement | None,
) -> Due:
    sequence = (last.sequence or 0 if last else 0) + 1
    commit = _commit_where(registry, accepted, model, _serves(stage, version))
    statement = _statement(
        registry, accepted, "assign", model, version,
        stage=stage, sequence=sequence, previous=last.digest if last else None,
    )  # fmt: skip
    return Due(layout.stage_tag(model, stage, sequence), commit, statement)


def _statement(
    registry: Registry,
    accepted: Snapshot,
    action: Action,
    model: str,
    version: VersionNumber | None,
    **stage: object,
) -> Statement:
    record = manifest = None
    if version is not None:
        text = accepted.file(layout.version_path(model, version))
        listing = accepted.file(layout.version_manifest_path(model, version), limit=MANIFEST_LIMIT)
        if text is None or listing is None:
            raise NotFoundError(
                f"the accepted branch has no whole {model} {version}", hint=f"gitreg validate models/{model}"
            )
        record, manifest = Digest.of(text), Digest.of(listing)
    return Statement(
        registry=registry.settings.id, action=action, model=model, version=version, record=record, manifest=manifest, **stage  # type: ignore[arg-type]
    )  # fmt: skip


def _commit_of(registry: Registry, accepted: Snapshot, model: str, version: VersionNumber) -> ObjectId:
    """The commit of the accepted branch that brought the version as it is."""
    folder = layout.version_folder(model, version)
    history = registry.repository.history(_tip(accepted), folder, first_parent=True)
    if not history:
        raise NotFoundError(
            f"no commit of the accepted branch brought {folder}", hint="git fetch --unshallow"
        )
    return history[0]


def _is_retired(version: VersionNumber) -> Callable[[Model], bool]:
    return lambda model: version in model.retired


def _serves(stage: str, version: VersionNumber | None) -> Callable[[Model], bool]:
    return lambda model: model.stages.get(stage) == version


def _commit_where(
    registry: Registry, accepted: Snapshot, model: str, holds: Callable[[Model], bool]
) -> ObjectId:
    """The commit since which the model's record has said so without a break."""
    path = places.model_path(model)
    since = _tip(accepted)
    for commit in registry.repository.history(since, path, first_parent=True):
        record = Snapshot(registry.repository, commit).record(Model, path)
        if record is None or not holds(record):
            break
        since = commit
    return since


def _tip(accepted: Snapshot) -> ObjectId:
    if accepted.commit is None:
        raise NotFoundError("there is no accepted branch", hint="gitreg init")
    return accepted.commit
