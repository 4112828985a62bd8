"""The files that belong to a record with artifacts, by the record's path."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.checks.base import Case
from gitreg.checks.reading import NOTHING
from gitreg.documents import layout, places
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import ModelVersion


@dataclass(frozen=True)
class Beside:
    """What should lie beside a record.

    Args:
        summary: what the record says of its artifacts; None when it has none.
        manifest: path of the manifest.
        dvc: path of the DVC file.
        out: where that DVC file must bring them.
    """

    summary: ArtifactSummary | None
    manifest: str
    dvc: str
    out: str


def beside(case: Case, path: str) -> Beside | None:
    """What belongs to the record at a path; None where no record with artifacts lives, or a broken one."""
    if case.kind_of(path) is None:
        return None
    candidate = places.candidate_of(path)
    if candidate is not None:
        if case.judged(path).faults or case.judged(path) is NOTHING:
            return None
        manifest, dvc = places.candidate_manifest_path(*candidate), places.candidate_dvc_path(*candidate)
        return Beside(_summary(case, path), manifest, dvc, candidate[1])
    model = places.logged_model_of(path)
    if model is not None:
        logged = case.record(LoggedModel, path)
        manifest, dvc = places.logged_model_manifest_path(*model), places.logged_model_dvc_path(*model)
        return Beside(logged.artifacts, manifest, dvc, model[1]) if logged else None
    version = layout.version_of(path)
    if version is not None:
        found = case.record(ModelVersion, path)
        manifest, dvc = layout.version_manifest_path(*version), layout.version_dvc_path(*version)
        return Beside(found.artifacts, manifest, dvc, "artifacts") if found else None
    return None


def _summary(case: Case, path: str) -> ArtifactSummary | None:
    """What a candidate says of its artifacts; of the many whose text is canonical, without making records of them."""
    values = case.values(Candidate, path)
    if values is None:
        record = case.record(Candidate, path)
        return record.artifacts if record else None
    return ArtifactSummary.model_validate(values["artifacts"]) if values["artifacts"] else None
