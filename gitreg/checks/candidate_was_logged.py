"""GR108: a new version's candidate.yaml was, byte for byte, on the candidate branch."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.documents import layout, places


class CandidateWasLogged:
    """What a version says of its making is worth what the candidate branch says, where everybody could see it be logged."""

    code = "GR108"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Copies of records that the branch never had, and those of which nobody can tell."""
        if case.origins is None:
            return
        for record in case.new_versions():
            copy = layout.version_candidate_path(record.model, record.version)
            content, source = case.content(copy), record.candidate
            if content is None or source is None:
                continue  # GR102's finding, where there should be one
            found = case.origins.find(places.candidate_path(source.experiment, source.id), content)
            if found.lack:
                message = f"whether the candidate branch ever had this record cannot be told: {found.lack}"
                yield Finding(copy, 1, 1, self.code, message, found.severity)
            elif not found.is_there:
                message = f"{source.experiment}/{source.id} was never this record on the candidate branch"
                yield Finding(copy, 1, 1, self.code, message)
