"""GR110: the artifacts of a new version are in the storage that is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.artifacts import parse_dvc_file
from gitreg.checks.base import Case, Finding
from gitreg.documents import layout
from gitreg.domain.manifest import MAX_BYTES, Manifest
from gitreg.domain.model import ModelVersion


class ArtifactsStored:
    """A version that cannot be pulled would be signed, and found out on the day on which it is needed."""

    code = "GR110"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Versions of which something is missing, has another size, or is not what the manifest lists."""
        if case.stored is None:
            return
        for record in case.new_versions():
            message = _message(case, record)
            if message:
                path = layout.version_dvc_path(record.model, record.version)
                yield Finding(path, 1, 1, self.code, message)


def _message(case: Case, record: ModelVersion) -> str | None:
    dvc = case.content(layout.version_dvc_path(record.model, record.version))
    listed = case.content(layout.version_manifest_path(record.model, record.version), limit=MAX_BYTES)
    if dvc is None or listed is None or record.artifacts is None or case.stored is None:
        return None  # GR003's and GR004's findings, as are malformed ones
    try:
        out, manifest = parse_dvc_file(dvc), Manifest.parse(listed)
    except ValueError:
        return None
    return case.stored.fault(out, manifest, record.artifacts.size)
