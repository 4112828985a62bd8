"""A source that is an `mlruns/` folder of MLflow 1.x, 2.x or 3.x, read without MLflow, which reads them no more since 3.13.

<experiment>/meta.yaml, tags/, datasets/<id>/meta.yaml
<experiment>/<run>/meta.yaml, params/, metrics/, tags/, inputs/<id>/meta.yaml, outputs/<id>/meta.yaml, artifacts/
<experiment>/models/<model>/meta.yaml, params/, metrics/, tags/, artifacts/
models/<name>/meta.yaml, tags/, aliases/, version-<n>/meta.yaml, version-<n>/tags/
.trash/<experiment>/...
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gitreg.domain.curves import MetricPoint
from gitreg.errors import GitregError, NotFoundError
from gitreg.workflows.import_mlflow import files, mlruns_models, mlruns_runs
from gitreg.workflows.import_mlflow.metas import MetaWords
from gitreg.workflows.import_mlflow.places import Places, plain
from gitreg.workflows.import_mlflow.points import points_of
from gitreg.workflows.import_mlflow.sifting import sifted
from gitreg.workflows.import_mlflow.source import Brought
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceModel,
    SourceRun,
    Unreadable,
)

TRASH, MODELS = ".trash", "models"
OF_EXPERIMENTS = frozenset({"tags", "datasets", "traces", MODELS, TRASH})
"""Folders of an experiment that are no runs."""


class MlrunsSource:
    """An `mlruns/` folder."""

    def __init__(self, folder: Path, places: Places) -> None:
        """Opens it.

        Raises:
            NotFoundError: if it is no such folder.
        """
        self.where = str(folder)
        self._folder = folder
        self._places = places
        inside = [*self._experiment_folders(), *files.folders(folder / MODELS)]
        if not any((one / files.META).exists() for one in inside):
            below = folder / "mlruns"
            raise NotFoundError(
                f"{folder} is no mlruns folder: none of its folders holds {files.META}",
                hint=f"gitreg import mlflow {below}"
                if below.is_dir()
                else "name the folder that holds MLflow's experiments",
            )

    def experiments(self) -> Iterator[SourceExperiment | Unreadable]:
        """Every experiment, deleted ones too."""
        for folder in self._experiment_folders():
            try:
                yield _experiment(folder)
            except GitregError as error:
                yield Unreadable(f"experiment {folder.name}", str(error))

    def runs(self, experiment: SourceExperiment) -> Iterator[SourceRun | Unreadable]:
        """The runs of an experiment, by id."""
        folder = Path(experiment.key)
        data = mlruns_runs.Datasets(folder / "datasets")
        for run in files.folders(folder):
            if run.name in OF_EXPERIMENTS:
                continue
            try:
                yield mlruns_runs.run(run, experiment.id, data)
            except GitregError as error:
                yield Unreadable(f"run {run.name}", str(error))

    def points(self, run: SourceRun) -> Iterator[MetricPoint]:
        """Every point of a run's metrics."""
        return points_of(Path(run.key) / "metrics")

    def logged_models(self, experiment: SourceExperiment) -> Iterator[SourceLoggedModel | Unreadable]:
        """The logged models of an experiment, by id."""
        for folder in files.folders(Path(experiment.key) / MODELS):
            try:
                yield mlruns_models.logged_model(folder, experiment.id)
            except GitregError as error:
                yield Unreadable(f"logged model {folder.name}", str(error))

    def models(self) -> Iterator[SourceModel | Unreadable]:
        """The registered models, by name."""
        for folder in files.folders(self._folder / MODELS):
            try:
                yield mlruns_models.registered(folder)
            except GitregError as error:
                yield Unreadable(f"model {folder.name}", str(error))

    def bring(self, thing: SourceRun | SourceLoggedModel, scratch: Path) -> Brought:  # noqa: ARG002 - the protocol's
        """The files of a run or logged model: those in its own folder, unless it keeps them elsewhere."""
        own = Path(thing.key) / "artifacts"
        brought = sifted(own)
        if brought.sources or brought.left_out or not thing.address or _is_own(thing.address, own):
            return brought
        elsewhere = self._places.folder(thing.address)
        if elsewhere is not None:
            return sifted(elsewhere)
        return Brought(
            left_out=(
                Unreadable(
                    thing.address, "it is not in the source; --artifacts ADDRESS=FOLDER names where it is"
                ),
            )
        )

    def bring_address(self, address: str, scratch: Path) -> Brought | None:  # noqa: ARG002 - the protocol's
        """Files at an address that the caller named, or in the source itself."""
        folder = self._places.folder(address)
        return sifted(folder) if folder is not None else None

    def close(self) -> None:
        """Holds nothing."""

    def _experiment_folders(self) -> Iterator[Path]:
        for parent in (self._folder, self._folder / TRASH):
            for folder in files.folders(parent):
                if folder.name != MODELS and not folder.name.startswith("."):
                    yield folder


def _experiment(folder: Path) -> SourceExperiment:
    words = MetaWords(files.meta(folder), folder)
    return SourceExperiment(
        id=words.text("experiment_id") or folder.name,
        name=words.text("name") or folder.name,
        tags=files.texts(folder / "tags"),
        created=words.time("creation_time"),
        updated=words.time("last_update_time"),
        deleted=words.is_deleted or folder.parent.name == TRASH,
        key=str(folder),
    )


def _is_own(address: str, own: Path) -> bool:
    """Whether an address is the folder's own, perhaps before `mlruns/` was moved; an empty one is no loss."""
    return plain(address).split("/")[-3:] == list(own.parts[-3:])
