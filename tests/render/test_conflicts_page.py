"""Conflicts as a person sees them."""

from __future__ import annotations

from datetime import UTC, datetime

from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.record import Person
from gitreg.index.experiments import Counts
from gitreg.render.candidates import candidate_page
from gitreg.render.experiments import experiment_page
from gitreg.workflows.candidates.show_experiment import ExperimentSummary


def candidate(extra):
    return Candidate(
        id="7f3a" + "0" * 28, experiment="churn", name="x", created=datetime(2026, 11, 22, tzinfo=UTC),
        author=Person(name="Ada", email="ada@example.com"), tags={"team": "growth"}, extra=extra,
    )  # fmt: skip


def test_every_value_is_shown():
    """With what to do about it; a removal in words, a long value cut, nothing that acts on a terminal."""
    page = candidate_page(candidate({"conflicts": {"tags.team": ["growth", "risk\n" + "x" * 100, []]}}))

    shown = "'risk\\n" + "x" * 55 + "...'"
    assert f"conflicts (set the key again to decide):\n  tags.team  'growth' | {shown} | (removed)\n" in page


def test_what_is_decided_is_not_shown():
    """By hand, or a stranger's words in the same place."""
    for extra in ({"conflicts": {"tags.team": ["a", "b"]}}, {"conflicts": "of interest"}, {}):
        assert "conflicts" not in candidate_page(candidate(extra))


def test_an_experiment_shows_them_too():
    """As its candidates do."""
    one = Experiment.called("churn").model_copy(update={"extra": {"conflicts": {"name": ["churn", "risk"]}}})

    assert "  name  'churn' | 'risk'\n" in experiment_page(ExperimentSummary(one, Counts(), None, None))
