"""Logged and registered models of an `mlruns/` folder. Knows one model's folder at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gitreg.errors import GitregError
from gitreg.workflows.import_mlflow import files
from gitreg.workflows.import_mlflow.metas import MetaWords
from gitreg.workflows.import_mlflow.points import measures_of
from gitreg.workflows.import_mlflow.values import SourceLoggedModel, SourceModel, SourceVersion, Unreadable

STATUSES = {"0": "UNSPECIFIED", "1": "PENDING", "2": "READY", "3": "FAILED"}
"""LoggedModelStatus of MLflow's service.proto, which meta.yaml holds as a number."""
DELETED = "Deleted_Internal"
"""The stage in which MLflow leaves a version that was deleted."""
VERSION = re.compile(r"version-([1-9][0-9]{0,8})")


def logged_model(folder: Path, experiment: str) -> SourceLoggedModel:
    """What a logged model's folder says.

    Raises:
        RecordError: naming the file that is not what MLflow writes.
    """
    words = MetaWords(files.meta(folder), folder)
    own = words.text("model_id")
    if own != folder.name:
        raise files.refusal(folder, f"meta.yaml is of another model: {own[:40]!a}")
    status = words.text("status")
    return SourceLoggedModel(
        id=own,
        experiment=experiment,
        name=words.text("name"),
        kind=words.text("model_type"),
        status=STATUSES.get(status, status),
        message=words.text("status_message"),
        created=words.time("creation_timestamp"),
        updated=words.time("last_updated_timestamp"),
        deleted=words.is_deleted,
        run=words.text("source_run_id"),
        params=files.texts(folder / "params"),
        tags=files.texts(folder / "tags"),
        metrics=tuple(measures_of(folder / "metrics")),
        address=words.text("artifact_location"),
        key=str(folder),
    )


def registered(folder: Path) -> SourceModel:
    """What a registered model's folder says, with its versions.

    Raises:
        RecordError: naming the file that is not what MLflow writes.
    """
    words = MetaWords(files.meta(folder), folder)
    versions = list(_versions(folder))
    return SourceModel(
        name=words.text("name") or folder.name,
        description=words.text("description"),
        created=words.time("creation_timestamp"),
        updated=words.time("last_updated_timestamp"),
        tags=files.texts(folder / "tags"),
        aliases=_aliases(folder, words),
        versions=tuple(one for one in versions if isinstance(one, SourceVersion)),
        unreadable=tuple(one for one in versions if isinstance(one, Unreadable)),
    )


def _versions(folder: Path) -> Iterator[SourceVersion | Unreadable]:
    numbered = [
        (int(match[1]), one) for one in files.folders(folder) if (match := VERSION.fullmatch(one.name))
    ]
    for number, one in sorted(numbered):
        try:
            version = _version(one, number)
            if version.stage != DELETED:
                yield version
        except GitregError as error:
            yield Unreadable(f"version {number} of model {folder.name}", str(error))


def _version(folder: Path, number: int) -> SourceVersion:
    words = MetaWords(files.meta(folder), folder)
    stage = words.text("current_stage")
    return SourceVersion(
        number=number,
        description=words.text("description"),
        created=words.time("creation_timestamp"),
        updated=words.time("last_updated_timestamp"),
        stage="" if stage == "None" else stage,
        source=words.text("source"),
        address=words.text("storage_location") or words.text("source"),
        run=words.text("run_id"),
        run_link=words.text("run_link"),
        logged_model=words.text("model_id"),
        status=words.text("status") or "READY",
        tags=files.texts(folder / "tags"),
    )


def _aliases(folder: Path, words: MetaWords) -> dict[str, int]:
    found = {**words.mapping("aliases"), **files.texts(folder / "aliases")}
    return {
        alias: int(number)
        for alias, number in found.items()
        if re.fullmatch(r"\s*[1-9][0-9]{0,8}\s*", number)
    }
