"""GR001: a record can be read."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding, at


class RecordReadable:
    """Every reader must take a file for the same record; what is not strictly one is none."""

    code = "GR001"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Everything that is wrong with a file, conflict markers among it."""
        for path in case.paths:
            if case.is_record(path):
                yield from (at(fault, path, self.code) for fault in case.judged(path).faults)
