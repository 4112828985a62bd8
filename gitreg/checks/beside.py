"""The files that belong to a record with artifacts, by the record's path."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.checks.base import Case
from gitreg.documents import layout, places
from gitreg.domain.candidate import ArtifactSummary, Candidate
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
    candidate = places.candidate_of(path)
    if candidate is not None:
        record = case.record(Candidate, path)
        manifest, dvc = places.candidate_manifest_path(*candidate), places.candidate_dvc_path(*candidate)
        return Beside(record.artifacts, manifest, dvc, candidate[1]) if record else None
    version = layout.version_of(path)
    if version is not None:
        found = case.record(ModelVersion, path)
        manifest, dvc = layout.version_manifest_path(*version), layout.version_dvc_path(*version)
        return Beside(found.artifacts, manifest, dvc, "artifacts") if found else None
    return None
