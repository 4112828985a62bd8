"""GitLab by its API: merge requests are opened, found, updated and commented with a token. Knows no records.

https://docs.gitlab.com/api/merge_requests/. With a CI job's own token it reads only
(https://docs.gitlab.com/ci/jobs/ci_job_token/), and the merge request is opened by options of the push.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from gitreg.errors import (
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    GitregError,
    UsageError,
)
from gitreg.forge import gitlab_answers as answers
from gitreg.forge.base import Abilities, ForgeKind, MergeRequest, Wanted
from gitreg.forge.gitlab_answers import Present
from gitreg.forge.gitlab_calls import TIMEOUT, Calls, LostAnswerError, Patience
from gitreg.forge.gitlab_faults import APPROVALS, CHANGE, NOTE, OPEN, READ, Need, job_error
from gitreg.forge.mark import changes, wanted_content
from gitreg.forge.place import Place
from gitreg.forge.push_options import options_of, said_url, update_options
from gitreg.forge.tokens import Token
from gitreg.forge.wording import body_text, title_line

_MARKER = re.compile(r"<!-- [^\r\n<>]{1,300} -->")
_ROUNDS = 4
"""How often one call looks and makes anew, when others are faster or an answer is lost."""
_MOST_PAGES = 10
_MOST_NOTES = 20


class GitLab:
    """The member for GitLab with a token.

    Args:
        place: the project.
        token: a private or OAuth token that may do all, or a job's, which reads.
        wait: sleeps for so many seconds.
        environ: where proxies and certificates are.
        timeout: for how many seconds the server may be silent.
    """

    kind: ForgeKind = "gitlab"

    def __init__(
        self,
        place: Place,
        token: Token,
        *,
        wait: Callable[[float], None],
        environ: Mapping[str, str],
        timeout: float = TIMEOUT,
    ) -> None:
        self._place, self._token, self._wait = place, token, wait
        self._calls = Calls(place, token, environ, timeout)
        self._user_number: int | None = None

    @property
    def abilities(self) -> Abilities:
        """All, but for a job's token, which reads."""
        return Abilities(reads=True, opens=not self._is_job, notes=not self._is_job)

    def push_options(self, wanted: Wanted) -> tuple[str, ...]:
        """None, but for a job's token: then those that open it, or change of the open one what no person changed.

        Raises:
            RemoteError: a job's token, and GitLab cannot be asked what is there.
        """
        if not self._is_job:
            return ()
        try:
            found = _open_one(self._of_branch(wanted.branch, self._patience()), wanted.target)
        except CredentialsError:
            return options_of(wanted)  # a project may deny this job to read, and let it push
        return update_options(found.content, wanted) if found else options_of(wanted)

    def said(self, lines: Sequence[str]) -> str | None:
        """The URL of the merge request, of this very project, that GitLab prints to who pushed."""
        return said_url(self._place, lines)

    def find(self, branch: str, target: str) -> MergeRequest | None:
        """The open merge request of a branch of this very project, else its newest one."""
        found = _to_target(self._of_branch(branch, self._patience()), target)
        chosen = _open_one(found, target) or _last_decided(found)
        return chosen.request if chosen else None

    def propose(self, wanted: Wanted) -> MergeRequest | None:
        """Opens the merge request, or makes the open one say what is wanted where no person changed it.

        With a job's token, finds what the options of the push opened.

        Raises:
            AnswerIsNoError: the newest one was closed or merged with this very commit, or GitLab refuses the words.
            ConflictError: others are faster, again and again.
        """
        patience = self._patience()
        if self._is_job:
            return self._pushed(wanted, patience)
        trouble: GitregError = ConflictError(
            f"the merge request of {wanted.branch} changes all the time", hint="Try again."
        )
        for _ in range(_ROUNDS):
            try:
                agreed = self._agreed(wanted, patience)
            except (ConflictError, LostAnswerError) as error:
                trouble = error
                continue
            if agreed.is_open:
                return agreed.request
        raise trouble

    def note(self, number: int, marker: str, text: str) -> str:
        """Writes the note of this token's own user that begins with a marker, or changes it where the text differs."""
        self._refuse_job(NOTE)
        if not _MARKER.fullmatch(marker):
            raise UsageError("a note is marked by one line, <!-- like this -->")
        body = body_text(f"{marker}\n\n{text.removeprefix(marker).strip()}").strip()
        patience, path = self._patience(), f"/merge_requests/{number}/notes"
        trouble: GitregError = ConflictError("the note changes all the time", hint="Try again.")
        for _ in range(_ROUNDS):
            try:
                written = self._written(path, marker, body, patience)
            except (ConflictError, LostAnswerError) as error:
                trouble = error
                continue
            return f"{self._place.request_url(number)}#note_{written.number}"
        raise trouble

    def approvals(self, number: int) -> tuple[str, ...]:
        """User names of who approved it, in order."""
        found = self._calls.get(f"/merge_requests/{number}/approvals", APPROVALS, self._patience())
        return answers.approvers(found, self._place)

    # Merge requests

    def _of_branch(self, branch: str, patience: Patience) -> list[Present]:
        """Those of a branch of this very project, newest first: a fork's branch may have the same name."""
        query = {"source_branch": branch, "state": "all", "order_by": "created_at", "sort": "desc"}
        listed = self._calls.pages("/merge_requests", READ, patience, query, most=_MOST_PAGES)
        found = (answers.present(one, self._place) for one in listed)
        return [one for one in found if one.is_own and one.request.branch == branch]

    def _agreed(self, wanted: Wanted, patience: Patience) -> Present:
        """The merge request once it says what is wanted; it may have been closed in the same moment."""
        found = self._of_branch(wanted.branch, patience)
        present = _open_one(found, wanted.target)
        if present is None:
            _refuse_done(_to_target(found, wanted.target), wanted)
            return self._opened(wanted, patience)
        fields = changes(present.content, wanted_content(wanted))
        if not fields or present.request.state == "locked":
            return present
        return self._changed(present.request.number, fields, patience)

    def _opened(self, wanted: Wanted, patience: Patience) -> Present:
        """A new one; the older one, where two were opened at once, for GitLab only looks before it opens."""
        content = wanted_content(wanted)
        fields = {
            "source_branch": wanted.branch,
            "target_branch": wanted.target,
            "title": title_line(content.title, draft=wanted.draft),
            "description": content.description,
            "remove_source_branch": True,
        }
        made = answers.present(self._calls.post("/merge_requests", OPEN, patience, fields), self._place)
        others = _to_target(self._of_branch(wanted.branch, patience), wanted.target)
        oldest = _open_one(others, wanted.target)
        if oldest is None or oldest.request.number >= made.request.number:
            return made
        self._changed(made.request.number, {"state_event": "close"}, patience)
        return oldest

    def _changed(self, number: int, fields: Mapping[str, str], patience: Patience) -> Present:
        found = self._calls.put(f"/merge_requests/{number}", CHANGE, patience, fields)
        return answers.present(found, self._place)

    def _pushed(self, wanted: Wanted, patience: Patience) -> MergeRequest | None:
        """What the options of the push opened; None where this job may not read."""
        try:
            found = _to_target(self._of_branch(wanted.branch, patience), wanted.target)
        except CredentialsError:
            return None
        if present := _open_one(found, wanted.target):
            return present.request
        _refuse_done(found, wanted)
        return None

    # Notes

    def _written(self, path: str, marker: str, body: str, patience: Patience) -> answers.Note:
        """The note, once it says what it should."""
        own = self._own_note(path, marker, patience)
        if own and own.text.replace("\r", "").strip() == body:
            return own
        fields = {"body": body}
        if own is None:
            return answers.note(self._calls.post(path, NOTE, patience, fields), self._place)
        return answers.note(self._calls.put(f"{path}/{own.number}", NOTE, patience, fields), self._place)

    def _own_note(self, path: str, marker: str, patience: Patience) -> answers.Note | None:
        """The first note with that marker which this token's user wrote: anybody may write a marker."""
        author = self._user(patience)
        query = {"order_by": "created_at", "sort": "asc", "activity_filter": "only_comments"}
        for one in self._calls.pages(path, NOTE, patience, query, most=_MOST_NOTES):
            found = answers.note(one, self._place)
            if found.author == author and not found.system and found.text.lstrip().startswith(marker):
                return found
        return None

    def _user(self, patience: Patience) -> int:
        if self._user_number is None:
            found = self._calls.get("//user", NOTE, patience)
            self._user_number = answers.user_number(found, self._place)
        return self._user_number

    # Tokens

    @property
    def _is_job(self) -> bool:
        return self._token.kind == "job"

    def _refuse_job(self, need: Need) -> None:
        if self._is_job:
            raise job_error(need)

    def _patience(self) -> Patience:
        """Of one act."""
        return Patience(self._wait)


