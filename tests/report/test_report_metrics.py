"""OpenMetrics text and JSON of a report."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace

import pytest
from hostile import HOSTILE, poisoned

from gitreg.render.report_json import report_json
from gitreg.render.report_metrics import report_metrics
from gitreg.workflows.candidates.compare import Row
from gitreg.workflows.report import Report
from gitreg.workflows.report.values import Metric


def read(text: str) -> dict[str, str]:
    """As GitLab reads it: without comments, shell words of each line, a name and the first word behind it."""
    lines = (shlex.split(re.sub(r"#.*$", "", line)) for line in text.splitlines())
    return {words[0]: words[1] for words in lines if len(words) > 1}


def test_metrics_are_told_under_names_without_a_version(report: Report) -> None:
    """A merge request compares them with the target branch's by name."""
    text = report_metrics(report)

    assert text.endswith("# EOF\n")
    assert read(text) == {
        "churn_gitreg_gates": "3", "churn_gitreg_gates_failed": "0", "churn_gitreg_artifact_files": "3", "churn_gitreg_artifact_bytes": "1611",
        "churn_auc": "0.9", "churn_latency_ms": "12.0", "churn_loss": "0.026202076547991827", "churn_recall": "0.8", "churn_strange": "+Inf",
    }  # fmt: skip


def test_names_are_made_fit_and_stay_different(report: Report) -> None:
    """Letters, digits and `_`; one for each metric. What is no number has OpenMetrics' word."""
    values = {"a.b": 1.0, "a/b": 2.0, "a b": float("nan"), "\u00e9": float("-inf")}
    metrics = tuple(Metric(name, Row(name, (None, value))) for name, value in values.items())

    found = read(
        report_metrics(replace(report, metrics=(*metrics, Metric("gone", Row("gone", (1.0, None))))))
    )

    assert {name: value for name, value in found.items() if "gitreg" not in name} == {
        "churn_a_b": "NaN", "churn_a_b_2": "1.0", "churn_a_b_3": "2.0", "churn__": "-Inf",
    }  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_no_name_is_anything_but_a_name(report: Report, words: str) -> None:
    """Each line is a comment of ours, or a name and a number."""
    for line in report_metrics(poisoned(report, words)).splitlines():
        assert re.fullmatch(r"# EOF|# TYPE \w+ gauge|[A-Za-z_]\w* [+\-.\w]+", line, re.ASCII)


def test_json_holds_all_of_it(report: Report) -> None:
    """One document of kind `Report`, exact."""
    document = json.loads(report_json(replace(report, notes=("no curve",))))
    (item,) = document["items"]

    assert (document["kind"], document["apiVersion"], document["warnings"]) == (
        "Report",
        "gitreg/v1",
        ["no curve"],
    )
    assert (item["model"], item["version"], item["state"], item["verdict"]) == (
        "churn",
        "1.1.0",
        "proposed",
        "passed",
    )
    assert item["against"] == {"version": "1.0.0", "why": "now in production"}
    assert item["branch"] == "gitreg/promote/churn/v1.1.0"
    assert {one["name"]: one["verdict"] for one in item["metrics"]}["auc"] == "worse"
    assert item["metrics"][3] == {
        "name": "strange", "current": None, "proposed": "Infinity", "change": None, "relative": None, "goal": None, "verdict": None,
    }  # fmt: skip
    assert [one["tag"] for one in item["signing"]] == ["model/churn/v1.1.0", "stage/churn/production/2"]
    assert [one["state"] for one in item["artifacts"]["list"]] == ["changed", "new", "removed", "same"]
    assert [one["metric"] for one in item["curves"]] == ["loss", "recall"]
    assert item["candidate"]["name"] == "a run"
