"""Runs of an `mlruns/` folder: what each version of MLflow wrote about them. Knows one experiment's folder at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gitreg.workflows.import_mlflow import files, fitting
from gitreg.workflows.import_mlflow.metas import MetaWords
from gitreg.workflows.import_mlflow.values import SourceData, SourceLink, SourceRun

# RunStatus and SourceType of MLflow's service.proto, which meta.yaml holds as numbers
STATUSES = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}
SOURCE_TYPES = {"1": "NOTEBOOK", "2": "JOB", "3": "PROJECT", "4": "LOCAL"}
# what MLflow before 1.0 kept in meta.yaml, and keeps in tags since
OLD_WORDS = {
    "source_name": "mlflow.source.name",
    "source_version": "mlflow.source.git.commit",
    "entry_point_name": "mlflow.project.entryPoint",
}


class Datasets:
    """The datasets of an experiment, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, SourceData] = {}

    def get(self, name: str) -> SourceData:
        """The dataset of an id.

        Raises:
            RecordError: if there is none.
        """
        if name not in self._known:
            self._known[name] = _data(files.child(self._folder, name))
        return self._known[name]


def run(folder: Path, experiment: str, data: Datasets) -> SourceRun:
    """What a run's folder says.

    Raises:
        RecordError: naming the file that is not what MLflow writes.
    """
    words = MetaWords(files.meta(folder), folder)
    own = words.text("run_id", "run_uuid")
    if own != folder.name:
        raise files.refusal(folder, f"meta.yaml is of another run: {own[:40]!a}")
    read, made = list(_inputs(folder, data)), list(_outputs(folder))
    return SourceRun(
        id=own,
        experiment=experiment,
        name=words.text("run_name", "name"),
        status=_status(words.text("status")),
        started=words.time("start_time"),
        ended=words.time("end_time"),
        deleted=words.is_deleted,
        deleted_at=words.time("deleted_time"),
        user=words.text("user_id"),
        params=files.texts(folder / "params"),
        tags={**_old_tags(words), **files.texts(folder / "tags")},
        data=tuple(one for one in read if isinstance(one, SourceData)),
        links=tuple(one for one in read if isinstance(one, SourceLink)) + tuple(made),
        measured=",".join(f"{key}:{files.size(path)}" for key, path in files.files_below(folder / "metrics")),
        address=words.text("artifact_uri"),
        key=str(folder),
    )


def _status(word: str) -> str:
    return STATUSES.get(word, word or "RUNNING")


def _old_tags(words: MetaWords) -> dict[str, str]:
    found = {tag: words.text(key) for key, tag in OLD_WORDS.items() if words.text(key)}
    kind = SOURCE_TYPES.get(words.text("source_type"))
    return {**found, "mlflow.source.type": kind} if found and kind else found


def _inputs(folder: Path, data: Datasets) -> Iterator[SourceData | SourceLink]:
    for one in files.folders(folder / "inputs"):
        words = MetaWords(files.meta(one), one)
        if words.text("source_type") == "MODEL":
            yield SourceLink(words.text("source_id"), "input")
        elif words.text("source_type") == "DATASET":
            yield replace(data.get(words.text("source_id")), tags=words.mapping("tags"))


def _outputs(folder: Path) -> Iterator[SourceLink]:
    for one in files.folders(folder / "outputs"):
        words = MetaWords(files.meta(one), one)
        model = words.text("destination_id") if words.text("destination_type") == "MODEL_OUTPUT" else one.name
        yield SourceLink(model or one.name, "output", fitting.step(words.number("step") or 0))


def _data(folder: Path) -> SourceData:
    words = MetaWords(files.meta(folder), folder)
    return SourceData(
        name=words.text("name"),
        digest=words.text("digest"),
        kind=words.text("source_type"),
        source=words.text("source"),
        columns=words.text("schema"),
        profile=words.text("profile"),
    )
