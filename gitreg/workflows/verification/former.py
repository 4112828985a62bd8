"""A part of step 7: a key that was rotated is good for what was accepted while it was in use, and for nothing since."""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.trust import Roles, Root
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.verification.case import Case, refuse_unless, required
from gitreg.workflows.verification.signer import Signature


def last_root(roles: Roles, fingerprint: str) -> int | None:
    """The last trust root that a key is good for; None for a key that was not rotated."""
    found = [entry.until_root for entry in roles.former.values() if entry.key == fingerprint]
    return min(found, default=None)


def too_late(until: int, roots: Iterable[int]) -> int | None:
    """The first of these roots that a key which is good up to root `until` has no say under; None when there is none."""
    return next((version for version in roots if version > until), None)


def check_former(case: Case, commit: ObjectId, signature: Signature) -> None:
    """Refuses a rotated key for a commit that was accepted under a later root.

    Every root on the way to the commit is read, not only the commit's own: whoever rules the host could put an older
    root back for a moment, and have a rotated key sign that.

    Raises:
        VerificationError: step `role`.
    """
    until = last_root(case.trust.roles, signature.fingerprint)
    if until is None or (case.line is not None and commit in case.line and commit in _in_time(case, until)):
        return
    name = f"the key {signature.fingerprint} of {signature.principal} was rotated"
    changes = case.repository.history(commit, places.ROOT, first_parent=True)
    refuse_unless(bool(changes), "role", f"{name}, and commit {commit[:12]} is of no trust root")
    late = too_late(until, (_version(case, changed) for changed in changes))
    refuse_unless(
        late is None, "role", f"{name}: it is good up to trust root {until}, and this is of root {late}"
    )


def _in_time(case: Case, until: int) -> frozenset[ObjectId]:
    """The accepted line's commits that no root later than `until` comes before; found out once for all releases."""
    if until not in case.in_time:
        oldest_first = case.repository.history(case.tip, places.ROOT, first_parent=True)[::-1]
        late = next((change for change in oldest_first if _is_late(case, change, until)), None)
        found = _before(case, late) if late else case.line or frozenset()
        case.in_time[until] = found - _before(case, oldest_first[0]) if oldest_first else frozenset()
    return case.in_time[until]


def _is_late(case: Case, change: ObjectId, until: int) -> bool:
    """Whether a root is later than `until`, or cannot be told: then each release is looked at by itself."""
    try:
        return _version(case, change) > until
    except (RecordError, ValueError):
        return True


def _before(case: Case, commit: ObjectId) -> frozenset[ObjectId]:
    parents = case.repository.commit(commit).parents
    return frozenset(case.repository.first_parent_line(parents[0]) if parents else ())


def _version(case: Case, commit: ObjectId) -> int:
    return read(required(Snapshot(case.repository, commit), places.ROOT), Root, places.ROOT).version
