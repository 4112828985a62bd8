"""Which two commits a change lies between: what a CI job or a person says, as ids; what a clone lacks of them is fetched."""

from __future__ import annotations

import re

from gitreg.errors import NotFoundError, RemoteError
from gitreg.gitrepo import ZERO, ObjectId, is_object_id, is_ref
from gitreg.workflows.registry import Registry

ANCESTOR = re.compile(r"(.+)~([0-9]{1,6})")


def commit_of(registry: Registry, revision: str) -> ObjectId:
    """The commit of a branch, tag, full id or HEAD, with `~N` for its first parents.

    An id that is not here is fetched from the remote, alone where the clone is shallow (GitLab gives any commit by its id).

    Raises:
        NotFoundError: if there is no such revision, here or there.
        CredentialsError: if the remote does not know us.
    """
    back = ANCESTOR.fullmatch(revision)
    found = _resolve(registry, back[1] if back else revision)
    if found is None:
        raise NotFoundError(
            f"there is no revision {revision[:200]!a}", hint="name a branch, a tag, or a full commit id"
        )
    if back:
        line = registry.repository.first_parents(found)
        found = next((commit for at, commit in enumerate(line) if at == int(back[2])), None)
        if found is None:
            raise NotFoundError(f"{back[1]} has fewer than {back[2]} ancestors")
    return found


def base_of(registry: Registry, revision: str, after: ObjectId) -> ObjectId | None:
    """The commit that a change up to `after` began at, seen from a revision; None where it began with nothing.

    It is the last commit that both have in common, so that what others did on a branch meanwhile is none of this change.
    Where a shallow clone cannot tell, an id is taken for that commit itself, as CI_MERGE_REQUEST_DIFF_BASE_SHA is
    (https://docs.gitlab.com/ci/variables/predefined_variables/). Forty zeros, as CI_COMMIT_BEFORE_SHA is for a branch that
    is new, mean the accepted branch, or nothing where `after` is what was accepted.

    Raises:
        NotFoundError: if there is no such revision, or a shallow clone cannot tell where its history meets ours.
        CredentialsError: if the remote does not know us.
    """
    if revision == ZERO:
        return _base_of_new(registry, after)
    before = commit_of(registry, revision)
    base = registry.repository.merge_base(before, after)
    if base is None and _is_shallow(registry) and not is_object_id(revision):
        raise NotFoundError(
            f"this shallow clone cannot tell where {revision[:200]!a} and HEAD part",
            hint="git fetch --unshallow, or give the full id of that commit",
        )
    return base or before


def _base_of_new(registry: Registry, after: ObjectId) -> ObjectId | None:
    repository, tip = registry.repository, registry.accepted.commit
    if tip is None or tip == after or repository.is_ancestor(after, tip):
        return None
    return repository.merge_base(tip, after)


def _resolve(registry: Registry, name: str) -> ObjectId | None:
    repository = registry.repository
    if is_object_id(name):
        return _by_id(registry, ObjectId(name)) if name != ZERO else None
    names = [name, *(f"refs/{kind}/{name}" for kind in ("heads", "tags", "remotes"))]
    for ref in names:
        found = repository.resolve(ref) if ref == "HEAD" or is_ref(ref) else None
        if found is not None:
            return _peeled(registry, found)
    return None


def _by_id(registry: Registry, id_: ObjectId) -> ObjectId | None:
    found = _peeled(registry, id_)
    if found is None and registry.remote is not None:
        depth = 1 if _is_shallow(registry) else None  # a depth would make a whole clone shallow
        try:
            registry.repository.fetch(registry.remote, [id_], depth=depth)
        except RemoteError as error:
            raise NotFoundError(
                f"the commit {id_} is not here, and could not be fetched: {error.message}",
                hint="git fetch --unshallow",
            ) from error
        found = _peeled(registry, id_)
    return found


def _is_shallow(registry: Registry) -> bool:
    return (registry.repository.common_dir / "shallow").exists()


def _peeled(registry: Registry, id_: ObjectId) -> ObjectId | None:
    found = registry.repository.find(f"{id_}^{{commit}}")
    return ObjectId(found.id) if found else None
