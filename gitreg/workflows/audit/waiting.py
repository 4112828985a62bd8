"""What the accepted branch says and no tag does: versions that nobody released, retirements and stages that nobody signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId
from gitreg.workflows.audit.entry import Entry, Refusal
from gitreg.workflows.audit.examine import with_record
from gitreg.workflows.audit.line import Line
from gitreg.workflows.searching.find import models_in, versions_of
from gitreg.workflows.verification.case import Case, required

WAITS = "waits for its signature"


def waiting(case: Case, line: Line, model: str | None, entries: Iterable[Entry]) -> list[Entry]:
    """What stands at the accepted tip beside what was signed; of one model, or of all."""
    signed = list(entries)
    slugs = [slug for slug in models_in(case.accepted) if model in {None, slug}]
    return [entry for slug in slugs for entry in _of_model(case, line, slug, signed)]


def _of_model(case: Case, line: Line, slug: str, signed: list[Entry]) -> Iterator[Entry]:
    path = places.model_path(slug)
    try:
        record = read(required(case.accepted, path), Model, path)
    except (RecordError, ValueError) as error:
        yield Entry("unknown", slug, refusal=Refusal("record", f"{path}: {error}"))
        return
    for version in versions_of(case.accepted, slug):
        if layout.version_tag(slug, version) not in case.refs:
            yield _accepted(case, line, slug, version)
    for version, reason in sorted(record.retired.items()):
        if layout.retire_tag(slug, version) not in case.refs:
            yield Entry("retire", slug, version=version, notes=(reason, WAITS))
    yield from _stages(record, signed)


def _accepted(case: Case, line: Line, slug: str, version: VersionNumber) -> Entry:
    commit = _brought(case, layout.version_folder(slug, version))
    proposed, merged = line.told(commit) if commit else (None, None)
    place = line.place(commit) if commit else None
    entry = Entry(
        "accept",
        slug,
        version=version,
        commit=commit,
        place=place,
        proposed=proposed,
        merged=merged,
        notes=(WAITS,),
    )
    path = layout.version_path(slug, version)
    try:
        return with_record(entry, read(required(case.accepted, path), ModelVersion, path))
    except (RecordError, ValueError):
        return entry


def _brought(case: Case, path: str) -> ObjectId | None:
    """The commit of the accepted branch that changed a path last."""
    return next(iter(case.repository.history(case.tip, path, first_parent=True)), None)


def _stages(record: Model, signed: list[Entry]) -> Iterator[Entry]:
    newest: dict[str, Entry] = {}
    for entry in signed:
        if entry.action == "assign" and entry.model == record.slug and entry.stage and entry.object:
            before = newest.get(entry.stage)
            if before is None or (entry.number or 0) > (before.number or 0):
                newest[entry.stage] = entry
    for stage in sorted(newest.keys() | record.stages.keys()):
        version, last = record.stages.get(stage), newest.get(stage)
        if version != (last.statement.version if last and last.statement else None):
            yield Entry("assign", record.slug, version=version, stage=stage, notes=(WAITS,))
