"""What a proposal of a new trust root may hold: trust files that verifiers will accept, and nothing else."""

from __future__ import annotations

from gitreg.checks import CommitFiles
from gitreg.checks.trust_chain import LACKS, first_fault
from gitreg.documents import places
from gitreg.domain.trust import Root
from gitreg.errors import AnswerIsNoError, RecordError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry


def require_sound_trust(registry: Registry, name: str, tip: ObjectId, merged: ObjectId) -> None:
    """Refuses to merge what would break the chain of trust roots.

    Args:
        registry: the registry.
        name: of the proposal's branch, which ends in the number of the root that it proposes.
        tip: what is accepted.
        merged: the commit that would be accepted.

    Raises:
        AnswerIsNoError: naming what lacks.
    """
    repository = registry.repository
    for _, path in repository.changed_paths(tip, merged):
        if not path.startswith(f"{places.TRUST}/"):
            raise AnswerIsNoError(
                f"{name} changes {path!a} too, and a new trust root comes alone",
                hint=f"look at it: git diff {registry.settings.accepted_branch}...{name}",
            )
    before, after = Snapshot(repository, tip), Snapshot(repository, merged)
    root = after.record(Root, places.ROOT)
    number = int(name.rpartition("/")[2])
    if root is None or root.version != number:
        raise AnswerIsNoError(
            f"{name} does not bring trust root {number}",
            hint="gitreg key propose --anew, or remove that branch",
        )
    fault = first_fault(CommitFiles(before), CommitFiles(after), registry.environ)
    if fault is not None:
        hint = (
            "gitreg key sign"
            if f" {LACKS} " in fault[1]
            else f"gitreg key show --proposed; then: git branch -D {name}"
        )
        raise AnswerIsNoError(f"{name} cannot be accepted: {fault[0]}: {fault[1]}", hint=hint)


def root_version(snapshot: Snapshot) -> int:
    """The number of a commit's trust root; 0 where none can be read, which other checks tell of."""
    try:
        root = snapshot.record(Root, places.ROOT)
    except RecordError:
        return 0
    return root.version if root else 0
