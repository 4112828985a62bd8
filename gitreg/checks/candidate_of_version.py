"""GR102: candidate.yaml is the candidate that the version names."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.documents import layout
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.model import ModelVersion


class CandidateOfVersion:
    """A version says where it comes from; its copy of that record is the only one that a reviewer can read later."""

    code = "GR102"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Copies that are missing, or others."""
        for path in case.of_models:
            version = layout.version_of(path)
            record = case.record(ModelVersion, path) if version else None
            if version and record:
                copy = layout.version_candidate_path(*version)
                message = _message(case, copy, record)
                if message:
                    yield Finding(copy, 1, 1, self.code, message)


def _message(case: Case, copy: str, record: ModelVersion) -> str | None:
    content = case.content(copy)
    if content is None:
        return "it is not there"
    if Digest.of(content) != record.candidate.record:
        return f"{record} was made from another record: {record.candidate.record}"
    candidate = case.record(Candidate, copy)
    if candidate and (candidate.experiment, candidate.id) != (
        record.candidate.experiment,
        record.candidate.id,
    ):
        return f"{record} was made from {record.candidate.experiment}/{record.candidate.id}"
    return None
