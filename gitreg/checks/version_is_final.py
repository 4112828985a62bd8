"""GR101: an accepted version never changes again."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.documents import layout
from gitreg.domain.manifest import MAX_BYTES
from gitreg.errors import RecordError

FINAL = frozenset({"version.yaml", "candidate.yaml", "artifacts.sha256", "artifacts.dvc"})


class VersionIsFinal:
    """Consumers pin a version; if its record could change, a pin would mean nothing."""

    code = "GR101"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Files of accepted versions that were changed or removed."""
        for path in case.of_models:
            found = layout.version_file_of(path)
            if found is None or found[2] not in FINAL:
                continue
            try:
                before = case.accepted.content(path, limit=MAX_BYTES)
            except RecordError:
                continue
            after = case.content(path, limit=MAX_BYTES)
            if before is not None and before != after:
                what = "removed" if after is None else "changed"
                yield Finding(
                    path, 1, 1, self.code, f"{found[0]} {found[1]} was accepted, and this file was {what}"
                )
