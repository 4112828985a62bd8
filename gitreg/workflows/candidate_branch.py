"""The candidate branch of a clone: started, or taken from the remote. Knows commits, and no candidates."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from gitreg.documents import places
from gitreg.errors import ConflictError, GitregError
from gitreg.gitrepo import ZERO, Identity, ObjectId, RefUpdate, Repository
from gitreg.store import Author, RegistryStore
from gitreg.workflows.registry import CANDIDATES, Registry

DVC_IGNORE_FILE = ".dvc/.gitignore"
IGNORE_FILE = ".gitignore"
ATTRIBUTES_FILE = ".gitattributes"
CANDIDATE_IGNORE = b"""\
# artifacts of candidates and logged models, as `dvc pull` brings them
/experiments/*/candidates/*/*/
/experiments/*/models/*/*/
"""
CANDIDATE_ATTRIBUTES = b"""\
# `git merge` of candidates, where `gitreg init` has configured it; without, git merges lines
/experiments/**/*.yaml merge=gitreg
/.dvc/config merge=gitreg
"""
MERGE_DRIVER = {
    "merge.gitreg.name": "gitreg: records key by key",
    "merge.gitreg.driver": "gitreg merge-driver %O %A %B %P",
}
# The same in every clone, so that any two candidate branches have a common ancestor and merge.
FIRST_COMMIT = Identity("gitreg", "gitreg@localhost", datetime(2000, 1, 1, tzinfo=UTC))


def keep_candidate_branch(registry: Registry, author: Author) -> None:
    """Makes the local candidate branch where a clone has none: the remote's as last fetched, else a first one.

    A fresh clone has no such branch, and a commit without this parent would start a history that merges with no other.
    """
    if registry.repository.resolve(CANDIDATES) is not None:
        return
    tip = registry.candidates.commit
    if tip is None:
        accepted = registry.accepted
        known = {path: accepted.file(path) for path in (places.DVC_CONFIG, DVC_IGNORE_FILE)}
        files = {path: content for path, content in known.items() if content is not None}
        tip = first_candidate_commit(registry.repository, files, author)
    offer_merge_driver(registry.repository)
    try:
        registry.repository.update_refs([RefUpdate(CANDIDATES, tip, ZERO)], "gitreg: start")
    except ConflictError:
        if registry.repository.resolve(CANDIDATES) is None:
            raise  # otherwise somebody else made it at the same moment


def offer_merge_driver(repository: Repository) -> None:
    """Tells plain Git here how records merge, for `git merge` of candidate branches: gitattributes(5).

    A convenience: where the configuration is locked (by another first writer, perhaps) or read-only, it is left out.
    """
    for key, value in MERGE_DRIVER.items():
        if repository.config(key) != value:
            with suppress(GitregError):
                repository.set_config(key, value)


def first_candidate_commit(
    repository: Repository, configuration: Mapping[str, bytes], author: Author
) -> ObjectId:
    """The tip of a new candidate branch: the commit that all of them begin with, and what plain tools need.

    Args:
        repository: where it is written.
        configuration: DVC's files, as on the accepted branch.
        author: who makes it.
    """
    nothing = repository.edit_tree(None, {})  # Git knows the empty tree by heart, but fsck wants to see it
    first = repository.write_commit(nothing, [], "Start candidates\n", FIRST_COMMIT, FIRST_COMMIT)
    files = {**configuration, IGNORE_FILE: CANDIDATE_IGNORE, ATTRIBUTES_FILE: CANDIDATE_ATTRIBUTES}
    return RegistryStore(repository).commit(first, files, "Configure storage\n", author) or first
