"""Candidates as tables and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gitreg.domain.candidate import Candidate
from gitreg.domain.condition import value_of
from gitreg.domain.times import time_text
from gitreg.render.conflicts import add_conflicts
from gitreg.render.page import Page
from gitreg.render.table import Table, table_of

BRIEF = 4
"""How many metrics, and how many params, a person sees unasked."""
FIXED = ("experiment", "name", "status", "created")


def candidate_table(candidates: Sequence[Candidate], fields: Sequence[str] | None, *, brief: bool) -> Table:
    """Candidates, one a row. Without fields: what tells them apart; all of it unless `brief`."""
    chosen = (
        list(fields)
        if fields is not None
        else ["id", *_fixed(candidates, brief=brief), *_named(candidates, brief=brief)]
    )
    rows = [[_cell(candidate, field, brief=brief) for field in chosen] for candidate in candidates]
    return table_of(chosen, rows, [field for field in chosen if field.startswith("metrics.")])


def number(value: float) -> str:
    """A metric, exactly: the shortest text that gives the same number."""
    return repr(value)


def _cell(candidate: Candidate, field: str, *, brief: bool) -> str | None:
    value = value_of(candidate, field)
    if isinstance(value, float):
        return f"{value:.6g}" if brief else number(value)
    if brief and field == "id":
        return candidate.id[:8]
    if brief and field in {"created", "finished"} and value:
        return short_time(datetime.fromisoformat(value))
    return value


def short_time(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _fixed(candidates: Sequence[Candidate], *, brief: bool) -> list[str]:
    one_experiment = len({candidate.experiment for candidate in candidates}) == 1
    return [field for field in FIXED if not (brief and one_experiment and field == "experiment")]


def _named(candidates: Sequence[Candidate], *, brief: bool) -> list[str]:
    metrics = _keys([candidate.metrics for candidate in candidates])
    params = _keys([candidate.params for candidate in candidates])
    if brief:
        telling = [key for key in params if len({candidate.params.get(key) for candidate in candidates}) > 1]
        metrics, params = metrics[:BRIEF], telling[:BRIEF]
    return [f"metrics.{key}" for key in metrics] + [f"params.{key}" for key in params]


def _keys(mappings: Sequence[object]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings if isinstance(mapping, dict) for key in mapping))


def candidate_page(candidate: Candidate) -> str:
    """A candidate whole, for people."""
    page = Page()
    page.title(f"candidate {candidate.id}")
    page.line("experiment", candidate.experiment)
    page.line("name", candidate.name)
    page.line("status", candidate.status + (" (deleted)" if candidate.deleted else ""))
    page.line("created", time_text(candidate.created))
    page.line("finished", time_text(candidate.finished) if candidate.finished else None)
    page.line("author", str(candidate.author))
    page.line("parent", candidate.parent)
    _components(page, candidate)
    page.section("params", list(candidate.params.items()))
    page.section("metrics", [(key, _measured(candidate, key)) for key in candidate.metrics])
    page.section("tags", list(candidate.tags.items()))
    add_conflicts(page, candidate)
    if candidate.artifacts:
        page.line("artifacts", f"{candidate.artifacts.files} files, {candidate.artifacts.size} bytes")
        page.line("manifest", str(candidate.artifacts.manifest))
    page.paragraph("notes", candidate.notes)
    return page.text()


def _components(page: Page, candidate: Candidate) -> None:
    code = candidate.code
    page.line(
        "code",
        f"{code.commit}{' and changes that are not committed' if code.dirty else ''}"
        if code.commit
        else None,
    )
    page.line("branch", code.branch)
    page.line("repository", code.repository)
    page.line("command", " ".join(code.command) or None)
    page.section(
        "data", [(one.name, f"{one.uri} {one.digest or ''} {one.context}".strip()) for one in candidate.data]
    )
    if candidate.environment:
        words = (candidate.environment.python, candidate.environment.platform)
        page.line("environment", " on ".join(filter(None, words)))
    if candidate.ci:
        page.line(
            "ci",
            " ".join(
                filter(
                    None,
                    (candidate.ci.provider, candidate.ci.project, candidate.ci.pipeline, candidate.ci.job),
                )
            ),
        )


def _measured(candidate: Candidate, key: str) -> str:
    point, curve = candidate.points.get(key), candidate.curves.get(key)
    step = f" at step {point[0]}" if point else ""
    span = f", {curve.points} points from {curve.min:g} to {curve.max:g}" if curve else ""
    return f"{number(candidate.metrics[key])}{step}{span}"