def _to_target(found: Sequence[Present], target: str) -> list[Present]:
    return [one for one in found if one.content.target == target]


def _open_one(found: Sequence[Present], target: str) -> Present | None:
    """The oldest open one of that target, so that all choose the same; else one of gitreg's own for another target."""
    opened = sorted((one for one in found if one.is_open), key=lambda one: one.request.number)
    return next(
        iter(_to_target(opened, target) or [one for one in opened if one.content.wanted is not None]), None
    )


def _last_decided(found: Sequence[Present]) -> Present | None:
    """The newest one; where it was closed, and the same commit merged by another, the merged one."""
    newest = next(iter(found), None)
    same = (one.request for one in found if newest and one.request.commit == newest.request.commit)
    merged = {request.number for request in same if request.state == "merged"}
    return next((one for one in found if one.request.number in merged), newest)


def _refuse_done(found: Sequence[Present], wanted: Wanted) -> None:
    """Opens none again where people decided on this very commit.

    Raises:
        AnswerIsNoError: they did.
    """
    decided = _last_decided(found)
    if decided is None or decided.request.commit != wanted.commit:
        return
    request = decided.request
    nexts = {
        "closed": "Reopen it there, or propose another version.",
        "merged": "Fetch, and release it: gitreg release; or propose another version.",
    }
    raise AnswerIsNoError(
        f"the merge request !{request.number} of {request.branch} was {request.state} with this very commit: {request.url}",
        hint=nexts.get(request.state),
    )
