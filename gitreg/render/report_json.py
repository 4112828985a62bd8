"""A report for programs: everything it holds, in one document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitreg.documents.records_json import to_json
from gitreg.render.document import document
from gitreg.render.report_words import exact
from gitreg.workflows.candidates.compare import Row
from gitreg.workflows.report.values import Metric, Report
from gitreg.workflows.searching.plots import Plot


def report_json(report: Report) -> str:
    """The document, of kind `Report`; what could not be looked at is among its warnings."""
    return document("Report", [_item(report)], report.notes)


def _item(report: Report) -> Mapping[str, Any]:
    subject, current = report.subject, report.current
    return {
        "model": report.model,
        "version": str(report.number),
        "state": subject.state,
        "branch": subject.branch.removeprefix("refs/heads/") if subject.branch else None,
        "commit": subject.commit,
        "stages": list(subject.stages),
        "verdict": "failed" if report.failed else "passed",
        "gates": [one.model_dump() for one in report.checked.results],
        "changesGates": report.checked.changes_gates,
        "against": {"version": str(current.version.version), "why": current.why} if current else None,
        "look": list(report.warnings),
        "metrics": [_metric(one) for one in report.metrics],
        "params": [_row(one) for one in report.params],
        "data": [_row(one) for one in report.data],
        "signing": [
            {
                "tag": one.tag, "title": one.title, "by": list(one.by), "machines": list(one.machines),
                "threshold": one.threshold, "approvals": one.approvals,
            }
            for one in report.signing
        ],
        "artifacts": _artifacts(report),
        "curves": [_curve(one) for one in report.curves.plots],
        "record": to_json(subject.version),
        "candidate": to_json(subject.candidate) if subject.candidate else None,
    }  # fmt: skip


def _metric(one: Metric) -> Mapping[str, Any]:
    numbers = {"current": one.current, "proposed": one.value, "change": one.change, "relative": one.relative}
    known = {name: None if value is None else exact(value) for name, value in numbers.items()}
    return {"name": one.name, **known, "goal": one.row.goal, "verdict": one.verdict}


def _row(one: Row) -> Mapping[str, Any]:
    return {"name": one.field, "current": one.values[0], "proposed": one.values[1]}


def _artifacts(report: Report) -> Mapping[str, Any]:
    files = report.files
    return {
        "files": files.count,
        "size": files.size,
        "currentSize": files.current_size,
        "list": [
            {"path": row.path, "state": row.state, "sha256": row.sha256, "size": row.size, "formats": list(row.formats)}
            for row in files.rows
        ],
    }  # fmt: skip


def _curve(plot: Plot) -> Mapping[str, Any]:
    series = [{"name": one.name, "steps": list(one.xs), "values": list(one.ys)} for one in plot.series]
    return {"metric": plot.y, "series": series}
