"""GR002: a record is where records of its kind and name live."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.reading import place_of
from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment, experiment_number


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
            elif isinstance(record, Experiment) and record.number != experiment_number(record.slug):
                line, column = place_of(case.proposed, path, "number")
                number = experiment_number(record.slug)
                words = f"the number of {record.slug} is {number}, and this one is another experiment's: write '{number}'"
                yield Finding(path, line, column, self.code, words)


def _is_plainly_there(case: Case, path: str) -> bool:
    """Of the many candidates, without making records of them."""
    values = case.values(Candidate, path)
    return values is not None and (values["experiment"], values["id"]) == places.candidate_of(path)
