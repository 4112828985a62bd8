"""`EXPERIMENT/best` and `EXPERIMENT/latest`: answered by the index, then the one record is read."""

from __future__ import annotations

from collections.abc import Callable

from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.errors import NotFoundError, UsageError
from gitreg.index import experiments
from gitreg.index.contents import stream_places
from gitreg.index.current import Index, ask
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.place import NO_BRANCH

Pick = Callable[[Index], int | None]


def experiment_of(snapshot: Snapshot, slug: str) -> Experiment:
    """The experiment in folder `slug`.

    Raises:
        NotFoundError: if there is none.
    """
    experiment = snapshot.record(Experiment, places.experiment_path(slug))
    if experiment is None:
        raise NotFoundError(
            f"there is no experiment {slug}", hint="gitreg experiment list" if snapshot.commit else NO_BRANCH
        )
    return experiment


def best(registry: Registry, experiment: str) -> Candidate:
    """The best finished candidate of an experiment by its primary metric; of equal ones the newest.

    Raises:
        UsageError: if no metric is primary.
        NotFoundError: if no candidate has that metric.
    """
    snapshot = registry.candidates
    record = experiment_of(snapshot, experiment)
    metric = record.primary_metric
    if metric is None:
        raise UsageError(
            f"{experiment} has no primary metric, so no candidate is its best",
            hint=f"gitreg experiment edit {experiment} --primary METRIC",
        )
    least = record.metrics[metric].goal == "minimize"
    found = _picked(
        registry, snapshot, lambda index: experiments.best(index.connection, experiment, metric, least=least)
    )
    if found is None:
        raise NotFoundError(
            f"no finished candidate of {experiment} has the metric {metric}",
            hint=f"gitreg list -e {experiment}",
        )
    return found


def latest(registry: Registry, experiment: str) -> Candidate:
    """The candidate of an experiment that was created last.

    Raises:
        NotFoundError: if it has none.
    """
    snapshot = registry.candidates
    experiment_of(snapshot, experiment)
    found = _picked(registry, snapshot, lambda index: experiments.latest(index.connection, experiment))
    if found is None:
        raise NotFoundError(f"{experiment} has no candidates", hint=f"gitreg log {experiment} -m NAME=VALUE")
    return found


def _picked(registry: Registry, snapshot: Snapshot, pick: Pick) -> Candidate | None:
    def path(index: Index) -> str | None:
        number = pick(index)
        found = next(stream_places(index.connection, [number]), None) if number is not None else None
        return places.candidate_path(found.experiment, found.id) if found else None

    known = ask(registry.repository, registry.local_state, snapshot.commit, path)
    return snapshot.record(Candidate, known) if known else None
