"""The values that the GitLab stand-in remembers. Knows nothing of Git, nor of HTTP.

https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/user/project/quick_actions/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TITLE_LIMIT = 255
TEXT_LIMIT = 1_048_576
PIPELINES = 4
"""So many refs of one push start pipelines (`Git::BaseHooksService`)."""
DRAFT = re.compile(r"^\s*(\[Draft\]|Draft:|\(Draft\))\s*", re.IGNORECASE)
LEVELS = {"guest": 10, "reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}
CODE = re.compile(
    r"^(`{3,}|~{3,}).*?^\1\s*$|<!--.*?-->|(`+)(?!`).+?(?<!`)\2(?!`)|<pre>.*?</pre>", re.MULTILINE | re.DOTALL
)
QUICK = re.compile(
    r"^\s*/(approve|assign|close|copy_metadata|draft|label|lock|merge|milestone|ready|rebase|relabel|reopen|"
    r"request_review|target_branch|title|todo|unassign|unlabel|unlock|spend|subscribe)\b.*$",
    re.MULTILINE,
)
MENTION = re.compile(r"(?<![\w\\/&;`])@[A-Za-z0-9_][\w.-]*")


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer that is no: its status and GitLab's words."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, dict(headers or {})


def refusal(status: int, words: str) -> Refusal:
    """`{"message": "404 Not found"}` and the like."""
    return Refusal(status, {"message": f"{status} {words}"})


@dataclass(frozen=True)
class Token:
    """A secret that opens doors.

    Args:
        value: the secret.
        user: whose it is.
        scopes: https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
        job: whether it is a CI job's.
        level: the person's role in the project.
        expired: whether its day has passed.
    """

    value: str
    user: str
    scopes: frozenset[str] = frozenset({"api"})
    job: bool = False
    level: int = LEVELS["maintainer"]
    expired: bool = False


@dataclass
class Note:
    number: int
    body: str
    author: str
    created: datetime
    updated: datetime
    system: bool = False


@dataclass
class Request:
    """A merge request."""

    iid: int
    source: str
    target: str
    title: str
    author: str
    sha: str | None
    created: datetime
    updated: datetime
    description: str = ""
    state: str = "opened"
    source_project: int = 0
    labels: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    approvals: dict[str, datetime] = field(default_factory=dict)
    squash: bool = False
    remove_source: bool = False
    merge_commit: str | None = None
    squash_commit: str | None = None
    merged_by: str | None = None
    merged_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None

    @property
    def draft(self) -> bool:
        """https://docs.gitlab.com/user/project/merge_requests/drafts/."""
        return DRAFT.match(self.title) is not None


@dataclass(frozen=True)
class Executed:
    """Words that GitLab would have taken for more than words: a quick action or a mention."""

    iid: int
    place: str
    words: str


@dataclass(frozen=True)
class Push:
    """A push that arrived: who, what (old, new, ref), and the options."""

    user: str
    job: bool
    changes: tuple[tuple[str, str, str], ...]
    options: tuple[str, ...]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that GitLab would make, if a job of it applies.

    Args:
        source: `push` or `merge_request_event`.
        ref: the branch or the tag, as `refs/...`; of a merge request, its branch.
        sha: the commit.
        before: what the ref was before; zeros for a new one.
        iid: the merge request's number.
    """

    source: str
    ref: str
    sha: str
    before: str
    iid: int | None = None
