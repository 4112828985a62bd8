"""Where a registry can be made: which repository, which branch, and whether there is one already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import NotFoundError, RecordError, UsageError
from gitreg.gitrepo import Repository
from gitreg.workflows.registry import find_settings, main_remote


@dataclass(frozen=True)
class Place:
    """A repository in which a registry can be made.

    Args:
        repository: the repository.
        root: its work tree.
        branch: full name of the branch that is checked out, born or not.
        remote: the remote that the registry will be shared by, if any.
        made: whether the repository was made just now.
    """

    repository: Repository
    root: Path
    branch: str
    remote: str | None
    made: bool


def find_place(path: Path, environ: Mapping[str, str]) -> Place:
    """The repository at `path`; a new one where there is none.

    Raises:
        UsageError: where a registry cannot be, with the reason.
    """
    repository = _repository_at(path, environ)
    made = repository is None
    if repository is None:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"the folder {path} cannot be made: {error.strerror}") from error
        repository = Repository.init(path, environ)
    branch = repository.head_branch()
    if branch is None:
        raise UsageError("no branch is checked out (HEAD is detached)", hint="git switch main")
    return Place(repository, repository.work_tree or path, branch, main_remote(repository), made)


def existing_settings(place: Place) -> RegistrySettings | None:
    """The settings of the registry that is here already, committed on some branch or waiting in the work tree."""
    found = find_settings(place.repository, place.remote)
    if found is not None:
        return found
    file = place.root / places.REGISTRY
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise RecordError("it is no regular file", place=places.REGISTRY)
    return read(file.read_bytes(), RegistrySettings, places.REGISTRY) if file.exists() else None


def require_free_names(place: Place) -> None:
    """Refuses a repository whose branches leave no room for gitreg's own.

    Raises:
        UsageError: naming the branch.
    """
    here = ["refs/heads/gitreg", *([f"refs/remotes/{place.remote}/gitreg"] if place.remote else [])]
    for ref in here:
        if place.repository.resolve(ref) is not None:
            raise UsageError(
                f"a branch is called gitreg ({ref}), and Git cannot keep branches gitreg/... beside it",
                hint="git branch -m gitreg other-name",
            )


def _repository_at(path: Path, environ: Mapping[str, str]) -> Repository | None:
    try:
        repository = Repository.open(path, environ) if path.is_dir() else None
    except NotFoundError:
        return None
    if repository is None:
        if path.exists():
            raise UsageError(f"{path} is no folder")
        return None
    if repository.work_tree is None:
        raise UsageError(
            f"{path} is a bare repository, and a registry is made in a work tree",
            hint="git clone it and run gitreg init there",
        )
    if _is_submodule(repository):
        raise UsageError(
            f"{path} is a submodule, and a registry is a repository of its own",
            hint="git clone it elsewhere and run gitreg init there",
        )
    if repository.work_tree.resolve() != path.resolve():
        raise UsageError(
            f"{path} lies inside the repository {repository.work_tree}, and a registry is a whole repository",
            hint=f"gitreg init {repository.work_tree}",
        )
    return repository


def _is_submodule(repository: Repository) -> bool:
    """A submodule's repository lies in its parent's, below `.git/modules` (gitsubmodules(7))."""
    parts = repository.common_dir.parts
    return (".git", "modules") in pairwise(parts)
