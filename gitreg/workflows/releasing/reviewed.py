"""What a forge knows of the review of what is due: the merge request that brought it, and who approved that there.

It is frozen into what is signed, as the forge's word: verification says that the host is trusted for it, and it counts toward no
threshold. Asked once, before anybody says yes; signs nothing (docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from gitreg.documents import layout
from gitreg.errors import CredentialsError, GitregError, RemoteError
from gitreg.forge.base import MergeRequest
from gitreg.forge.place import place_of
from gitreg.gitrepo import ObjectId, Repository
from gitreg.workflows.proposing.answering_forge import answering_forge
from gitreg.workflows.proposing.forges import Found
from gitreg.workflows.registry import Registry
from gitreg.workflows.versions.due import Due

WITHOUT = "gitreg release --no-forge signs without what the forge knows"
SHOWN = 5


@dataclass(frozen=True)
class Review:
    """A merged merge request.

    Args:
        url: where people see it.
        commits: its branch's tip as it was merged, and the commit of the accepted branch that brought it.
        approvers: user names of who approved it, as the forge reports them, but for whoever opened it.
    """

    url: str
    commits: tuple[ObjectId, ...]
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reviews:
    """The reviews of what is due, by its tags, and what the signer should know."""

    by_tag: Mapping[str, Review] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find_reviews(registry: Registry, dues: Sequence[Due]) -> Reviews:
    """The merge request that brought each of these, where a forge can be asked.

    Raises:
        CredentialsError, RemoteError: there is a forge and a token for it, and it does not answer.
        UsageError: a setting of the forge is none.
    """
    found = answering_forge(registry)
    if not dues or found.place is None or found.kind == "local":
        return Reviews()
    if not found.forge.abilities.reads:
        return Reviews(notes=(f"no merge request is recorded: {found.why}",))
    try:
        return _asked(registry, found, dues)
    except CredentialsError as error:
        if not found.forge.abilities.opens:  # a job's own token, which its project may deny this
            return Reviews(notes=(f"no merge request is recorded: {error.message}",))
        raise CredentialsError(f"{error.message}; nothing was signed", hint=_hint(error)) from error
    except RemoteError as error:
        raise RemoteError(f"{error.message}; nothing was signed", hint=_hint(error)) from error


def unasked(registry: Registry) -> Reviews:
    """What is said where nobody is asked on purpose, of a registry whose remote could be on a forge."""
    url = registry.repository.remote_url(registry.remote) if registry.remote else None
    is_somewhere = url is not None and place_of(url) is not None
    return Reviews(
        notes=("the forge was not asked, so no merge request is recorded",) if is_somewhere else ()
    )


def is_brought_by(repository: Repository, due: Due, review: Review) -> bool:
    """Whether a merge request is the one that brought a statement's commit, by what is on the accepted branch.

    A promotion's branch has the version in its name, and a version is accepted once, so the commit only has to hold it. A stage
    is assigned again and again by branches of one name: there it has to be that very commit.
    """
    known = [commit for commit in review.commits if _is_commit(repository, commit)]
    if due.commit in known:
        return True
    held = [commit for commit in known if repository.is_ancestor(commit, due.commit)]
    if due.statement.action != "assign" or not held:
        return bool(held)
    parents = repository.commit(due.commit).parents
    return any(not parents or not repository.is_ancestor(commit, parents[0]) for commit in held)


def _asked(registry: Registry, found: Found, dues: Sequence[Due]) -> Reviews:
    notes: list[str] = []
    review_of = cache(lambda branch: _review(registry, found, branch, notes))
    by_tag = {due.tag: review for due in dues if (review := _review_of(registry, due, review_of))}
    without = [due.tag.removeprefix("refs/tags/") for due in dues if due.tag not in by_tag]
    if without:
        more = f" and {len(without) - SHOWN} more" if len(without) > SHOWN else ""
        notes.append(f"no merged merge request is known that brought {', '.join(without[:SHOWN])}{more}")
    return Reviews(by_tag, tuple(notes))


def _review_of(registry: Registry, due: Due, review_of: Callable[[str], Review | None]) -> Review | None:
    for branch in _branches(due):
        review = review_of(branch.removeprefix("refs/heads/"))
        if review is not None and is_brought_by(registry.repository, due, review):
            return review
    return None


def _branches(due: Due) -> Iterator[str]:
    """The proposals that can have brought it: a version may come with its stage."""
    said = due.statement
    if said.action == "retire" and said.version:
        yield layout.retire_branch(said.model, said.version)
    if said.action == "assign" and said.stage:
        yield layout.assign_branch(said.model, said.stage)
    if said.action in {"release", "assign"} and said.version:
        yield layout.promote_branch(said.model, said.version)


def _review(registry: Registry, found: Found, branch: str, notes: list[str]) -> Review | None:
    """The review of a proposal's branch, if it was merged."""
    request = found.forge.find(branch, registry.settings.accepted_branch)
    if request is None or request.state != "merged":
        return None
    commits = (ObjectId(commit) for commit in (request.merged_as, request.commit) if commit)
    return Review(request.url, tuple(dict.fromkeys(commits)), _approvers(found, request, notes))


def _approvers(found: Found, request: MergeRequest, notes: list[str]) -> tuple[str, ...]:
    """Who approved; a GitLab may let whoever opened it approve it, too, and that is nobody else's approval."""
    if request.author is None:
        return ()
    try:
        names = found.forge.approvals(request.number)
    except CredentialsError as error:
        notes.append(f"who approved {request.url} is not recorded: {error.message}")
        return ()
    return tuple(name for name in names if name.casefold() != request.author.casefold())


def _is_commit(repository: Repository, id_: ObjectId) -> bool:
    found = repository.find(id_)
    return found is not None and found.kind == "commit"


def _hint(error: GitregError) -> str:
    return f"{error.hint.rstrip('.')}; or {WITHOUT}" if error.hint else WITHOUT
