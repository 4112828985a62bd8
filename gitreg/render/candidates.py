"""A candidate as a page. As rows of a table they are in rows.py."""

from __future__ import annotations

from gitreg.domain.candidate import Candidate
from gitreg.domain.times import time_text
from gitreg.render.conflicts import add_conflicts
from gitreg.render.page import Page
from gitreg.render.rows import number


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
        "data",
        [
            (one.name, " ".join(filter(None, (one.uri, str(one.digest or ""), one.context, one.licence))))
            for one in candidate.data
        ],
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
