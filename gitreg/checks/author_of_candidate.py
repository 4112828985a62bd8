"""GR111: what a candidate or a logged model says of itself is changed by its author alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gitreg.checks.base import Case, Finding
from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import RecordError

COMMON = frozenset({"name", "tags", "notes", "deleted", "extra"})
"""What anybody on a team changes by gitreg's own commands."""
MADE = frozenset({"schema_", "updated"})
"""What says nothing by itself."""
Logged: TypeAlias = Candidate | LoggedModel


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
            after = case.record(type(before), path) if before else None
            if before is None or not others or (after is None and case.proposed.kind(path) is not None):
                continue  # a broken one is GR001's finding
            changed = _changed(before, after)
            if changed:
                what = f"{', '.join(changed)} changed" if after else "removed"
                word = "candidate" if isinstance(before, Candidate) else "logged model"
                message = f"{what} by {', '.join(others)}; the {word} is {before.author.email}'s"
                is_common = after is not None and _common(before, after).issuperset(changed)
                yield Finding(path, 1, 1, self.code, message, "warning" if is_common else "error")


def _before(case: Case, path: str) -> Logged | None:
    try:
        content = case.accepted.content(path)
        if content is None:
            return None
        if places.candidate_of(path):
            return read(content, Candidate, path)
        return read(content, LoggedModel, path) if places.logged_model_of(path) else None
    except RecordError:
        return None


def _common(before: Logged, after: Logged) -> frozenset[str]:
    """What others may change: of a logged model its metrics too, where values of their own candidates were added."""
    if not isinstance(before, LoggedModel) or not isinstance(after, LoggedModel):
        return COMMON
    added = {repr(one) for one in before.metrics} <= {repr(one) for one in after.metrics}
    return COMMON | {"metrics"} if added else COMMON


def _changed(before: Logged, after: Logged | None) -> list[str]:
    """Keys of the record that are not as they were; all of them where it is gone."""
    names = [name for name in type(before).model_fields if name not in MADE]
    return [name for name in names if after is None or _said(before, name) != _said(after, name)]


def _said(record: Logged, name: str) -> str:
    """As text: a metric that is not a number is no other one each time."""
    return repr(getattr(record, name))
