"""What stands in the files of candidates, experiments and logged models, in the words of the index. Knows bytes and paths, no tables.

All values are such that `marshal` takes them, for they come from other processes in a build.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from gitreg.documents.places import candidate_of, experiment_of, logged_model_of
from gitreg.documents.quick import candidate_values, experiment_values, logged_model_values
from gitreg.errors import RecordError
from gitreg.gitrepo.names import ObjectId
from gitreg.index.extras import document_of
from gitreg.index.logged_models import logged_model_document
from gitreg.index.schema import microseconds
from gitreg.index.source import Source

Dataset: TypeAlias = tuple[str, str, str | None, str, str]
"""Name, URI, digest, context, and MLflow's digest: empty without one."""
Point: TypeAlias = tuple[int, int | None]
"""Step and time of the last value of a metric."""
Rule: TypeAlias = Mapping[str, Any]


class Candidate(NamedTuple):
    """A candidate's record.

    Args:
        user: who ran it, as the program said; empty where it did not.
        points: of metrics that were logged with a step or a time.
        extra: what `extras.document_of` made of the rest; None without any.
    """

    experiment: str
    id: str
    blob: bytes | None
    name: str
    status: str
    created: int
    finished: int | None
    author: str
    parent: str | None
    repository: str | None
    revision: str | None
    branch: str | None
    dirty: bool
    notes: str
    files: int | None
    size: int | None
    manifest: str | None
    deleted: int | None
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    data: list[Dataset]
    user: str = ""
    points: Mapping[str, Point] = {}
    extra: str | None = None


class Experiment(NamedTuple):
    """An experiment's record."""

    slug: str
    blob: bytes
    name: str
    number: str
    description: str
    primary_metric: str | None
    deleted: int | None
    document: str
    created: int | None = None
    updated: int | None = None
    location: str = ""


class LoggedModel(NamedTuple):
    """A logged model's record; its document holds what has no column."""

    experiment: str
    id: str
    blob: bytes
    name: str
    status: str
    type: str
    candidate: str | None
    created: int
    updated: int
    deleted: int | None
    document: str


class Fault(NamedTuple):
    """A file in a record's place that is none."""

    path: str
    blob: bytes
    message: str


Found: TypeAlias = Candidate | Experiment | LoggedModel | Fault
KINDS = (Candidate, Experiment, LoggedModel, Fault)


def read(source: Source, files: Sequence[tuple[str, ObjectId]]) -> Iterator[Found]:
    """What stands in files of a repository, in the order asked.

    Args:
        source: the repository.
        files: path and blob of each.
    """
    contents = _contents(source, [blob for _, blob in files])
    for (path, blob), content in zip(files, contents, strict=True):
        yield found(path, blob, content)


def _contents(source: Source, blobs: Sequence[ObjectId]) -> Iterator[bytes | None]:
    """Contents in the order asked; None for one that Git cannot read, also when asked again."""
    done, failed = 0, -1
    while done < len(blobs):
        try:
            for _, content in source.blobs(blobs[done:]):
                yield content
                done += 1
        except RecordError:
            if failed == done:
                yield None
                done += 1
            failed = done


def found(path: str, blob: ObjectId, content: bytes | None) -> Found:
    """What stands in one file.

    Args:
        path: where it is, which is an experiment's, a candidate's or a logged model's place.
        blob: the content's id.
        content: None when it is not there, or has more than a record may.
    """
    raw = bytes.fromhex(blob)
    if content is None:
        return Fault(path, raw, f"{path}: it cannot be read, or is larger than a record may be")
    try:
        place = candidate_of(path)
        if place is not None:
            return _candidate(candidate_values(content, path), path, raw)
        if logged_model_of(path):
            return _logged_model(logged_model_values(content, path), path, raw)
        return _experiment(experiment_values(content, path), path, raw)
    except RecordError as error:
        return Fault(path, raw, str(error))


def _candidate(values: Mapping[str, Any], path: str, blob: bytes) -> Candidate:
    experiment, id_ = values["experiment"], values["id"]
    if (experiment, id_) != candidate_of(path):
        raise RecordError(f"it says that it is candidate {id_} of {experiment}", place=f"{path}:1:1")
    code: Mapping[str, Any] = values.get("code") or {}
    author: Mapping[str, str] = values["author"]
    artifacts: Mapping[str, Any] = values.get("artifacts") or {}
    data, points = values.get("data", ()), values.get("points")
    return Candidate(
        experiment,
        id_,
        blob,
        values["name"],
        values.get("status", "finished"),
        microseconds(values["created"]),
        _time(values.get("finished")),
        f"{author['name']} <{author['email']}>",
        values.get("parent"),
        code.get("repository"),
        code.get("commit"),
        code.get("branch"),
        code.get("dirty", False),
        values.get("notes", ""),
        artifacts.get("files"),
        artifacts.get("size"),
        artifacts.get("manifest"),
        _time(values.get("deleted")),
        values.get("params", {}),
        values.get("metrics", {}),
        values.get("tags", {}),
        list(map(dataset_of, data)),
        values.get("user", ""),
        {key: (step, _time(time)) for key, (step, time) in points.items()} if points else {},
        document_of(values.get("models", ()), data),
    )


def dataset_of(source: Mapping[str, Any]) -> Dataset:
    """A data source of a candidate's values."""
    return (
        source["name"],
        source["uri"],
        source.get("digest"),
        source.get("context", ""),
        source.get("fingerprint", ""),
    )


def _logged_model(values: Mapping[str, Any], path: str, blob: bytes) -> LoggedModel:
    experiment, id_ = values["experiment"], values["id"]
    if (experiment, id_) != logged_model_of(path):
        raise RecordError(f"it says that it is logged model {id_} of {experiment}", place=f"{path}:1:1")
    return LoggedModel(
        experiment,
        id_,
        blob,
        values["name"],
        values.get("status", "pending"),
        values.get("type", ""),
        values.get("candidate"),
        microseconds(values["created"]),
        microseconds(values["updated"]),
        _time(values.get("deleted")),
        logged_model_document(values),
    )


def _experiment(values: Mapping[str, Any], path: str, blob: bytes) -> Experiment:
    slug = values["slug"]
    if slug != experiment_of(path):
        raise RecordError(f"it says that it is experiment {slug}", place=f"{path}:1:1")
    rules = {key: _rule(rule) for key, rule in values.get("metrics", {}).items()}
    return Experiment(
        slug,
        blob,
        values["name"],
        values["number"],
        values.get("description", ""),
        _primary(rules),
        _time(values.get("deleted")),
        json.dumps({"metrics": rules, "tags": values.get("tags", {})}),
        _time(values.get("created")),
        _time(values.get("updated")),
        values.get("artifact_location", ""),
    )


def _rule(rule: Rule) -> Rule:
    return {
        "goal": rule.get("goal", "maximize"),
        "primary": rule.get("primary", False),
        "unit": rule.get("unit", ""),
    }


def _primary(rules: Mapping[str, Rule]) -> str | None:
    """The metric that decides which candidate is best: the one that was named, or the only one."""
    named = [key for key, rule in rules.items() if rule["primary"]]
    return named[0] if named else next(iter(rules)) if len(rules) == 1 else None


def _time(value: datetime | None) -> int | None:
    return None if value is None else microseconds(value)
