"""A proposal's merge request: opened or brought up to date when its branch is sent, and found again by the same call.

The branch is sent first. What fails afterwards leaves it there, and the same call goes on from it: nothing that was sent is
taken back. Knows branches and words, and nothing of what is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitreg.errors import AnswerIsNoError, CredentialsError, GitregError, RemoteError
from gitreg.forge.base import MergeRequest, Wanted
from gitreg.workflows.proposing.forges import Found
from gitreg.workflows.proposing.request_words import RequestWords
from gitreg.workflows.registry import Registry

REQUESTS = "refs/merge-requests/*/head"
AGAIN = "the same command again goes on from there"


@dataclass(frozen=True)
class Asked:
    """What a forge answered.

    Args:
        request: the merge request, where the forge can be asked for it.
        url: where people see it, where that is known.
        notes: what the caller should know.
    """

    request: MergeRequest | None = None
    url: str | None = None
    notes: tuple[str, ...] = ()


def wanted(branch: str, target: str, commit: str, words: RequestWords) -> Wanted:
    """The merge request of a branch, as it should be."""
    return Wanted(branch, target, commit, words.title, words.description, words.summary, words.is_draft)


def ask_forge(registry: Registry, found: Found, wants: Wanted, said: Sequence[str] | None) -> Asked:
    """Opens a sent branch's merge request, or finds the one that the push opened.

    Args:
        registry: the registry, whose remote has the branch.
        found: its forge.
        wants: the merge request as it should be.
        said: what the remote said when the branch was sent; None where there was nothing to send.

    Raises:
        AnswerIsNoError: it was closed or merged with this very commit.
        CredentialsError, RemoteError: the branch is there, and the forge cannot be asked.
    """
    if found.kind == "local":
        return Asked(notes=(f"no merge request is opened: {found.why}",) if found.place else ())
    url = found.forge.said(said) if said else None
    try:
        request = found.forge.propose(wants)
    except (CredentialsError, RemoteError) as error:
        if url is None or found.forge.abilities.opens:
            raise _half_done(error, wants, registry.remote or "the remote") from error
        return Asked(url=url, notes=(f"its state is not known: {error.message}",))
    return _told(request, wants, said) if request else _unread(registry, found, wants, said, url)


def require_undecided(found: Found, wants: Wanted) -> None:
    """Refuses to send a branch again that was decided on, and that somebody took away since.

    Raises:
        AnswerIsNoError: its merge request was closed or merged with this very commit.
        CredentialsError, RemoteError: the forge cannot be asked.
    """
    request = found.forge.find(wants.branch, wants.target) if found.forge.abilities.reads else None
    if request is not None and request.state in {"closed", "merged"} and request.commit == wants.commit:
        words = f"its merge request was {request.state} with this very commit, and its branch is gone: {request.url}"
        raise AnswerIsNoError(
            f"{wants.branch}: {words}", hint=f"git branch -D {wants.branch}, and propose something else"
        )


def _unread(
    registry: Registry, found: Found, wants: Wanted, said: Sequence[str] | None, url: str | None
) -> Asked:
    if url is not None:
        return Asked(url=url)
    place, url = found.requests_url(wants.branch), _by_commit(registry, found, wants.commit)
    why = "options travel only with a push, and the branch was there already"
    if url is not None:
        told = "its address is known by its commit; whether it is open is not, without a token"
        told = told if said is not None else f"{why}; {told}"
        return Asked(url=url, notes=(told,))
    if said is None:
        return Asked(notes=(f"{why}; its merge requests: {place}",))
    return Asked(notes=(f"the server did not tell of a merge request; it would be among {place}",))


def _by_commit(registry: Registry, found: Found, commit: str) -> str | None:
    """The address of the oldest merge request that has this very commit, by the refs that GitLab keeps of them.

    https://docs.gitlab.com/user/project/merge_requests/merge_request_troubleshooting/, "Check out merge requests locally".
    """
    if registry.remote is None or found.place is None:
        return None
    try:
        refs = registry.repository.ls_remote(registry.remote, [REQUESTS])
    except GitregError:
        return None  # an address is good to have, and no more
    words = [ref.split("/")[2] for ref, id_ in refs.items() if id_ == commit]
    numbers = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
    return found.place.request_url(min(numbers)) if numbers else None


def _told(request: MergeRequest, wants: Wanted, said: Sequence[str] | None) -> Asked:
    notes = []
    if (
        request.target != wants.target
    ):  # a reviewer changed it, or somebody else opened it under gitreg's mark
        other = f"it would be merged into {request.target}"
        notes.append(
            f"{other}, where it is not accepted: change its target there to {wants.target}, or close it"
        )
    if request.has_conflicts and said is None:
        notes.append(f"it cannot be merged as it is: it conflicts with {wants.target}")
    if request.draft:
        notes.append("it is a draft; mark it as ready before it is merged")
    return Asked(request, request.url, tuple(notes))


def _half_done(error: GitregError, wants: Wanted, remote: str) -> GitregError:
    """What is there, what is not, and how it goes on."""
    words = f"{wants.branch} is on {remote}, and its merge request is not known to be as it should: {error.message}"
    hint = f"{error.hint.rstrip('.')}; then {AGAIN}" if error.hint else AGAIN
    kind = CredentialsError if isinstance(error, CredentialsError) else RemoteError
    return kind(words, hint=hint)
