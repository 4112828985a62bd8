"""Whether there is a repository, trusted, with a registry in it that this gitreg can read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import GitregError, NotFoundError, RecordError, UsageError
from gitreg.gitrepo import Repository
from gitreg.gitrepo.health import top_folder
from gitreg.workflows.doctor.base import Diagnosis, Kind, Subject, command
from gitreg.workflows.doctor.damage import damage
from gitreg.workflows.registry import Registry, find_settings, main_remote

NOT_TRUSTED = Kind(
    "not-trusted",
    "error",
    "a repository of another user, which Git does not trust",
    "git config --global --add safe.directory FOLDER",
)
NO_REPOSITORY = Kind(
    "no-repository", "error", "no Git repository, or one that gitreg cannot use", "gitreg init"
)
NO_REGISTRY = Kind(
    "no-registry",
    "error",
    "no branch that is here holds gitreg.yaml",
    "git fetch REMOTE '+refs/heads/*:refs/remotes/REMOTE/*', or gitreg init",
)
NEWER = Kind(
    "newer-registry", "error", "a gitreg.yaml that this gitreg cannot read", "pip install --upgrade gitreg-ml"
)
BAD_REMOTES = Kind(
    "no-main-remote", "error", "several remotes, none called origin", "git remote rename NAME origin"
)
UPGRADE = "pip install --upgrade gitreg-ml"
INIT = "gitreg init --signing-key new"
KINDS = (NOT_TRUSTED, NO_REPOSITORY, NO_REGISTRY, NEWER, BAD_REMOTES)


def open_repository(path: Path, environ: Mapping[str, str]) -> Repository | Diagnosis:
    """The repository, or why there is none."""
    try:
        return Repository.open(path, environ)
    except UsageError as error:
        if "safe.directory" not in (error.hint or ""):
            return Diagnosis(
                NO_REPOSITORY, error.message, "gitreg works in ordinary SHA-1 repositories", error.hint
            )
        mend = command("git", "config", "--global", "--add", "safe.directory", str(top_folder(path)))
        why = "whoever owns it could make Git run programs; trust it only if that is you, or your CI runner"
        return Diagnosis(NOT_TRUSTED, error.message, why, mend)
    except NotFoundError as error:
        return Diagnosis(NO_REPOSITORY, error.message, "a registry is a Git repository", INIT)


def find_registry(subject: Subject) -> Registry | Diagnosis:
    """The registry in the repository, or why there is none."""
    repository = subject.repository
    try:
        remote = main_remote(repository)
    except UsageError as error:
        return Diagnosis(
            BAD_REMOTES, error.message, "one of them is where the registry is shared", error.hint
        )
    try:
        settings = find_settings(repository, remote)
    except GitregError as error:
        if isinstance(error, RecordError) and error.place:
            return Diagnosis(NEWER, str(error), "it was written by a newer gitreg, or by hand", UPGRADE)
        return damage(subject, error.message)
    if settings is not None:
        return Registry(repository, settings, remote, subject.environ)
    what = "no branch that is here holds gitreg.yaml"
    if remote is None:
        return Diagnosis(
            NO_REGISTRY, what, "nobody made a registry here", subject.gitreg("init", "--signing-key", "new")
        )
    fetch = subject.git("fetch", remote, f"+refs/heads/*:refs/remotes/{remote}/*")
    why = (
        "this clone was made of another branch (--single-branch), or nobody made a registry yet (gitreg init)"
    )
    return Diagnosis(NO_REGISTRY, what, why, fetch)
