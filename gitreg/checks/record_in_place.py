"""GR002: a record is where records of its kind and name live."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate


class RecordInItsPlace:
    """Whoever looks for a record goes to the one place where it must be."""

    code = "GR002"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Records that say that they are others than their path says."""
        for path in case.paths:
            if case.kind_of(path) is None or _is_plainly_there(case, path):
                continue
            record = case.judged(path).record
            words = layout.misplaced(record, path) if record else None
            if words:
                yield Finding(path, 1, 1, self.code, words)


def _is_plainly_there(case: Case, path: str) -> bool:
    """Of the many candidates, without making records of them."""
    values = case.values(Candidate, path)
    return values is not None and (values["experiment"], values["id"]) == places.candidate_of(path)
