"""Records of registered models and versions: MLflow's integer stays where it is free, the semantic version is given by tag or the next.

Writes nothing: it says which files would be different.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.fitted import kept_name, kept_text
from gitreg.domain.model import IMPORT_MARK, Model, ModelVersion
from gitreg.domain.times import time_text
from gitreg.domain.version import VersionNumber, why_not_next
from gitreg.domain.words import alias as checked_alias
from gitreg.errors import GateError, UsageError
from gitreg.gitrepo import without_credentials
from gitreg.store import Author, Snapshot
from gitreg.workflows.edited import edited
from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.judging import judged
from gitreg.workflows.import_mlflow.report import State
from gitreg.workflows.import_mlflow.values import SourceModel, SourceVersion
from gitreg.workflows.recording.cut_secrets import cut_pairs
from gitreg.workflows.recording.log_candidate import error_words
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import versions_of
from gitreg.workflows.versions.new_version import (
    NewVersion,
    Told,
    free_version,
    version_files,
    version_record,
    waiting_numbers,
)
from gitreg.workflows.versions.registered import Shelves, find_by_name, folder_for
from gitreg.workflows.versions.registered_source import Made

NUMBER = "gitreg.import.number"
"""MLflow's number in the source, where it was taken here."""
SEMANTIC = ("gitreg.version", "gitlab.version")
"""Tags by which people give a version its semantic number."""


@dataclass(frozen=True)
class Place:
    """Where versions are made: a registry, what it accepted before, and by whom."""

    registry: Registry
    before: Snapshot
    author: Author


@dataclass
class Standing:
    """The versions of a model that are here, and those that an import adds.

    Args:
        imported: versions that came by an import, by MLflow's number in the source, with their marks.
        numbers: MLflow's numbers that are claimed.
        versions: the semantic versions.
    """

    imported: dict[int, tuple[VersionNumber, str]] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    versions: list[VersionNumber] = field(default_factory=list)

    @classmethod
    def of(cls, registry: Registry, snapshot: Snapshot, model: Model) -> Standing:
        """What a snapshot has of a model; a number that an open proposal claims is nobody else's."""
        claimed = {int(one) for one in snapshot.names(places.numbers_folder(model.slug)) if one.isdecimal()}
        claimed |= waiting_numbers(registry, model.slug)
        standing = cls(numbers=claimed, versions=versions_of(snapshot, model.slug))
        for version in standing.versions:
            record = snapshot.record(ModelVersion, layout.version_path(model.slug, version))
            if record is not None and IMPORT_MARK in record.tags:
                number = record.tags.get(NUMBER, "")
                standing.imported[int(number) if number.isdecimal() else record.number] = (
                    version,
                    record.tags[IMPORT_MARK],
                )
        return standing

    def state(self, model: str, version: SourceVersion) -> tuple[State, str]:
        """What is to be done with a version of the source, and a word about it."""
        what = f"version {version.number} of model {model}"
        if version.status != "READY":
            return "left out", f"{what} is {version.status} at the source"
        known = self.imported.get(version.number)
        if known is not None and known[1] == version_mark(version):
            return "there", ""
        if known is not None:
            return (
                "changed",
                f"{what} has changed at the source since it was imported; {known[0]} here is final",
            )
        if version.number in self.numbers:
            return "new", f"{what} gets another number: something else has it here"
        return "new", ""


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Whether a registered model is a prompt: text, which deploys nothing, and of which gates are not asked."""
    return tags.get("mlflow.prompt.is_prompt", "").lower() == "true"


def version_mark(version: SourceVersion) -> str:
    """What a version is, as a digest."""
    return fitting.mark(
        version.number, version.description, version.created, version.stage, version.run, version.logged_model,
        version.source, sorted(version.tags.items()),
    )  # fmt: skip


def blank_model(before: Snapshot, model: SourceModel, author: Author) -> tuple[Model, bytes | None]:
    """The model's record as it is, or a new one; and the text of its file, where there is one.

    Raises:
        UsageError: if it cannot be recorded.
    """
    name = kept_name(model.name, "model")
    here = find_by_name(before, name, Shelves())
    if here is None:
        slug, deleted = folder_for(before, name, Shelves())
        here = deleted or _new_model(slug, name, model, author)
    return here, before.file(places.model_path(here.slug))


def _new_model(slug: str, name: str, model: SourceModel, author: Author) -> Model:
    created = model.created or author.when
    try:
        return Model(
            slug=slug,
            name=name,
            description=kept_text(model.description),
            tags=cut_pairs(fitting.pairs(model.tags)),
            created=created,
            updated=model.updated or created,
        )
    except ValueError as error:
        raise UsageError(f"the model {name} cannot be recorded: {error_words(error)}") from error


def new_version(
    place: Place, standing: Standing, model: Model, version: SourceVersion, made: Made
) -> Mapping[str, bytes | None]:
    """The files of a version that is not here yet; notes it in the standing.

    Raises:
        GateError: if a gate of the registry refuses it.
        UsageError: if it cannot be recorded.
    """
    results = [] if is_prompt(model.tags) else judged(place.registry, place.before, model, made)
    failed = [one for one in results if one.result == "failed"]
    if failed:
        raise GateError("; ".join(f"{one.kind}: {one.detail}" for one in failed))
    semantic = _semantic(place, standing, model, version)
    number = version.number if version.number not in standing.numbers else max(standing.numbers) + 1
    told = _told(version, number, made.logged_model)
    new = NewVersion(
        made.candidate, made.raw, made.part, model, results, kept_text(version.description), None, told
    )
    own = {"number": number, "created": version.created or place.author.when}
    record = version_record(place.before, new, semantic, place.author, None).model_copy(update=own)
    standing.imported[version.number] = (semantic, told.tags[IMPORT_MARK])
    standing.numbers.add(number)
    standing.versions.append(semantic)
    return version_files(place.before, new, record)


def _semantic(place: Place, standing: Standing, model: Model, version: SourceVersion) -> VersionNumber:
    """The version's semantic number: that of its tag where it may have it, else the next minor one."""
    free = free_version(place.registry, place.before, model.slug, None, "minor")
    highest = max(standing.versions, default=None)
    following = max(free, highest.bumped("minor")) if highest else free
    wanted = next((version.tags[key] for key in SEMANTIC if key in version.tags), "")
    try:
        number = VersionNumber.parse(wanted)
    except ValueError:
        return following
    taken = {str(one).lower() for one in standing.versions}
    is_free = str(number).lower() not in taken and why_not_next(number, standing.versions) is None
    return number if is_free else following


