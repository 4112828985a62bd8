"""Gates: what passes, what fails, what is skipped, and what is said of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GATES, NoRegressionGate, ThresholdGate
from gitreg.domain.record import Person
from gitreg.gates import RULES, Evidence, judge

WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def candidate(**metrics):
    return Candidate(
        id="a" * 32,
        experiment="churn",
        name="x",
        created=WHEN,
        author=Person(name="Ada", email="ada@example.com"),
        metrics=metrics,
    )


def result(gate, mine, serving=None, goals=None):
    return judge([gate], Evidence(mine, goals or {}, serving or {}))[0]


@pytest.mark.parametrize(("bounds", "value", "passed"), [
    ({"at_least": 0.9}, 0.9, True), ({"at_least": 0.9}, 0.89999, False), ({"at_most": 1.0}, 1.0, True), ({"at_most": 1.0}, 1.1, False),
    ({"at_least": 0.0, "at_most": 1.0}, 0.5, True), ({"at_least": 0.0, "at_most": 1.0}, 1.5, False),
    ({"at_least": 0.0}, math.nan, False), ({"at_most": 0.0}, math.nan, False),
    ({"at_least": 0.0}, math.inf, True), ({"at_most": 0.0}, -math.inf, True), ({"at_most": 0.0}, math.inf, False),
])  # fmt: skip
def test_a_threshold(bounds, value, passed):
    """Both bounds are inclusive, and NaN is within none."""
    gate = ThresholdGate(kind="threshold", metric="auc", **bounds)

    assert result(gate, candidate(auc=value)).result == ("passed" if passed else "failed")


def test_a_metric_that_was_not_logged_fails():
    """Silence is no evidence."""
    said = result(ThresholdGate(kind="threshold", metric="auc", at_least=0.9), candidate(loss=1.0))

    assert (said.result, said.detail) == ("failed", "auc was not logged")


def test_the_values_are_said():
    """The detail has both numbers and the direction."""
    gate = ThresholdGate(kind="threshold", metric="auc", at_least=0.9, at_most=0.95)

    assert result(gate, candidate(auc=0.93)).detail == "auc 0.93 >= 0.9 and auc 0.93 <= 0.95"
    assert result(gate, candidate(auc=0.8)).detail == "auc 0.8 is not >= 0.9 and auc 0.8 <= 0.95"


def regression(tolerance=0.0):
    return NoRegressionGate(
        kind="no-regression", metric="auc", against="production", tolerance=tolerance, same_data=False
    )


@pytest.mark.parametrize(("mine", "theirs", "goal", "tolerance", "passed"), [
    (0.9, 0.9, "maximize", 0.0, True), (0.89, 0.9, "maximize", 0.0, False), (0.89, 0.9, "maximize", 0.02, True),
    (0.91, 0.9, "minimize", 0.0, False), (0.89, 0.9, "minimize", 0.0, True), (0.91, 0.9, "minimize", 0.02, True),
    (math.nan, 0.9, "maximize", 9.0, False), (0.9, math.nan, "maximize", 9.0, False),
    (math.inf, math.inf, "maximize", 0.0, False), (math.inf, 0.9, "maximize", 0.0, True), (-math.inf, 0.9, "maximize", 0.0, False),
])  # fmt: skip
def test_no_regression(mine, theirs, goal, tolerance, passed):
    """Worse by at most the tolerance, in the metric's own direction; what cannot be compared fails."""
    serving, goals = {"production": candidate(auc=theirs)}, {"auc": goal}

    assert result(regression(tolerance), candidate(auc=mine), serving, goals).result == (
        "passed" if passed else "failed"
    )


def test_an_empty_stage_is_skipped():
    """There is nothing to be worse than, and that is said."""
    said = result(regression(), candidate(auc=0.1), {"staging": candidate(auc=0.9)})

    assert (said.result, said.detail) == ("skipped", "no version is in production")


@pytest.mark.parametrize(("mine", "theirs", "who"), [
    ({}, {"auc": 0.9}, "the candidate"), ({"auc": 0.9}, {}, "the version in production"),
])  # fmt: skip
def test_a_comparison_needs_both(mine, theirs, who):
    """A metric that one of them lacks fails, naming who."""
    said = result(regression(), candidate(**mine), {"production": candidate(**theirs)})

    assert (said.result, said.detail) == ("failed", f"auc was not logged for {who}")


def test_no_goal_means_maximize():
    """An experiment that says nothing of a metric is read as most are."""
    assert result(regression(), candidate(auc=0.8), {"production": candidate(auc=0.9)}).result == "failed"


def test_results_are_in_the_order_of_the_gates():
    """One result for each, first things first."""
    gates = [
        ThresholdGate(kind="threshold", metric="auc", at_least=0.9),
        regression(),
        ThresholdGate(kind="threshold", metric="x", at_most=1),
    ]

    assert [one.kind for one in judge(gates, Evidence(candidate(auc=1.0)))] == [
        "threshold",
        "no-regression",
        "threshold",
    ]


def test_every_kind_has_a_rule():
    """A gate that can be configured can be judged."""
    kinds = {get_args(member.model_fields["kind"].annotation)[0] for member in GATES}

    assert RULES.keys() == kinds


@given(st.floats(), st.floats(), st.sampled_from(["maximize", "minimize"]))
def test_no_numbers_break_a_gate(mine, theirs, goal):
    """Whatever two floats are, there is an answer, and it is passed only if one is not worse."""
    said = result(regression(), candidate(auc=mine), {"production": candidate(auc=theirs)}, {"auc": goal})

    better = mine >= theirs if goal == "maximize" else mine <= theirs
    assert (said.result == "passed") <= better
