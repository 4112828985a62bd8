"""Stages, retirement and rollback: proposals that change a model's record."""

from __future__ import annotations

from gitreg.documents import layout, places
from gitreg.documents.edit import DELETE, edit
from gitreg.domain.model import Model
from gitreg.domain.statement import Statement
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import stage as stage_name
from gitreg.errors import AnswerIsNoError, NotFoundError, RecordError, UsageError, VerificationError
from gitreg.signing import split_tag
from gitreg.store import Author
from gitreg.workflows.edited import edited
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import Proposal, propose
from gitreg.workflows.proposing.request_words import retirement_words, stage_words
from gitreg.workflows.publishing.exchange import fetch_unless
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import find_model, is_released, versions_of
from gitreg.workflows.versions.models import model_slug


def staged(text: bytes, model: Model, stage: str, version: VersionNumber | None) -> bytes:
    """The model's record with a version put into a stage, or the stage emptied; people's comments stay."""
    change = DELETE if version is None else str(version)
    return edit(text, Model, places.model_path(model.slug), {("stages", stage): change})


def assign(
    registry: Registry,
    model: str,
    version: VersionNumber | None,
    stage: str,
    author: Author,
    *,
    offline: bool = False,
) -> Proposal:
    """Proposes that a version serves in a stage; None empties the stage.

    Raises:
        AnswerIsNoError: if the version is retired or not released, or stands there already.
        NotFoundError: if there is no such model or version.
        UsageError: if the registry has no such stage.
    """
    fetch_unless(registry, author, offline=offline)
    return _assign(
        registry, find_model(registry.accepted, model_slug(model)), version, stage, author, offline=offline
    )


def _assign(
    registry: Registry,
    record: Model,
    version: VersionNumber | None,
    stage: str,
    author: Author,
    *,
    offline: bool,
) -> Proposal:
    require_stage(registry, stage)
    model = record.slug
    if record.stages.get(stage) == version:
        what = (
            f"{model} {version} is in {stage} already" if version else f"no version of {model} is in {stage}"
        )
        raise AnswerIsNoError(what, hint=f"gitreg model show {model}")
    if version is not None:
        _require_usable(registry, record, version)
    message = f"Assign {model} {version or 'none'} to {stage}\n"
    files = {places.model_path(model): staged(_text(registry, model), record, stage, version)}
    words = stage_words(model, version, stage, record.stages.get(stage))
    draft = Draft(layout.assign_branch(model, stage), files, message, words=words)
    return propose(registry, draft, author, offline=offline)


def rollback(
    registry: Registry,
    model: str,
    stage: str,
    to: VersionNumber | None,
    author: Author,
    *,
    offline: bool = False,
) -> Proposal:
    """Proposes that a stage goes back to the version it had before, or to `to`.

    Raises:
        NotFoundError: if the stage never had another version that may still be used.
    """
    fetch_unless(registry, author, offline=offline)
    record = find_model(registry.accepted, model_slug(model))
    require_stage(registry, stage)
    target = to or _previous(registry, record, stage)
    if target is None:
        raise NotFoundError(
            f"{stage} of {record.slug} had no other version to go back to",
            hint=f"gitreg rollback {record.slug} {stage} --to VERSION",
        )
    return _assign(registry, record, target, stage, author, offline=offline)


