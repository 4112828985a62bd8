"""A source that is an `mlruns/` folder of MLflow 1.x, 2.x or 3.x, read without MLflow, which reads them no more since 3.13.

<experiment>/meta.yaml, tags/, datasets/<id>/meta.yaml
<experiment>/<run>/meta.yaml, params/, metrics/, tags/, inputs/<id>/meta.yaml, outputs/<id>/meta.yaml, artifacts/
<experiment>/models/<model>/meta.yaml, params/, metrics/, tags/, artifacts/
models/<name>/meta.yaml, tags/, aliases/, version-<n>/meta.yaml, version-<n>/tags/
.trash/<experiment>/...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from gitreg.domain.curves import MetricPoint
from gitreg.errors import GitregError, NotFoundError
from gitreg.workflows.import_mlflow import files, mlruns_models, mlruns_runs
from gitreg.workflows.import_mlflow.metas import MetaWords
from gitreg.workflows.import_mlflow.places import Places, plain
from gitreg.workflows.import_mlflow.points import points_of
from gitreg.workflows.import_mlflow.sifting import sifted
from gitreg.workflows.import_mlflow.source import Brought, unreached
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceModel,
    SourceRun,
    Unreadable,
)

Fetch: TypeAlias = Callable[[str, Path], Brought | None]
TRASH, MODELS = ".trash", "models"
OF_EXPERIMENTS = frozenset({"tags", "datasets", "traces", MODELS, TRASH})
"""Folders of an experiment that are no runs."""


class MlrunsSource:
    """An `mlruns/` folder."""

    def __init__(self, folder: Path, places: Places, fetch: Fetch = lambda *_: None) -> None:
        """Opens it.

        Args:
            folder: the folder.
            places: where artifacts may be read beside it.
            fetch: brings artifacts from places that are no folders, as `Source.bring_address` does.

        Raises:
            NotFoundError: if it is no such folder.
        """
        self.where = str(folder)
        self._folder = folder
        self._places = places
        self._fetch = fetch
        inside = [*self._experiment_folders(), *files.folders(folder / MODELS)]
        if not any((one / files.META).exists() for one in inside):
            raise NotFoundError(
                f"{folder} is no mlruns folder: none of its folders holds {files.META}", hint=_other(folder)
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

    def bring(self, thing: SourceRun | SourceLoggedModel, scratch: Path) -> Brought:
        """The files of a run or logged model: those in its own folder, unless it keeps them elsewhere."""
        own = Path(thing.key) / "artifacts"
        brought = sifted(own)
        if brought.sources or brought.left_out or not thing.address or _is_own(thing.address, own):
            return brought
        elsewhere = self.bring_address(thing.address, scratch)
        return elsewhere or Brought(left_out=(unreached(thing.address),))

    def bring_address(self, address: str, scratch: Path) -> Brought | None:
        """Files at an address that the caller named."""
        folder = self._places.folder(address)
        return sifted(folder) if folder is not None else self._fetch(address, scratch)

    def lacks(self, thing: SourceRun | SourceLoggedModel) -> Unreadable | None:
        """An address elsewhere of artifacts that are not in their own folder."""
        own = Path(thing.key) / "artifacts"
        is_near = _is_own(thing.address, own) or (files.is_folder(own) and files.entries(own))
        return (
            None if not thing.address or is_near or self.reaches(thing.address) else unreached(thing.address)
        )

    def reaches(self, address: str) -> bool:
        """Whether the caller named an address."""
        return self._places.folder(address) is not None or self._places.allows(address)

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


def _other(folder: Path) -> str:
    """What may have been meant: `mlruns/` holds no more than artifacts where a database is beside it."""
    for below in (folder / "mlruns", folder / "mlflow.db", folder.parent / "mlflow.db"):
        if below.exists():
            return f"gitreg import mlflow {below if below.is_dir() else f'sqlite:///{below}'}"
    return "name the folder that holds MLflow's experiments"


def _is_own(address: str, own: Path) -> bool:
    """Whether an address is the folder's own, perhaps before `mlruns/` was moved; an empty one is no loss."""
    return plain(address).split("/")[-3:] == list(own.parts[-3:])
