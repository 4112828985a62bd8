"""What GitLab tells a job about its pipeline, by its predefined variables; only what is well formed counts.

Names of branches, titles and messages in these variables are strangers' words: a branch must be a ref's name, a commit must be
40 hex digits, or it is as if GitLab had said nothing. Knows variables, no repository.
Source: https://docs.gitlab.com/ci/variables/predefined_variables/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitreg.documents.places import CANDIDATES_BRANCH
from gitreg.gitrepo import ZERO, ObjectId, is_object_id, is_ref

_OURS = "gitreg/"


@dataclass(frozen=True)
class CiJob:
    """What a job is about.

    Args:
        is_merge_request: whether its pipeline belongs to a merge request.
        is_fork: whether that comes from another project, whose branches this one does not have.
        branch: the branch that the pipeline runs for; None for merge requests and tags.
        default: the project's default branch.
        target: the branch that a merge request would be merged into.
        source: a merge request's own branch.
        source_commit: that one's tip, where the job has a merge of it checked out (merged results).
        since: the commit that the change is counted from; None where there is none, as for the first push of a branch.
    """

    is_merge_request: bool
    is_fork: bool
    branch: str | None
    default: str | None
    target: str | None
    source: str | None
    source_commit: ObjectId | None
    since: ObjectId | None

    @property
    def accepted(self) -> str | None:
        """The branch that says what is accepted, as far as GitLab knows."""
        return self.target if self.is_merge_request else self.default

    @property
    def proposal(self) -> str | None:
        """The merge request's branch, where it may be one that gitreg proposed: never one that says what is accepted."""
        ours = self.source is not None and self.source.startswith(_OURS)
        taken = {CANDIDATES_BRANCH, self.target, self.default}
        return self.source if ours and self.source not in taken else None


def ci_job(environ: Mapping[str, str]) -> CiJob:
    """What the variables of a job say."""
    is_merge_request = environ.get("CI_PIPELINE_SOURCE") == "merge_request_event"
    target = _commit(environ, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA")  # there in merged results pipelines only
    base = _commit(environ, "CI_MERGE_REQUEST_DIFF_BASE_SHA")
    before = _commit(environ, "CI_COMMIT_BEFORE_SHA")
    return CiJob(
        is_merge_request=is_merge_request,
        is_fork=is_merge_request and _is_fork(environ),
        branch=_branch(environ, "CI_COMMIT_BRANCH"),
        default=_branch(environ, "CI_DEFAULT_BRANCH"),
        target=_branch(environ, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME") if is_merge_request else None,
        source=_branch(environ, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") if is_merge_request else None,
        source_commit=_commit(environ, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") if is_merge_request else None,
        since=(target or base) if is_merge_request else before,
    )


def _is_fork(environ: Mapping[str, str]) -> bool:
    source = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "")
    return source != environ.get("CI_MERGE_REQUEST_PROJECT_PATH", source)


def _branch(environ: Mapping[str, str], name: str) -> str | None:
    value = environ.get(name, "")
    return value if value and is_ref(f"refs/heads/{value}") else None


def _commit(environ: Mapping[str, str], name: str) -> ObjectId | None:
    value = environ.get(name, "")
    return ObjectId(value) if is_object_id(value) and value != ZERO else None
