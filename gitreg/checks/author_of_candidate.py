"""GR111: what a candidate says of itself is changed by its author alone."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import Case, Finding
from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.errors import RecordError

COMMON = frozenset({"name", "tags", "notes", "deleted", "extra"})
"""What anybody on a team changes by gitreg's own commands."""


class AuthorOfCandidate:
    """Everybody may push to the candidate branch; somebody else's result must not become better unnoticed.

    Who made a commit, Git only says: this finds slips and shows where to look, and proves nothing.
    """

    code = "GR111"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Records that others changed: an error where what was measured is another, else a warning."""
        known = case.change.editors if case.change else {}
        for path, editors in ((path, known[path]) for path in case.paths if path in known):
            before = _before(case, path)
            others = sorted(editors - {before.author.email.casefold()}) if before else []
            after = case.record(Candidate, path)
            if before is None or not others or (after is None and case.proposed.kind(path) is not None):
                continue  # a broken one is GR001's finding
            changed = _changed(before, after)
            if changed:
                what = f"{', '.join(changed)} changed" if after else "removed"
                message = f"{what} by {', '.join(others)}; the candidate is {before.author.email}'s"
                is_common = after is not None and COMMON.issuperset(changed)
                yield Finding(path, 1, 1, self.code, message, "warning" if is_common else "error")


def _before(case: Case, path: str) -> Candidate | None:
    try:
        content = case.accepted.content(path)
        return read(content, Candidate, path) if content is not None and places.candidate_of(path) else None
    except RecordError:
        return None


def _changed(before: Candidate, after: Candidate | None) -> list[str]:
    """Keys of the record that are not as they were; all of them where it is gone."""
    names = [name for name in Candidate.model_fields if name != "schema_"]
    return [name for name in names if after is None or _said(before, name) != _said(after, name)]


def _said(record: Candidate, name: str) -> str:
    """As text: a metric that is not a number is no other one each time."""
    return repr(getattr(record, name))
