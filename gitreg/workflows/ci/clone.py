"""Bringing into a CI job's clone what its job needs and GitLab's runner did not fetch.

A runner fetches one commit with little history, checks it out detached, and knows no other branch
(https://docs.gitlab.com/ci/runners/configure_runners/#shallow-cloning). What is missing is brought as it is needed: the accepted
branch, the commit that a change is counted from, and as much history as joins the two. Nothing is checked out.
"""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import places
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import RemoteError
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate, Repository
from gitreg.gitrepo.default_branch import set_default_branch
from gitreg.store import RegistryStore
from gitreg.workflows.ci.job import CiJob

SHALLOW = "shallow"
USUAL_DEPTH = 20
"""How many commits GitLab's runner fetches unless told otherwise (GIT_DEPTH)."""
DEPTHS = (100, 1000, 2**31 - 1)
"""How much history is asked for, one after the other, while two commits have no common one; the last is all of it."""


@dataclass(frozen=True)
class JobClone:
    """The clone of a job, with the remote that its registry is shared by.

    Args:
        repository: the clone.
        remote: its remote.
        job: what GitLab says of the job.
    """

    repository: Repository
    remote: str
    job: CiJob

    @property
    def is_shallow(self) -> bool:
        """Whether its history was cut off."""
        return (self.repository.common_dir / SHALLOW).exists()

    def tracking(self, branch: str) -> str:
        """The ref that remembers a branch of the remote."""
        return f"refs/remotes/{self.remote}/{branch}"

    def tip(self, branch: str) -> ObjectId | None:
        """The remote's branch as this clone remembers it."""
        return self.repository.resolve(self.tracking(branch))


def fit_clone(clone: JobClone, *, history: bool) -> ObjectId | None:
    """Brings what is missing, and returns the commit that the change is counted from, where there is one.

    Args:
        clone: the job's.
        history: whether the whole history of the accepted branch is needed, as for signing.

    Raises:
        RemoteError: the remote cannot be reached, or a merge request's base is not there; CredentialsError: it refuses.
    """
    since = _bring_since(clone)
    for branch in _branches(clone):
        _bring_branch(clone, branch)
    if clone.job.default and clone.tip(clone.job.default):
        set_default_branch(clone.repository.layout, clone.repository.environ, clone.remote, clone.job.default)
    for branch in _accepted_branches(clone):
        _bring_branch(clone, branch)
        if history:
            _bring_history(clone, branch)
    if clone.job.is_merge_request:
        _name_proposal(clone)
        _join(clone)
    return since


def _branches(clone: JobClone) -> list[str]:
    return list(dict.fromkeys(filter(None, (clone.job.accepted, clone.job.default))))


def _accepted_branches(clone: JobClone) -> list[str]:
    """The branch that the default branch's own settings call accepted, which is nearly always itself."""
    store = RegistryStore(clone.repository)
    named = [
        settings.accepted_branch
        for branch in _branches(clone)
        if (settings := store.at(clone.tracking(branch)).record(RegistrySettings, places.REGISTRY))
    ]
    return list(dict.fromkeys([*named[:1], *filter(None, [clone.job.accepted])]))


def _bring_since(clone: JobClone) -> ObjectId | None:
    since = clone.job.since
    if since is None or clone.repository.find(f"{since}^{{commit}}") is not None:
        return since
    try:
        _fetch(clone, since)
    except RemoteError:
        if clone.job.is_merge_request:
            raise
        return None  # somebody rewrote the branch: the commit before is gone, so everything is looked at
    return since


def _bring_branch(clone: JobClone, branch: str) -> None:
    """The remote's branch; for a merge request from a fork, whose own branches say nothing, the commit that it began at."""
    if clone.job.is_fork:
        if clone.job.since is not None and branch == clone.job.target:
            _remember(clone, branch, clone.job.since)
        return
    if clone.tip(branch) is not None and branch == clone.job.branch:
        return  # the runner has just fetched it
    _fetch(clone, f"+refs/heads/{branch}:{clone.tracking(branch)}")


def _bring_history(clone: JobClone, branch: str) -> None:
    if clone.is_shallow and not clone.job.is_fork:
        _fetch(clone, f"+refs/heads/{branch}:{clone.tracking(branch)}", depth=DEPTHS[-1])


def _name_proposal(clone: JobClone) -> None:
    """The merge request's branch, as it would be called in a clone of the project that it comes from."""
    commit = clone.job.source_commit or clone.repository.resolve("HEAD")
    if clone.job.proposal is None or commit is None:
        return
    if clone.repository.find(f"{commit}^{{commit}}") is None:
        _fetch(clone, commit)
    _remember(clone, clone.job.proposal, commit)


def _join(clone: JobClone) -> None:
    """As much history as it takes until the merge request and the accepted branch have a commit in common."""
    head, target = clone.repository.resolve("HEAD"), clone.job.target
    if head is None or target is None:
        return
    for depth in DEPTHS:
        tip = clone.tip(target)
        if tip is None or not clone.is_shallow or clone.repository.merge_base(head, tip):
            return
        _fetch(clone, tip, clone.job.source_commit or head, depth=depth)


def _fetch(clone: JobClone, *specs: str, depth: int = USUAL_DEPTH) -> None:
    """Fetches, and cuts no history off that is here: only a shallow clone is given a depth."""
    clone.repository.fetch(clone.remote, specs, depth=depth if clone.is_shallow else None)


def _remember(clone: JobClone, branch: str, commit: ObjectId) -> None:
    ref, old = clone.tracking(branch), clone.tip(branch)
    if old != commit:
        clone.repository.update_refs([RefUpdate(ref, commit, old or ZERO)], "gitreg: ci")
