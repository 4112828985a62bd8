"""An export from beginning to end: experiments, their runs and logged models, then registered models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from gitreg.artifacts import Progress
from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.record import Record
from gitreg.errors import GitregError, NotFoundError
from gitreg.mlflow_plugin.exporting.models import ModelExport
from gitreg.mlflow_plugin.exporting.runs import Writing, measured_of
from gitreg.mlflow_plugin.exporting.target import Target
from gitreg.mlflow_plugin.exporting.there import There
from gitreg.mlflow_plugin.sources.export_words import EXPERIMENT, carried
from gitreg.mlflow_plugin.sources.faults import reading
from gitreg.mlflow_plugin.tracking.entities_experiments import NOTE, shown_name
from gitreg.workflows.candidates.experiment_names import every_experiment
from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.report import Kind, Report
from gitreg.workflows.registry import Registry

R = TypeVar("R", bound=Record)
Texts = dict[str, tuple[str, bytes]]
"""Paths and texts of records, by id."""


@dataclass
class Export:
    """One export.

    Args:
        registry: where from.
        target: where to.
        experiments: names of the experiments that go; all when empty.
        models: whether registered models go.
        progress: hears of bytes.
        dry: whether only to count.
    """

    registry: Registry
    target: Target
    experiments: frozenset[str]
    models: bool
    progress: Progress
    dry: bool = False
    report: Report = field(default_factory=Report)
    there: There = field(default_factory=There)

    def run(self) -> Report:
        """Does it.

        Raises:
            NotFoundError: if an experiment that was asked for is not here.
        """
        with reading(self.target.where), self.target.chosen():
            for experiment in self._chosen():
                self._experiment(experiment)
            if self.models:
                ModelExport(self.registry, self.target, self.there, self.report, dry=self.dry).run()
        return self.report

    def _chosen(self) -> list[Experiment]:
        found = [
            one for one in every_experiment(self.registry)
            if not self.experiments or {one.name, one.slug} & self.experiments
        ]  # fmt: skip
        missing = self.experiments - {name for one in found for name in (one.name, one.slug)}
        if missing:
            raise NotFoundError(f"there is no experiment {min(missing)!a}", hint="gitreg experiment list")
        return found

    def _experiment(self, experiment: Experiment) -> None:
        client = self.target.client
        known = client.get_experiment_by_name(shown_name(experiment)) if client else None
        self.report.count("experiments", "there" if known else "new")
        if client is not None and known is not None:
            self.there.look(client, known.experiment_id)
        runs = dict(self._new(Candidate, experiment, self.there.runs, "runs"))
        models = dict(self._new(LoggedModel, experiment, self.there.models, "logged models"))
        if self.dry:
            self.report.count("runs", "new", len(runs))
            self.report.count("logged models", "new", len(models))
            return
        client = self.target.writes
        is_deleted = known is not None and known.lifecycle_stage == "deleted"
        if known is not None and is_deleted and (runs or models):
            client.restore_experiment(known.experiment_id)
        number = known.experiment_id if known else self._made(experiment)
        self._write(
            Writing(self.registry, client, experiment, number, self.there, self.progress), runs, models
        )
        if experiment.deleted is not None and (known is None or (is_deleted and (runs or models))):
            client.delete_experiment(number)

    def _made(self, experiment: Experiment) -> str:
        tags = {**carried(experiment.tags, experiment.created), EXPERIMENT: experiment.slug}
        if experiment.description:
            tags[NOTE] = experiment.description
        location = self.target.location(experiment.slug)
        return self.target.writes.create_experiment(shown_name(experiment), location, tags)

    def _new(
        self,
        kind: type[Candidate | LoggedModel],
        experiment: Experiment,
        there: dict[str, tuple[str, str]],
        name: Kind,
    ) -> Iterator[tuple[str, tuple[str, bytes]]]:
        """Paths and texts of the records that are not in the target, by id; the others are counted."""
        snapshot = self.registry.candidates
        of = places.candidate_of if kind is Candidate else places.logged_model_of
        folder = (
            places.candidates_folder(experiment.slug) if kind is Candidate else _models_folder(experiment)
        )
        for path in snapshot.paths(folder):
            place = of(path)
            if place is None:
                continue
            text = snapshot.file(path) or b""
            if place[1] not in there:
                yield place[1], (path, text)
                continue
            is_same = there[place[1]][1] == fitting.mark(text)
            self.report.count(name, "there" if is_same else "changed")
            if not is_same:
                self.report.tell(
                    f"{place[0]}/{place[1][:8]} has changed here since it was exported, and stays as it was there"
                )

    def _write(self, writing: Writing, runs: Texts, models: Texts) -> None:
        """Runs are begun first, so that logged models can name them, and filled last, as they measure these."""
        for torn in self.there.torn_runs:
            writing.client.delete_run(torn)
        for torn in self.there.torn_models:
            writing.client.delete_logged_model(torn)
        self.there.torn_runs.clear()
        self.there.torn_models.clear()
        candidates = self._read(Candidate, runs, "runs")
        begun = {id_: writing.begin(candidate) for id_, candidate in candidates.items()}
        self.there.runs |= {id_: (run, "") for id_, run in begun.items()}
        for id_, model in self._read(LoggedModel, models, "logged models").items():
            writing.model(model, fitting.mark(models[id_][1]))
            self.report.count("logged models", "new")
        measured = measured_of(self._every_model(writing.experiment) if candidates else {}, self.there)
        for id_, candidate in candidates.items():
            writing.fill(begun[id_], candidate, measured.get(id_, {}), fitting.mark(runs[id_][1]))
            self.report.count("runs", "new")

    def _every_model(self, experiment: Experiment) -> dict[str, LoggedModel]:
        """Those that came earlier too: a run that was torn is made again, and measures them."""
        snapshot, found = self.registry.candidates, dict[str, LoggedModel]()
        for path in snapshot.paths(_models_folder(experiment)):
            model = snapshot.record(LoggedModel, path) if places.logged_model_of(path) else None
            if model is not None:
                found[model.id] = model
        return found

    def _read(self, kind: type[R], texts: Texts, name: Kind) -> dict[str, R]:
        found: dict[str, R] = {}
        for id_, (path, text) in texts.items():
            try:
                found[id_] = read(text, kind, path)
            except GitregError as error:
                self.report.count(name, "left out")
                self.report.tell(error)
        return found


def _models_folder(experiment: Experiment) -> str:
    return f"experiments/{experiment.slug}/models"
