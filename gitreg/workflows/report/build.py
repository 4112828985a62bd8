"""Builds a report: one question after the other, each asked of those who know."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.gate import Gate, NoRegressionGate, ThresholdGate
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.bringing import bring_refs, with_candidates
from gitreg.workflows.report.curves import compared_curves
from gitreg.workflows.report.differences import data_rows, goals_of, metric_rows, param_rows
from gitreg.workflows.report.files import Version, list_files, looked_at
from gitreg.workflows.report.merging import warnings_of
from gitreg.workflows.report.signing import planned_tags
from gitreg.workflows.report.subject import Found, find_current, find_subject
from gitreg.workflows.report.values import Current, Metric, Report
from gitreg.workflows.versions.check_gates import check_gates
from gitreg.workflows.versions.demanded_gates import before_version, demanded_gates, gates_of_release


def build_report(registry: Registry, reference: str, *, progress: Progress = SILENT) -> Report:
    """What a reviewer needs to know of a proposed version, or of an accepted one.

    Nothing is changed; what this clone lacks is fetched first.

    Args:
        registry: the registry.
        reference: a proposal (`churn!1.2.0`), its branch, or a version (`churn@1.2.0`).
        progress: told that it goes on.

    Raises:
        UsageError: if the reference names something else.
        NotFoundError: if there is no such proposal or version.
        RecordError: if a record that is needed is missing or malformed.
        VerificationError: if a gate looks at files, and they are nowhere as they were recorded.
        RemoteError: if refs are missing here and the remote cannot be reached.
    """
    progress.start(0, "Gathering")
    try:
        registry = bring_refs(registry, reference)
        found = find_subject(registry, reference)
        current = find_current(registry, found)
        wanted = [found.subject.candidate, current.candidate if current else None]
        with with_candidates(registry, filter(None, wanted)) as (knowing, notes):
            return _built(knowing, found, current, notes)
    finally:
        progress.done()


def _built(registry: Registry, found: Found, current: Current | None, notes: Sequence[str]) -> Report:
    subject, gates = found.subject, _gates(registry, found)
    candidate, former = subject.candidate, current.candidate if current else None
    checked = check_gates(registry, subject.branch or subject.reference)
    goals = goals_of(registry.candidates, candidate.experiment if candidate else None, gates)
    metrics = metric_rows(candidate, former, goals)
    version = Version(subject.version, found.files)
    files, unseen = looked_at(registry, version, list_files(version, _version(found, current)))
    both = [(subject.version, candidate), *([(current.version, former)] if current else [])]
    shown = [(str(record), one) for record, one in both if one is not None]
    curves, missing = compared_curves(registry, registry.candidates, shown, _order(metrics, gates))
    return Report(
        subject,
        current,
        checked,
        metrics,
        param_rows(candidate, former),
        data_rows(candidate, former),
        planned_tags(registry, subject, gates),
        files,
        curves,
        warnings_of(registry, found, checked),
        (*notes, *([unseen] if unseen else []), *missing),
    )


def _gates(registry: Registry, found: Found) -> list[Gate]:
    """Those that judge it, as `check` and `release` take them."""
    slug, version = found.subject.version.model, found.subject.version.version
    if found.proposal is not None:
        return demanded_gates(found.before, slug)
    befores = before_version(registry.repository, found.files, slug, version)
    return gates_of_release(found.files, befores, slug)


def _version(found: Found, current: Current | None) -> Version | None:
    return Version(current.version, found.before) if current else None


def _order(metrics: Sequence[Metric], gates: Sequence[Gate]) -> list[str]:
    """Metrics that gates look at, then as they stand."""
    judged = [one.metric for one in gates if isinstance(one, (ThresholdGate, NoRegressionGate))]
    return list(dict.fromkeys([*judged, *(one.name for one in metrics)]))
