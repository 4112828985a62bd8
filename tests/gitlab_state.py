"""What the GitLab stand-in remembers, and what its acts do to it. Knows nothing of HTTP.

Rules: https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/notes/,
https://docs.gitlab.com/ci/jobs/ci_job_token/, and the source of `MergeRequests::RefreshService`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from gitlab_git import ZERO, Bare, MergeRefusedError
from gitlab_values import (
    CODE,
    MENTION,
    PIPELINES,
    QUICK,
    TEXT_LIMIT,
    TITLE_LIMIT,
    Executed,
    Note,
    Pipeline,
    Push,
    Refusal,
    Request,
    Token,
    refusal,
)


class State:
    """One project. Every method takes the lock; many callers at once get one answer after the other."""

    def __init__(self, bare: Bare, path: str, number: int, base: Callable[[], str]) -> None:
        self.bare, self.path, self.number, self._base = bare, path, number, base
        self.lock = threading.RLock()
        self.tokens: dict[str, Token] = {}
        self.users: list[str] = ["root"]
        self.requests: dict[int, Request] = {}
        self.pushes: list[Push] = []
        self.executed: list[Executed] = []
        self.pipelines: list[Pipeline] = []
        self.protected_branches: list[str] = []
        self.protected_tags: list[str] = []
        self.job_token_push = False
        self.merge_method = "merge"
        self.requests_enabled = True
        self.moment: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._notes = 0

    # places

    @property
    def url(self) -> str:
        return f"{self._base()}/{self.path}"

    def request_url(self, iid: int) -> str:
        return f"{self.url}/-/merge_requests/{iid}"

    def new_request_url(self, branch: str) -> str:
        return f"{self.url}/-/merge_requests/new?merge_request%5Bsource_branch%5D={quote(branch, safe='')}"

    def user_number(self, name: str) -> int:
        with self.lock:
            if name not in self.users:
                self.users.append(name)
            return self.users.index(name) + 1

    # merge requests

    def get(self, iid: int) -> Request:
        with self.lock:
            if iid not in self.requests:
                raise refusal(404, "Not found")
            self._look(self.requests[iid])
            return self.requests[iid]

    def all(self) -> list[Request]:
        with self.lock:
            for one in self.requests.values():
                self._look(one)
            return list(self.requests.values())

    def opened(self, source: str, target: str | None = None) -> Request | None:
        """The open merge request of a branch of this project."""
        for one in self.all():
            if (one.state, one.source, one.source_project) == ("opened", source, self.number) and (
                target is None or one.target == target
            ):
                return one
        return None

    def open(self, user: str, source: str, target: str, title: str, **more: Any) -> Request:
        """A new merge request.

        Raises:
            Refusal: 409 if there is one of the same branches, 400 or 422 if it cannot be one.
        """
        with self.lock:
            fork = more.get("source_project", self.number) != self.number
            if source == target and not fork:
                raise Refusal(409, {"message": ["You can't use same project/branch for source and target"]})
            if not fork and (there := self.opened(source, target)):
                words = f"Another open merge request already exists for this source branch: !{there.iid}"
                raise Refusal(409, {"message": [words]})
            self._judge(title, more.get("description", ""))
            if not fork and self.bare.tip(source) is None:
                raise Refusal(422, {"message": [f'Source branch "{source}" does not exist']})
            if self.bare.tip(target) is None:
                raise Refusal(422, {"message": [f'Target branch "{target}" does not exist']})
            now, iid = self.moment(), len(self.requests) + 1
            sha = more.pop("sha", None) or self.bare.tip(source)
            job = more.pop("job", False)
            given = {"source_project": self.number, **more}
            made = Request(iid, source, target, title.strip(), user, sha, now, now, **given)
            self.requests[iid] = made
            self._keep(made)
            if not job and not fork and sha:
                self.pipelines.append(Pipeline("merge_request_event", f"refs/heads/{source}", sha, ZERO, iid))
            self.user_number(user)
            self.listen(made, "description", made.description)
            return made

    def update(self, iid: int, user: str, **changes: Any) -> Request:
        """Change the words, the target or the state of one."""
        with self.lock:
            one = self.get(iid)
            self._judge(changes.get("title", one.title), changes.get("description", one.description))
            event = changes.pop("state_event", None)
            if "target" in changes and self.bare.tip(changes["target"]) is None:
                raise Refusal(422, {"message": [f'Target branch "{changes["target"]}" does not exist']})
            for name, value in changes.items():
                setattr(one, name, value)
            if "description" in changes:
                self.listen(one, "description", one.description)
            if event == "close":
                self.close(iid, user)
            elif event == "reopen":
                self.reopen(iid)
            one.updated = self.moment()
            return one

    def close(self, iid: int, user: str = "root") -> Request:
        with self.lock:
            one = self.get(iid)
            if one.state == "opened":
                one.state, one.closed_by, one.closed_at = "closed", user, self.moment()
                one.updated = self.moment()
            return one

    def reopen(self, iid: int) -> Request:
        """Open a closed one again; there may be another one of the same branch meanwhile."""
        with self.lock:
            one = self.get(iid)
            if one.state == "closed":
                if there := self.opened(one.source, one.target):
                    words = f"Another open merge request already exists for this source branch: !{there.iid}"
                    raise Refusal(409, {"message": [words]})
                one.state, one.closed_by, one.closed_at = "opened", None, None
            return one

    def conflicts(self, one: Request) -> bool:
        """Whether it cannot be merged as it is; a fork's commits are not looked at."""
        if one.state != "opened" or one.sha is None or not self.bare.has(one.sha):
            return False
        return self.bare.merged_tree(self.bare.tip(one.target), one.sha) is None

    def merge(
        self,
        iid: int,
        user: str = "root",
        *,
        sha: str | None = None,
        squash: bool | None = None,
        remove_source: bool | None = None,
        message: str | None = None,
    ) -> Request:
        """Merge it, in the repository, as the project's method says."""
        with self.lock:
            one = self.get(iid)
            if one.state != "opened" or one.draft or one.sha is None:
                raise refusal(405, "Method Not Allowed")
            if sha is not None and sha != one.sha:
                raise Refusal(409, {"message": f"SHA does not match HEAD of source branch: {one.sha}"})
            before = self.bare.tip(one.target)
            squashes = one.squash if squash is None else squash
            words = message or (
                f"Merge branch '{one.source}' into '{one.target}'\n\n{one.title}\n\n"
                f"See merge request {self.path}!{one.iid}"
            )
            try:
                one.merge_commit, one.squash_commit = self.bare.merge(
                    one.target,
                    one.sha,
                    words,
                    squash=one.title if squashes else None,
                    method=self.merge_method,
                )
            except MergeRefusedError as error:
                raise Refusal(422, {"message": "Branch cannot be merged"}) from error
            self._merged(one, user)
            self.pipelines.append(
                Pipeline("push", f"refs/heads/{one.target}", self.bare.tip(one.target) or "", before or ZERO)
            )
            if one.remove_source if remove_source is None else remove_source:
                self.bare.delete(one.source)
            return one

    def approve(self, iid: int, user: str) -> Request:
        with self.lock:
            one = self.get(iid)
            self.user_number(user)
            one.approvals[user] = self.moment()
            return one

    # notes

    def note(self, iid: int, user: str, body: str) -> Note:
        with self.lock:
            one = self.get(iid)
            self._judge_note(body)
            self._notes += 1
            now = self.moment()
            made = Note(1000 + self._notes, body, user, now, now)
            self.user_number(user)
            one.notes.append(made)
            self.listen(one, "note", body)
            return made

    def find_note(self, iid: int, number: int) -> Note:
        for one in self.get(iid).notes:
            if one.number == number:
                return one
        raise refusal(404, "Not found")

    def edit_note(self, iid: int, number: int, user: str, body: str) -> Note:
        with self.lock:
            note = self.find_note(iid, number)
            if note.author != user:
                raise refusal(403, "Forbidden")
            self._judge_note(body)
            note.body, note.updated = body, self.moment()
            self.listen(self.get(iid), "note", body)
            return note

    # pushes

    def pushed(self, push: Push) -> None:
        """What becomes of the merge requests (`MergeRequests::RefreshService`)."""
        with self.lock:
            self.pushes.append(push)
            self._start(push)
            for old, _, ref in push.changes:
                branch = ref.removeprefix("refs/heads/")
                if branch == ref:
                    continue
                for one in self.all():
                    if one.state != "opened":
                        continue
                    if one.source == branch and one.source_project == self.number:
                        if self.bare.tip(branch) is None:
                            self.close(one.iid, push.user)
                    elif one.target == branch and one.sha and self.bare.brings(old, branch, one.sha):
                        one.merge_commit = self.bare.brought_by(old, branch, one.sha)
                        self._merged(one, push.user)

    def listen(self, one: Request, place: str, text: str) -> None:
        """Keep what GitLab would act upon: quick actions and mentions outside of code and comments."""
        words = CODE.sub("", text.replace("\r\n", "\n"))
        for pattern in (QUICK, MENTION):
            found = [Executed(one.iid, place, match.group().strip()) for match in pattern.finditer(words)]
            self.executed += [each for each in found if each not in self.executed]

    # inside

    def _start(self, push: Push) -> None:
        """The pipelines of a push: of its first four refs, and of open merge requests; none of a job's token."""
        if push.job or "ci.skip" in push.options:
            return
        for old, new, ref in push.changes[:PIPELINES]:
            if new == ZERO or not ref.startswith(("refs/heads/", "refs/tags/")):
                continue
            self.pipelines.append(Pipeline("push", ref, self.bare.git("rev-parse", f"{new}^{{commit}}"), old))
            there = self.opened(ref.removeprefix("refs/heads/"))
            if there is not None:
                self.pipelines.append(Pipeline("merge_request_event", ref, new, old, there.iid))

    def _look(self, one: Request) -> None:
        """The tip of its branch, whoever moved it."""
        if one.state == "opened" and one.source_project == self.number:
            before, one.sha = one.sha, self.bare.tip(one.source) or one.sha
            if one.sha != before:
                self._keep(one)

    def _keep(self, one: Request) -> None:
        """The ref that runners fetch (https://docs.gitlab.com/user/project/merge_requests/versions/)."""
        if one.sha and self.bare.has(one.sha):
            self.bare.git("update-ref", f"refs/merge-requests/{one.iid}/head", one.sha)

    def _merged(self, one: Request, user: str) -> None:
        one.state, one.merged_by, one.merged_at = "merged", user, self.moment()
        one.updated = one.merged_at

    @staticmethod
    def _judge(title: str, description: str | None) -> None:
        if not title.strip():
            raise Refusal(400, {"message": {"title": ["can't be blank"]}})
        if len(title) > TITLE_LIMIT:
            raise Refusal(400, {"message": {"title": [f"is too long (maximum is {TITLE_LIMIT} characters)"]}})
        if len(description or "") > TEXT_LIMIT:
            words = f"is too long (maximum is {TEXT_LIMIT} characters)"
            raise Refusal(400, {"message": {"description": [words]}})

    @staticmethod
    def _judge_note(body: str) -> None:
        if not body.strip():
            raise Refusal(400, {"message": '400 Bad request - Note {:note=>["can\'t be blank"]}'})
        if len(body) > 1_000_000:
            words = '400 Bad request - Note {:note=>["is too long (maximum is 1000000 characters)"]}'
            raise Refusal(400, {"message": words})
