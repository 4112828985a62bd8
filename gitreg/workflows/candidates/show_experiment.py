"""Experiments as people look at them: their records, and from the index what is in them."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.errors import NotFoundError, RecordError, UsageError
from gitreg.index.experiments import Counts, counts
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import experiments_in
from gitreg.workflows.searching.picks import best, experiment_of, latest
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.search import asked, experiment_slug

NONE = Counts()


@dataclass(frozen=True)
class ExperimentSummary:
    """An experiment with what is in it.

    Args:
        experiment: its record.
        counts: of its candidates.
        latest: the one that was created last.
        best: the best by the primary metric, where there is one.
    """

    experiment: Experiment
    counts: Counts
    latest: Candidate | None
    best: Candidate | None


@dataclass(frozen=True)
class ExperimentList:
    """Experiments with the counts of their candidates; and what is wrong with folders that have no record."""

    experiments: tuple[tuple[Experiment, Counts], ...]
    faults: tuple[str, ...]


def list_experiments(registry: Registry, *, deleted: bool = False) -> list[Experiment]:
    """Every experiment that has a record, by slug."""
    return [experiment for experiment, _ in summarize_experiments(registry, deleted=deleted).experiments]


def summarize_experiments(registry: Registry, *, deleted: bool = False) -> ExperimentList:
    """Every experiment, by slug, with the counts of its candidates."""
    snapshot, faults = registry.candidates, list[str]()
    found: list[Experiment] = []
    for slug in experiments_in(snapshot):
        try:
            found.append(experiment_of(snapshot, slug))
        except NotFoundError:
            faults.append(f"{places.experiment_path(slug)} is missing")
        except RecordError as error:
            faults.append(str(error))
    known = asked(place_in(registry), lambda index: counts(index.connection)) if found else {}
    chosen = ((one, known.get(one.slug, NONE)) for one in found if deleted or one.deleted is None)
    return ExperimentList(tuple(chosen), tuple(faults))


def show_experiment(registry: Registry, name: str) -> ExperimentSummary:
    """One experiment with the counts of its candidates, the latest, and the best by its primary metric.

    Raises:
        UsageError: if the name is none.
        NotFoundError: if there is no such experiment.
    """
    slug = experiment_slug(name)
    experiment = experiment_of(registry.candidates, slug)
    known = asked(place_in(registry), lambda index: counts(index.connection, slug))
    return ExperimentSummary(
        experiment, known.get(slug, NONE), _latest(registry, slug), _best(registry, slug)
    )


def _latest(registry: Registry, slug: str) -> Candidate | None:
    try:
        return latest(registry, slug)
    except NotFoundError:
        return None


def _best(registry: Registry, slug: str) -> Candidate | None:
    try:
        return best(registry, slug)
    except (NotFoundError, UsageError):
        return None
