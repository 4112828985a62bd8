"""An import from beginning to end: experiments, then runs and logged models many in one commit, then registered models.

Done again it makes nothing twice, and after a crash it goes on behind its last commit.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.artifacts import Progress
from gitreg.artifacts.progress import OneAtATime
from gitreg.domain.experiment import Experiment
from gitreg.errors import NotFoundError
from gitreg.store import Author
from gitreg.workflows.candidates.experiment_names import every_experiment
from gitreg.workflows.import_mlflow import choosing, fitting
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.import_mlflow.committing import commit_experiments, commit_records
from gitreg.workflows.import_mlflow.naming import Naming
from gitreg.workflows.import_mlflow.preparing import Prepared, Workplace
from gitreg.workflows.import_mlflow.records import Around, experiment_of
from gitreg.workflows.import_mlflow.registering import ModelImport
from gitreg.workflows.import_mlflow.report import Kind, Report, State
from gitreg.workflows.import_mlflow.source import Source
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceRun,
    Unreadable,
)
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.registry import Registry

BATCH = 1000
"""Records of one commit."""
BATCH_SIZE = 2 * 1024**3
"""Bytes of artifacts after which a commit is made all the same."""

Task = Callable[[], "Prepared | Unreadable"]


@dataclass
class Import:
    """One import.

    Args:
        registry: where to.
        source: where from.
        choice: what of it.
        author: who imports, now.
        dry: whether only to count.
    """

    registry: Registry
    source: Source
    choice: Choice
    author: Author
    dry: bool = False
    report: Report = field(default_factory=Report)
    _comes: set[str] = field(default_factory=set, init=False)

    def run(self, progress: Progress, pacing: Pacing, workers: int) -> Report:
        """Does it.

        Args:
            progress: what is shown while bytes move.
            pacing: of publishing what versions are made of.
            workers: how many runs are prepared at once.

        Raises:
            NotFoundError: if an experiment that was asked for is not in the source.
        """
        found = self._experiments()
        progress.start(0, "Importing")
        try:
            with (
                tempfile.TemporaryDirectory(prefix="gitreg-import-") as scratch,
                ThreadPoolExecutor(workers) as pool,
            ):
                around = Around(self.author)
                place = Workplace(self.source, self.registry.cache, _Bytes(progress), around, Path(scratch))
                tasks = (task for experiment, slug in found for task in self._tasks(experiment, slug, place))
                self._write(_each(pool, tasks, 4 * workers))
        finally:
            progress.done()
        if self.choice.models:
            comes = self._comes if self.dry else None
            ModelImport(
                self.registry, self.source, self.choice, self.author, self.report, pacing, comes
            ).run()
        return self.report

    def _experiments(self) -> list[tuple[SourceExperiment, str]]:
        """The chosen experiments and the folders they have here; those that have none get one."""
        names = Naming(every_experiment(self.registry))
        chosen: list[tuple[SourceExperiment, str]] = []
        made: list[Experiment] = []
        for one in self.source.experiments():
            if isinstance(one, Unreadable):
                self._lost("experiments", one)
            elif self.choice.wants(one):
                here, is_new = names.place(one)
                chosen.append((one, here.slug))
                if is_new:
                    made.append(experiment_of(here, one, self.author.when))
                self.report.count("experiments", "new" if is_new else "there")
        missing = self.choice.experiments - {one.name for one, _ in chosen}
        if missing:
            raise NotFoundError(
                f"{self.source.where} has no experiment {min(missing)!a}",
                hint="leave out -e, and add --dry-run",
            )
        if not self.dry:
            commit_experiments(self.registry, made, self.author, self.source.where)
        return chosen

    def _tasks(self, experiment: SourceExperiment, slug: str, place: Workplace) -> Iterator[Task]:
        """What is to be prepared of an experiment; what is here already is passed over."""
        snapshot = self.registry.candidates
        for run in self.source.runs(experiment):
            if isinstance(run, Unreadable):
                self._lost("runs", run)
                continue
            state, why = choosing.state_of_run(snapshot, slug, run, self.choice)
            if self._comes_now("runs", run, state, why):
                yield lambda run=run: place.run(run, slug)  # type: ignore[misc]
        for model in self.source.logged_models(experiment):
            if isinstance(model, Unreadable):
                self._lost("logged models", model)
                continue
            state, why = choosing.state_of_model(snapshot, slug, model, self.choice)
            if self._comes_now("logged models", model, state, why):
                yield lambda model=model: place.logged_model(model, slug)  # type: ignore[misc]

    def _comes_now(self, kind: Kind, thing: SourceRun | SourceLoggedModel, state: State, why: str) -> bool:
        """Whether a thing in that state is to be prepared; what a dry import would say of it is said."""
        if why:
            self.report.tell(why)
        if state != "new" or self.dry:
            self.report.count(kind, state)
        if state == "new" and self.dry:
            is_run = isinstance(thing, SourceRun)
            self._comes.add((fitting.run_id if is_run else fitting.logged_model_id)(thing.id))
            if lacking := self.source.lacks(thing):
                self.report.tell(
                    Unreadable(f"artifact {lacking.what} of {kind[:-1]} {thing.id}", lacking.why)
                )
        return state == "new" and not self.dry

    def _write(self, prepared: Iterator[Prepared | Unreadable]) -> None:
        batch: list[Prepared] = []
        size = 0
        for one in prepared:
            if isinstance(one, Unreadable):
                self._lost("logged models" if one.what.startswith("logged") else "runs", one)
                continue
            batch.append(one)
            size += one.size
            if len(batch) >= BATCH or size >= BATCH_SIZE:
                self._commit(batch)
                batch, size = [], 0
        self._commit(batch)

    def _commit(self, batch: Sequence[Prepared]) -> None:
        if not batch:
            return
        refused = commit_records(
            self.registry, batch, self.author, self.source.where, replacing=self.choice.update
        )
        for one in batch:
            self.report.tell_all(one.told)
            if one.cut:
                self.report.tell(f"{one.record}: what looks like a secret was cut out", lost=False)
            self.report.count(one.kind, "new")
        for one, lost in refused:
            self.report.count(one.kind, "new", -1)
            self._lost(one.kind, lost)

    def _lost(self, kind: Kind, what: Unreadable) -> None:
        self.report.count(kind, "left out")
        self.report.tell(what)


class _Bytes:
    """The bytes of many files, told as one work."""

    def __init__(self, progress: Progress) -> None:
        self._told = OneAtATime(progress)

    def start(self, total_bytes: int, label: str) -> None:
        """The whole has begun already."""

    def advance(self, count: int) -> None:
        """Passes on."""
        self._told.advance(count)

    def done(self) -> None:
        """The whole goes on."""


def _each(pool: ThreadPoolExecutor, tasks: Iterator[Task], ahead: int) -> Iterator[Prepared | Unreadable]:
    """The tasks' results in order, with few of them waiting: a source may hold a million."""
    waiting: deque[Future[Prepared | Unreadable]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()
