"""How GitLab writes down what the stand-in remembers: the entities of https://docs.gitlab.com/api/."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gitlab_state import State
from gitlab_values import Note, Request


def stamp(moment: datetime | None) -> str | None:
    """A moment as GitLab writes it."""
    return (
        None
        if moment is None
        else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


def user(state: State, name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    base = state.url.removesuffix(f"/{state.path}")
    return {
        "id": state.user_number(name), "username": name, "public_email": "", "name": name.title(), "state": "active",
        "locked": False, "avatar_url": None, "web_url": f"{base}/{name}",
    }  # fmt: skip


def project(state: State) -> dict[str, Any]:
    group, _, name = state.path.rpartition("/")
    return {
        "id": state.number, "description": None, "name": name, "name_with_namespace": f"{group} / {name}",
        "path": name, "path_with_namespace": state.path, "created_at": "2026-01-01T00:00:00.000Z",
        "default_branch": state.bare.default, "tag_list": [], "topics": [],
        "ssh_url_to_repo": f"git@127.0.0.1:{state.path}.git", "http_url_to_repo": f"{state.url}.git",
        "web_url": state.url, "readme_url": None, "forks_count": 0, "star_count": 0, "visibility": "private",
        "merge_requests_enabled": state.requests_enabled, "merge_method": state.merge_method,
        "archived": False, "empty_repo": state.bare.tip(state.bare.default) is None,
        "ci_push_repository_for_job_token_allowed": state.job_token_push,
    }  # fmt: skip


def merge_status(state: State, one: Request) -> str:
    """https://docs.gitlab.com/api/merge_requests/#merge-status."""
    if one.state != "opened":
        return "not_open"
    if one.draft:
        return "draft_status"
    return "conflict" if state.conflicts(one) else "mergeable"


def basic(state: State, one: Request) -> dict[str, Any]:
    """A merge request in a list."""
    status, reference = merge_status(state, one), f"!{one.iid}"
    return {
        "id": 7000 + one.iid, "iid": one.iid, "project_id": state.number, "title": one.title,
        "description": one.description, "state": one.state, "created_at": stamp(one.created),
        "updated_at": stamp(one.updated), "merged_by": user(state, one.merged_by),
        "merge_user": user(state, one.merged_by), "merged_at": stamp(one.merged_at),
        "closed_by": user(state, one.closed_by), "closed_at": stamp(one.closed_at), "target_branch": one.target,
        "source_branch": one.source, "user_notes_count": len(one.notes), "upvotes": 0, "downvotes": 0,
        "author": user(state, one.author), "assignees": [], "assignee": None, "reviewers": [],
        "source_project_id": one.source_project, "target_project_id": state.number, "labels": one.labels,
        "draft": one.draft, "imported": False, "imported_from": "none", "work_in_progress": one.draft,
        "milestone": None, "merge_when_pipeline_succeeds": False,
        "merge_status": "can_be_merged" if status != "conflict" else "cannot_be_merged",
        "detailed_merge_status": status, "merge_after": None, "sha": one.sha, "merge_commit_sha": one.merge_commit,
        "squash_commit_sha": one.squash_commit, "discussion_locked": None, "should_remove_source_branch": None,
        "force_remove_source_branch": one.remove_source, "prepared_at": stamp(one.created),
        "allow_collaboration": False, "allow_maintainer_to_push": False, "reference": reference,
        "references": {"short": reference, "relative": reference, "full": f"{state.path}{reference}"},
        "web_url": state.request_url(one.iid),
        "time_stats": {"time_estimate": 0, "total_time_spent": 0, "human_time_estimate": None,
                       "human_total_time_spent": None},
        "squash": one.squash, "squash_on_merge": one.squash,
        "task_completion_status": {"count": 0, "completed_count": 0}, "has_conflicts": status == "conflict",
        "blocking_discussions_resolved": True, "approvals_before_merge": None,
    }  # fmt: skip


def whole(state: State, one: Request) -> dict[str, Any]:
    """A merge request by itself."""
    return basic(state, one) | {
        "subscribed": False, "changes_count": "1", "latest_build_started_at": None,
        "latest_build_finished_at": None, "first_deployed_to_production_at": None, "pipeline": None,
        "head_pipeline": None, "diff_refs": {"base_sha": None, "head_sha": one.sha, "start_sha": None},
        "merge_error": None, "first_contribution": False, "user": {"can_merge": True},
    }  # fmt: skip


def approvals(state: State, one: Request, reader: str) -> dict[str, Any]:
    """https://docs.gitlab.com/api/merge_request_approvals/; the shape of GitLab Free."""
    given = [
        {"user": user(state, name), "approved_at": stamp(moment)} for name, moment in one.approvals.items()
    ]
    return {
        "user_has_approved": reader in one.approvals, "user_can_approve": reader not in one.approvals,
        "approved": bool(given), "approved_by": given,
    }  # fmt: skip


def note(state: State, one: Request, said: Note) -> dict[str, Any]:
    return {
        "id": said.number, "type": None, "body": said.body, "author": user(state, said.author),
        "created_at": stamp(said.created), "updated_at": stamp(said.updated), "system": said.system,
        "noteable_id": 7000 + one.iid, "noteable_type": "MergeRequest", "project_id": state.number,
        "resolvable": False, "confidential": False, "internal": False, "imported": False, "imported_from": "none",
        "noteable_iid": one.iid, "commands_changes": {},
    }  # fmt: skip


def commit(state: State, sha: str) -> dict[str, Any]:
    words = state.bare.git(
        "log", "-1", "--format=%H%x00%P%x00%s%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B", sha
    )
    full, parents, title, author, mail, written, committer, address, made, message = words.split("\0", 9)
    return {
        "id": full, "short_id": full[:8], "created_at": made, "parent_ids": parents.split(), "title": title,
        "message": message, "author_name": author, "author_email": mail, "authored_date": written,
        "committer_name": committer, "committer_email": address, "committed_date": made, "trailers": {},
        "extended_trailers": {}, "web_url": f"{state.url}/-/commit/{full}",
    }  # fmt: skip


def tag(state: State, name: str, protected: bool) -> dict[str, Any]:
    target = state.bare.git("rev-parse", f"refs/tags/{name}")
    message = state.bare.git("for-each-ref", "--format=%(contents:subject)", f"refs/tags/{name}")
    kind = state.bare.git("cat-file", "-t", target)
    return {
        "name": name, "message": message if kind == "tag" else "", "target": target,
        "commit": commit(state, f"refs/tags/{name}^{{commit}}"), "release": None, "protected": protected,
        "created_at": None,
    }  # fmt: skip


def branch(state: State, name: str, protected: bool) -> dict[str, Any]:
    return {
        "name": name, "commit": commit(state, f"refs/heads/{name}"), "merged": False, "protected": protected,
        "developers_can_push": not protected, "developers_can_merge": not protected, "can_push": True,
        "default": name == state.bare.default, "web_url": f"{state.url}/-/tree/{name}",
    }  # fmt: skip
