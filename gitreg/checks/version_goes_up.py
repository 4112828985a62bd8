"""GR109: a new version's number is higher than those before it, or goes on a patch line."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.files import Files
from gitreg.checks.reading import place_of
from gitreg.documents import layout, places
from gitreg.domain.version import VersionNumber, why_not_next


class VersionGoesUp:
    """`churn@latest` and people take the highest number for the newest version; a patch line goes on (docs/adr/0029)."""

    code = "GR109"

    def findings(self, case: Case) -> Iterator[Finding]:
        """New versions below the highest one that do not go on a line of the same major and minor number."""
        for record in case.new_versions():
            before = _versions(case.accepted, record.model)
            if case.change:
                before |= _versions(case.change.tip, record.model)
            message = why_not_next(record.version, before - {record.version})
            if message:
                path = layout.version_path(record.model, record.version)
                line, column = place_of(case.proposed, path, "version")
                yield Finding(path, line, column, self.code, message)


def _versions(files: Files, model: str) -> set[VersionNumber]:
    found = set()
    for name in files.names(places.versions_folder(model)):
        try:
            found.add(VersionNumber.parse(name))
        except ValueError:
            continue
    return found