def retire(
    registry: Registry,
    model: str,
    version: VersionNumber,
    reason: str,
    author: Author,
    *,
    offline: bool = False,
) -> Proposal:
    """Proposes that a version is not used any more.

    Raises:
        AnswerIsNoError: if it serves in a stage, or is retired already.
        UsageError: if no reason is given, or one that cannot be recorded.
    """
    if not reason.strip():
        raise UsageError(
            "a retirement needs a reason that people can read later", hint="--reason 'wrong labels in May'"
        )
    fetch_unless(registry, author, offline=offline)
    record = find_model(registry.accepted, model_slug(model))
    slug = record.slug
    _require_version(registry, slug, version)
    if version in record.retired:
        raise AnswerIsNoError(
            f"{slug} {version} is retired already: {record.retired[version]}",
            hint=f"gitreg model show {slug}",
        )
    serving = [stage for stage, there in record.stages.items() if there == version]
    if serving:
        raise AnswerIsNoError(
            f"{slug} {version} serves in {', '.join(serving)}",
            hint=f"gitreg rollback {slug} {serving[0]}, or gitreg assign {slug}@none {serving[0]}",
        )
    path = places.model_path(slug)
    text = edited(_text(registry, slug), Model, path, {("retired", str(version)): reason})
    message, words = f"Retire {slug} {version}\n\n{reason.strip()}\n", retirement_words(slug, version, reason)
    draft = Draft(layout.retire_branch(slug, version), {path: text}, message, words=words)
    return propose(registry, draft, author, offline=offline)


def assignments(registry: Registry, model: str, stage: str) -> list[tuple[int, Statement]]:
    """The stage's statements by sequence, as the tags here say it; nothing of this is verified.

    Raises:
        RecordError: if a tag of such a name is no such statement: then nobody can say what comes after it.
    """
    found = []
    for ref in registry.repository.refs(f"refs/tags/stage/{model}/{stage}/"):
        identity = layout.parse_tag(ref.name)
        if identity is not None and identity.number is not None:
            found.append((identity.number, _statement_of(registry, ref.name, identity.number)))
    return sorted(found, key=lambda one: one[0])


def _statement_of(registry: Registry, tag: str, number: int) -> Statement:
    raw = registry.repository.find(tag)
    content = raw.content if raw is not None and raw.kind == "tag" else b""
    try:
        statement, reason = Statement.parse(split_tag(content).message), "it has another number inside"
    except (ValueError, VerificationError) as error:
        statement, reason = None, str(error)
    if statement is None or statement.sequence != number:
        raise RecordError(
            f"the tag {tag.removeprefix('refs/tags/')} is no assignment that gitreg made: {reason}",
            hint="find out who made it before anything is signed",
        )
    return statement


def _previous(registry: Registry, record: Model, stage: str) -> VersionNumber | None:
    current = record.stages.get(stage)
    for _, statement in reversed(assignments(registry, record.slug, stage)):
        version = statement.version
        if version is not None and version != current and version not in record.retired:
            return version
    return None


def require_stage(registry: Registry, stage: str) -> None:
    """Refuses a stage that the registry does not have.

    Raises:
        UsageError: naming those it has.
    """
    try:
        stage_name(stage)
    except ValueError as error:
        raise UsageError(f"not a stage: {stage[:40]!a}: {error}") from error
    stages = registry.rules.stages
    if stage not in stages:
        raise UsageError(
            f"this registry has no stage {stage}; it has {', '.join(stages)}",
            hint="add it to `stages` in gitreg.yaml, by a merge request",
        )


def _require_usable(registry: Registry, record: Model, version: VersionNumber) -> None:
    _require_version(registry, record.slug, version)
    if version in record.retired:
        raise AnswerIsNoError(
            f"{record.slug} {version} is retired: {record.retired[version]}",
            hint=f"gitreg model versions {record.slug}",
        )
    if not is_released(registry, record.slug, version):
        raise AnswerIsNoError(
            f"{record.slug} {version} is not released", hint=f"gitreg release {record.slug}@{version}"
        )


def _require_version(registry: Registry, model: str, version: VersionNumber) -> None:
    if version not in versions_of(registry.accepted, model):
        raise NotFoundError(f"there is no {model} {version}", hint=f"gitreg model versions {model}")


def _text(registry: Registry, model: str) -> bytes:
    text = registry.accepted.file(places.model_path(model))
    if text is None:
        raise NotFoundError(f"there is no model {model}", hint="gitreg model list")
    return text
