"""GR008: nobody has to choose between values that several people gave one key at once."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.checks.reading import place_of
from gitreg.documents import layout
from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.leaves import CONFLICTS
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel


class ConflictOpen:
    """One value stands at the key, and somebody meant another: people look at it, and nothing is broken."""

    code = "GR008"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Keys with several values, as warnings."""
        for path in case.paths:
            values = case.values(Candidate, path) if case.is_record(path) else {}
            if values is not None and not values.get("extra"):
                continue  # nobody keeps conflicts there, of which canonical text has none
            record = case.judged(path).record
            if isinstance(record, (Candidate, Experiment, LoggedModel)) and not layout.version_file_of(path):
                # in a version's folder nobody can decide any more
                for name in open_conflicts(record):
                    line, column = place_of(case.proposed, path, *CONFLICTS, name)
                    message = f"{name} was set to several values at once, and nobody has decided yet"
                    yield Finding(path, line, column, self.code, message, "warning")
