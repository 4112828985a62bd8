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
    content, source = case.content(copy), record.candidate
    if source is None:
        return f"{record} names no candidate, and yet it is there" if content is not None else None
    if content is None:
        return "it is not there"
    if Digest.of(content) != source.record:
        return f"{record} was made from another record: {source.record}"
    candidate = case.record(Candidate, copy)
    if candidate and (candidate.experiment, candidate.id) != (source.experiment, source.id):
        return f"{record} was made from {source.experiment}/{source.id}"
    return None
