"""GR003: the manifest beside a record is the one that the record names."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.beside import beside
from gitreg.checks.reading import place_of
from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import MAX_BYTES, Manifest


class ManifestOfRecord:
    """The signed record names its files by one digest; another manifest would be other files."""

    code = "GR003"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Manifests that are missing, malformed, too many, or others than the record says."""
        for path in case.paths:
            files = beside(case, path)
            if files is not None:
                message = _message(case, files.manifest, files.summary)
                if message:
                    line, column = place_of(case.proposed, path, "artifacts", "manifest")
                    yield Finding(path, line, column, self.code, message)


def _message(case: Case, path: str, summary: ArtifactSummary | None) -> str | None:
    content = case.content(path, limit=MAX_BYTES)
    if summary is None:
        return f"it has no artifacts, and yet there is {path}" if content is not None else None
    if content is None:
        return f"its manifest {path} is not there"
    try:
        manifest = Manifest.parse(content)
    except ValueError as error:
        return f"{path} is no manifest: {error}"
    if Digest.of(content) != summary.manifest:
        return f"{path} is another manifest: {Digest.of(content)}"
    if len(manifest.entries) != summary.files:
        return f"{path} names {len(manifest.entries)} files, the record says {summary.files}"
    return None
