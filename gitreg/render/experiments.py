"""Experiments as tables and pages."""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.documents.records_json import JsonValue, to_json
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.index.experiments import Counts
from gitreg.render.conflicts import add_conflicts
from gitreg.render.page import Page
from gitreg.render.table import Table, table_of
from gitreg.workflows.candidates.show_experiment import ExperimentSummary


def experiment_table(experiments: Iterable[tuple[Experiment, Counts]]) -> Table:
    """Experiments, one a row, with how many candidates they have."""
    rows = [
        (one.slug, one.name, counts.living, one.primary_metric, one.description)
        for one, counts in experiments
    ]
    return table_of(("experiment", "name", "candidates", "primary", "description"), rows, ["candidates"])


def experiment_json(summary: ExperimentSummary) -> dict[str, JsonValue]:
    """An experiment's record, and beside its keys what is in it."""
    standing: dict[str, JsonValue] = {
        "candidates": summary.counts.living,
        "by_status": dict(summary.counts.by_status),
        "deleted": summary.counts.deleted,
        "drafts": summary.counts.drafts,
        "latest": summary.latest.id if summary.latest else None,
        "best": summary.best.id if summary.best else None,
    }
    return to_json(summary.experiment) | {"standing": standing}


def experiment_page(summary: ExperimentSummary) -> str:
    """An experiment whole, for people."""
    experiment = summary.experiment
    page = Page()
    page.title(f"experiment {experiment.slug}{' (deleted)' if experiment.deleted else ''}")
    page.line("name", experiment.name)
    page.line("number", experiment.number)
    page.line("candidates", _counted(summary.counts))
    page.line("drafts", str(summary.counts.drafts) if summary.counts.drafts else None)
    page.line("latest", _named(summary.latest))
    page.line("best", _best(summary))
    page.section(
        "metrics",
        [
            (key, " ".join(filter(None, (rule.goal, "primary" if rule.primary else "", rule.unit))))
            for key, rule in experiment.metrics.items()
        ],
    )
    page.section("tags", list(experiment.tags.items()))
    add_conflicts(page, experiment)
    page.paragraph("description", experiment.description)
    return page.text()


def _counted(counts: Counts) -> str:
    """`12 (10 finished, 2 failed), and 1 deleted`."""
    parts = [f"{many} {status}" for status, many in sorted(counts.by_status.items(), key=lambda one: -one[1])]
    each = f" ({', '.join(parts)})" if parts and list(counts.by_status) != ["finished"] else ""
    return f"{counts.living}{each}" + (f", and {counts.deleted} deleted" if counts.deleted else "")


def _named(candidate: Candidate | None) -> str | None:
    return f"{candidate.id} {candidate.name}" if candidate else None


def _best(summary: ExperimentSummary) -> str | None:
    metric = summary.experiment.primary_metric
    if summary.best is None or metric is None:
        return None
    return f"{summary.best.id} {metric}={summary.best.metrics[metric]:.6g} {summary.best.name}"
