"""Models and their versions as tables and pages."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.documents.records_json import JsonValue, to_json
from gitreg.domain.gate import Gate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.times import time_text
from gitreg.render.page import Page
from gitreg.render.rows import short_time
from gitreg.render.sizes import size_text
from gitreg.render.table import Table, table_of
from gitreg.workflows.versions.models import VersionSummary

TITLES = ("version", "state", "stages", "created", "author", "candidate", "files", "size", "description")


def state(summary: VersionSummary) -> str:
    """`retired`, `released` or `accepted`: the last word on a version, as the tags here say it."""
    if summary.retired is not None:
        return "retired"
    return "released" if summary.released else "accepted"


def version_table(summaries: Sequence[VersionSummary], *, brief: bool) -> Table:
    """Versions, one a row."""
    rows = []
    for summary in summaries:
        version = summary.version
        row = (
            version.version,
            state(summary),
            ",".join(summary.stages),
            short_time(version.created) if brief else time_text(version.created),
            version.author.name if brief else version.author,
            _candidate_id(version)[: 8 if brief else None],
            version.artifacts.files if version.artifacts else None,
            _size(version, brief=brief),
            version.description,
        )
        rows.append(row)
    return table_of(TITLES, rows, ("files", "size"))


def version_json(summary: VersionSummary) -> dict[str, JsonValue]:
    """A version's record, and beside its keys where it stands."""
    standing: dict[str, JsonValue] = {
        "state": state(summary), "stages": list(summary.stages), "retired": summary.retired,
    }  # fmt: skip
    return to_json(summary.version) | {"standing": standing}


def version_page(summary: VersionSummary, *, proposed: bool = False) -> str:
    """A version whole, for people; `proposed` where review has not accepted it yet."""
    version = summary.version
    page = Page()
    page.title(f"version {version.model} {version.version}")
    page.line("state", "proposed" if proposed else state(summary))
    page.line("retired", summary.retired)
    page.line("stages", ", ".join(summary.stages))
    page.line("created", time_text(version.created))
    page.line("author", str(version.author))
    _add_making(page, version)
    page.line("number", str(version.number))
    page.section("gates", [(f"{gate.kind} {gate.result}", gate.detail) for gate in version.gates])
    page.section("tags", list(version.tags.items()))
    page.paragraph("description", version.description)
    return page.text()


def _add_making(page: Page, version: ModelVersion) -> None:
    if version.candidate:
        page.line("candidate", f"{version.candidate.experiment}/{version.candidate.id}")
        page.line("record", str(version.candidate.record))
    page.line("source", version.source)
    if version.artifacts:
        page.line("artifacts", f"{version.artifacts.files} files, {version.artifacts.size} bytes")
        page.line("manifest", str(version.artifacts.manifest))


def _candidate_id(version: ModelVersion) -> str:
    return version.candidate.id if version.candidate else ""


def _size(version: ModelVersion, *, brief: bool) -> str | int | None:
    if version.artifacts is None:
        return None
    return size_text(version.artifacts.size) if brief else version.artifacts.size


def model_table(models: Sequence[Model], *, brief: bool) -> Table:
    """Models, one a row."""
    rows = [
        (
            model.slug,
            model.name,
            ",".join(f"{stage}={version}" for stage, version in model.stages.items()),
            ",".join(model.owners),
            model.description.partition("\n")[0] if brief else model.description,
        )
        for model in models
    ]
    return table_of(("model", "name", "stages", "owners", "description"), rows)


def model_page(model: Model, summaries: Sequence[VersionSummary]) -> str:
    """A model whole, for people."""
    page = Page()
    page.title(f"model {model.slug}{' (deleted)' if model.deleted else ''}")
    page.line("name", model.name)
    page.line("owners", ", ".join(model.owners))
    page.section("stages", [(stage, str(version)) for stage, version in model.stages.items()])
    page.section("aliases", [(alias, str(version)) for alias, version in model.aliases.items()])
    page.section("gates", [(gate.kind, gate_text(gate)) for gate in model.gates])
    page.section("versions", [(str(one.version.version), _in_short(one)) for one in summaries])
    page.section("tags", list(model.tags.items()))
    page.paragraph("description", model.description)
    return page.text()


def gate_text(gate: Gate) -> str:
    """A gate's settings in one line."""
    settings = gate.model_dump(exclude={"kind"}, exclude_none=True)
    return ", ".join(f"{key} {value}" for key, value in settings.items())


def _in_short(summary: VersionSummary) -> str:
    stages = f" in {', '.join(summary.stages)}" if summary.stages else ""
    why = f": {summary.retired}" if summary.retired else ""
    hidden = ", hidden by MLflow's API" if summary.hidden else ""
    return f"{state(summary)}{stages}{why}{hidden}, {time_text(summary.version.created)}"