def _told(version: SourceVersion, number: int, made_of: str | None) -> Told:
    tags = {**cut_pairs(fitting.pairs(version.tags)), IMPORT_MARK: version_mark(version)}
    if number != version.number:
        tags[NUMBER] = str(version.number)
    return Told(
        source=without_credentials(kept_text(version.source)),
        run=fitting.run_id(version.run) if version.run else "",
        run_link=without_credentials(kept_text(version.run_link)),
        logged_model=fitting.logged_model_id(version.logged_model) if version.logged_model else made_of,
        tags=tags,
    )


def annotated(
    registry: Registry, record: Model, standing: Standing, model: SourceModel, *, replacing: bool
) -> tuple[dict[tuple[str, ...], Any], list[str]]:
    """What the model's record is to say of imported versions, aliases and stages of MLflow's own; and what it cannot.

    Args:
        registry: in which.
        record: the model's, as it is.
        standing: its versions.
        model: the model at the source.
        replacing: whether a stage or alias that is another one here goes along with the source's.
    """
    changes: dict[tuple[str, ...], Any] = {}
    notices: list[str] = []
    for version in model.versions:
        known = standing.imported.get(version.number)
        if known is None or record.said_of(known[0]).stage == version.stage:
            continue
        if why := _no_stage(registry, record, version.stage, known[0]):
            notices.append(
                f"version {version.number} of model {model.name} is in {version.stage} there: {why}"
            )
        elif replacing or known[0] not in record.annotations:
            updated = time_text(version.updated) if version.updated else None
            changes["annotations", str(known[0]), "stage"] = kept_text(version.stage)
            changes["annotations", str(known[0]), "updated"] = updated
    for name, number in model.aliases.items():
        known = standing.imported.get(number)
        why = _no_alias(registry, record, name, known[0] if known else None, replacing=replacing)
        if why:
            notices.append(f"alias {name} of model {model.name}: {why}")
        elif known and known[0] not in {record.stages.get(name), record.aliases.get(name)}:
            changes["aliases", name] = str(known[0])
    return changes, notices


def _no_stage(registry: Registry, record: Model, name: str, version: VersionNumber) -> str:
    """Why an import does not put a version into a stage: those of the registry are protected, however they are written."""
    stage = name.lower()
    is_protected = stage in {*registry.protected_names, *record.stages}
    if not is_protected or record.stages.get(stage) == version:
        return ""
    return f"it is a stage of this registry: gitreg assign {record.slug}@{version} {stage}"


def _no_alias(
    registry: Registry, record: Model, name: str, version: VersionNumber | None, *, replacing: bool
) -> str:
    """Why a version does not get an alias; empty where it does, or has it."""
    try:
        checked_alias(name)
    except ValueError as error:
        return str(error)
    if version is None:
        return "its version is not here"
    if record.aliases.get(name, version) != version and not replacing:
        return f"it is {record.aliases[name]} here; --update moves it"
    return _no_stage(registry, record, name, version)


def model_file(
    record: Model, text: bytes | None, changes: Mapping[tuple[str, ...], Any]
) -> tuple[str, bytes]:
    """The model's file with the changes made; people's comments in one that is there stay."""
    path = places.model_path(record.slug)
    before = text if text is not None else write(record)
    return path, edited(before, Model, path, changes) if changes else before
