"""Our candidates put on another tip as objects: only the trees that they go into are read, and no history."""

from __future__ import annotations

from gitreg.documents import places
from gitreg.errors import ConflictError
from gitreg.gitrepo import ObjectId
from gitreg.store import MANIFEST_LIMIT, Author
from gitreg.workflows.contents.apart import unite_joined
from gitreg.workflows.contents.join_artifacts import chosen_file
from gitreg.workflows.publishing.join_candidates import merged_file
from gitreg.workflows.publishing.relay import changed_files
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import known_sent


def put_on(
    relay: Registry, theirs: ObjectId, ours: ObjectId, author: Author
) -> tuple[ObjectId, tuple[str, ...]]:
    """A commit upon theirs with what of ours was not sent yet; theirs itself where it has all of that.

    Returns:
        the commit, and the objects of folders in which files of both were united.

    Raises:
        ConflictError: if a file cannot be joined with theirs, or files of both not be united: ours is in nobody's history then.
    """
    repository = relay.repository
    base = repository.commit(theirs).tree
    files: dict[str, bytes | ObjectId | None] = {
        path: _content(relay, path, theirs, ours) for path in changed_files(relay, ours)
    }
    tree = repository.edit_tree(base, files)
    united = unite_joined(relay, tree, (theirs, ours), filter(places.is_logged, files))
    if united.apart:
        raise ConflictError(f"the files beside {united.apart[0]} cannot be united", hint="gitreg push")
    if united.tree == base:
        return theirs, ()
    message = repository.commit(ours).message
    commit = repository.write_commit(united.tree, [theirs], message, author.identity, author.identity)
    return commit, tuple(united.ids)


def _content(relay: Registry, path: str, theirs: ObjectId, ours: ObjectId) -> bytes | ObjectId:
    repository = relay.repository
    one = repository.entry(repository.commit(ours).tree, path)
    two = repository.entry(repository.commit(theirs).tree, path)
    assert one is not None  # noqa: S101 - it is one of our changed files
    if two is None or two.id == one.id:
        return one.id
    sent = known_sent(relay)
    base = repository.blob_at(sent, path, limit=MANIFEST_LIMIT) if sent else None
    mine, other = (repository.blob_at(side, path, limit=MANIFEST_LIMIT) for side in (ours, theirs))
    merged = merged_file(relay.accepted, path, base, other, mine)
    if merged is None and mine is not None and other is not None:
        merged = chosen_file(repository, (theirs, ours), path, other, mine)
    if merged is None:
        raise ConflictError(f"{path} changed on both sides", hint="git fetch --unshallow; gitreg push")
    return merged
