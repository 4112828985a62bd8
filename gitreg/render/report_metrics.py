"""A report's metrics as OpenMetrics text, which GitLab compares between branches in its metrics report.

GitLab reads a name and the first word behind it from each line, and compares them as text
(https://docs.gitlab.com/ci/testing/metrics_reports/); so names hold no version, and numbers are exact.
Form: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from gitreg.workflows.report.values import Report

MOST = 2_000
"""Metrics at most: a reader of a merge request looks at none beyond."""
NAME = 120
"""Characters of a name at most."""


def report_metrics(report: Report) -> str:
    """`churn_auc 0.93`, one metric a line, with what gates and artifacts count."""
    lines: dict[str, str] = {}
    for key, value in _own(report):
        lines[_free(f"{report.model}_{key}", lines)] = value
    chosen = [one for one in report.metrics if one.value is not None]
    for one in sorted(chosen, key=lambda one: one.name)[:MOST]:
        lines[_free(f"{report.model}_{one.name}", lines)] = _number(one.value or 0.0)
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in lines.items()) + "# EOF\n"


def _own(report: Report) -> Iterator[tuple[str, str]]:
    yield "gitreg_gates", str(len(report.checked.results))
    yield "gitreg_gates_failed", str(report.failed)
    yield "gitreg_artifact_files", str(report.files.count)
    yield "gitreg_artifact_bytes", str(report.files.size)


def _free(words: str, taken: dict[str, str]) -> str:
    """A name of letters, digits and `_` that no other metric has."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", words)[:NAME]
    name = name if re.match(r"[A-Za-z_]", name) else f"_{name}"
    found, times = name, 1
    while found in taken:
        times += 1
        found = f"{name}_{times}"
    return found


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
