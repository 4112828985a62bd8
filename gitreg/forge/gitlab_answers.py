"""What GitLab answers, looked at before it is believed: shapes, lengths, and URLs of this project alone. Asks nobody.

Fields: https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/notes/,
https://docs.gitlab.com/api/merge_request_approvals/, https://docs.gitlab.com/api/users/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitreg import safe
from gitreg.errors import RemoteError
from gitreg.forge.base import MergeRequest, RequestState
from gitreg.forge.mark import Content, present_content
from gitreg.forge.place import Place
from gitreg.forge.wording import WORD_JOINER, without_draft

_STATES: Mapping[object, RequestState] = {
    "opened": "opened",
    "closed": "closed",
    "merged": "merged",
    "locked": "locked",
}
_COMMIT = re.compile(r"[0-9a-f]{40}")
_USER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}")
_LONGEST_BRANCH = 1000
_LARGEST_NUMBER = 1 << 62


@dataclass(frozen=True)
class Present:
    """A merge request as GitLab has it.

    Args:
        request: what is told of it.
        content: what it says, to be compared with what is wanted.
        is_own: whether its branch is of this very project; that of a fork may have the same name.
    """

    request: MergeRequest
    content: Content
    is_own: bool

    @property
    def is_open(self) -> bool:
        """Whether it may still be merged; `locked` is GitLab's word for one that is being merged."""
        return self.request.state in {"opened", "locked"}


@dataclass(frozen=True)
class Note:
    """A note on a merge request: its number in GitLab, its author's, and its text; `system` where GitLab wrote it."""

    number: int
    author: int
    text: str
    system: bool


def present(answer: object, place: Place) -> Present:
    """A merge request.

    Raises:
        RemoteError: if it is not of the form that GitLab documents.
    """
    fields = _fields(answer, "a merge request", place)
    number = _number(fields, "iid", place)
    state = _STATES.get(fields.get("state")) if isinstance(fields.get("state"), str) else None
    branch, target, title = (_text(fields, key, place) for key in ("source_branch", "target_branch", "title"))
    if state is None or max(len(branch), len(target)) > _LONGEST_BRANCH:
        raise _odd("a merge request", place)
    draft = fields["draft"] if isinstance(fields.get("draft"), bool) else title != without_draft(title)
    text = fields.get("description") or ""
    request = MergeRequest(
        number=number,
        url=_url(fields.get("web_url"), number, place),
        state=state,
        branch=safe.one_line(branch),
        target=safe.one_line(target),
        commit=_commit(fields.get("sha")),
        title=safe.one_line(title.replace(WORD_JOINER, "")),
        draft=draft,
        has_conflicts=fields.get("has_conflicts") is True,
        merged_as=_merged_as(fields) if state == "merged" else None,
        author=_user(fields.get("author")),
    )
    content = present_content(title, text if isinstance(text, str) else "", target, draft=draft)
    return Present(request, content, _is_own(fields))


def note(answer: object, place: Place) -> Note:
    """A note; RemoteError if it is none."""
    fields = _fields(answer, "a note", place)
    author = _fields(fields.get("author"), "a note", place)
    text = _text(fields, "body", place)
    return Note(
        _number(fields, "id", place), _number(author, "id", place), text, fields.get("system") is not False
    )


def user_number(answer: object, place: Place) -> int:
    """The number of the token's user; RemoteError if the answer has none."""
    return _number(_fields(answer, "a user", place), "id", place)


def approvers(answer: object, place: Place) -> tuple[str, ...]:
    """User names of who approved, in order, each once; RemoteError if one of them cannot be a user name."""
    found = _fields(answer, "a list of approvals", place).get("approved_by")
    if not isinstance(found, list):
        raise _odd("a list of approvals", place)
    users = [_fields(_fields(one, "an approval", place).get("user"), "an approval", place) for one in found]
    names = [_text(user, "username", place) for user in users]
    if not all(_USER.fullmatch(name) for name in names):
        raise _odd("a list of approvals", place)
    return tuple(sorted(set(names)))


def _is_own(fields: Mapping[str, Any]) -> bool:
    """A fork's merge request names two projects, and one from a deleted fork names none as its source."""
    source, target = (
        fields.get("source_project_id"),
        fields.get("target_project_id", fields.get("project_id")),
    )
    return isinstance(source, int) and source == target


def _merged_as(fields: Mapping[str, Any]) -> str | None:
    """The commit that brought it: of the merge, of the squash, or the branch's own tip after a fast-forward."""
    keys = ("merge_commit_sha", "squash_commit_sha", "sha")
    return next((commit for key in keys if (commit := _commit(fields.get(key)))), None)


def _user(given: object) -> str | None:
    name = given.get("username") if isinstance(given, dict) else None
    return name if isinstance(name, str) and _USER.fullmatch(name) else None


def _url(given: object, number: int, place: Place) -> str:
    """The URL as given, if it is of this merge request; else the one that it has by its place."""
    is_ours = isinstance(given, str) and place.request_in(given) == number
    return given if is_ours and isinstance(given, str) else place.request_url(number)


def _commit(given: object) -> str | None:
    return given if isinstance(given, str) and _COMMIT.fullmatch(given) else None


def _fields(answer: object, what: str, place: Place) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise _odd(what, place)
    return answer


def _number(fields: Mapping[str, Any], key: str, place: Place) -> int:
    found = fields.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found < _LARGEST_NUMBER:
        raise _odd(f"a number called {key}", place)
    return found


def _text(fields: Mapping[str, Any], key: str, place: Place) -> str:
    found = fields.get(key)
    if not isinstance(found, str):
        raise _odd(f"a text called {key}", place)
    return found


def _odd(what: str, place: Place) -> RemoteError:
    return RemoteError(
        f"{place.authority} answered something else where {what} should be",
        hint="Is it a GitLab? git config gitreg.forge push-options",
    )
