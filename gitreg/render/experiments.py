"""Experiments as tables and pages."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.render.conflicts import add_conflicts
from gitreg.render.page import Page
from gitreg.render.table import Table, table_of
from gitreg.workflows.experiments import ExperimentSummary


def experiment_table(experiments: Sequence[Experiment]) -> Table:
    """Experiments, one a row."""
    rows = [(one.slug, one.name, one.primary_metric, one.description) for one in experiments]
    return table_of(("experiment", "name", "primary", "description"), rows)


def experiment_page(summary: ExperimentSummary) -> str:
    """An experiment whole, for people."""
    experiment = summary.experiment
    page = Page()
    page.title(f"experiment {experiment.slug}{' (deleted)' if experiment.deleted else ''}")
    page.line("name", experiment.name)
    page.line("number", experiment.number)
    page.line("candidates", str(summary.candidates))
    page.line("latest", _named(summary.latest))
    page.line("best", _named(summary.best))
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


def _named(candidate: Candidate | None) -> str | None:
    return f"{candidate.id} {candidate.name}" if candidate else None
