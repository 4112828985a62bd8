"""A repository as its own hook sees it: with objects that were pushed, and that nobody has accepted yet.

Git puts what it receives into a folder of its own until the pre-receive hook has said yes, and names that folder to the hook
by three variables (git-receive-pack(1), "Quarantine Environment"). gitreg drops variables that redirect Git to other objects
(environment.py); here, and only here, these three are let through, after a look at where they lead. Refs cannot be moved
meanwhile: Git itself refuses that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import UsageError
from gitreg.gitrepo.environment import clean_environment
from gitreg.gitrepo.names import ObjectId, check_id, check_path, printable
from gitreg.gitrepo.opening import find_layout
from gitreg.gitrepo.process import Layout, run_git
from gitreg.gitrepo.repository import Repository

FOLDER, OBJECTS, ALTERNATES = (
    "GIT_QUARANTINE_PATH",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)


class HookRepository(Repository):
    """A repository with what was pushed to it; refs are still as they were."""

    def steps(self, old: ObjectId, new: ObjectId, path: str) -> list[ObjectId]:
        """Return the commits that changed a path on the way from a first parent to a commit, oldest first."""
        words = (
            "rev-list",
            "--first-parent",
            "--reverse",
            "--end-of-options",
            check_id(new),
            f"^{check_id(old)}",
        )
        found = self._git.run(*words, "--", "/".join(check_path(path))).out
        return [ObjectId(line) for line in found.decode().split()]


def open_in_hook(folder: Path, environ: Mapping[str, str]) -> HookRepository:
    """Open the repository whose hook runs in a folder, with what was pushed to it.

    Args:
        folder: the hook's current folder; hooks of a push run in the Git directory (githooks(5)).
        environ: the hook's environment. `GIT_DIR` in it is `.`, for a server's Git need not look for repositories at all
            (git-config(1), safe.bareRepository).

    Raises:
        NotFoundError: the folder is in no repository.
        UsageError: the environment leads elsewhere, or it is a SHA-256 repository, in which DVC cannot work.
    """
    named = environ.get("GIT_DIR")
    layout = _named_layout(folder / named, environ) if named else find_layout(folder, environ)
    found = Layout(layout.git_dir, layout.common_dir, None, _quarantine(layout.common_dir, folder, environ))
    return HookRepository(found, environ)


def _named_layout(git_dir: Path, environ: Mapping[str, str]) -> Layout:
    words = ("rev-parse", "--path-format=absolute", "--show-object-format", "--git-dir", "--git-common-dir")
    named = clean_environment(environ) | {"GIT_DIR": str(git_dir)}
    if not git_dir.is_dir():
        raise UsageError(f"GIT_DIR names {printable(str(git_dir))}, and there is no such folder")
    outcome = run_git(words, environ=named, folder=git_dir)
    lines = outcome.out.decode("utf-8", "surrogateescape").splitlines()
    if outcome.code != 0:
        raise outcome.failure()
    if len(lines) != 3:
        raise UsageError(f"the path of the repository at {printable(str(git_dir))} has a line end in it")
    if lines[0] != "sha1":
        raise UsageError(f"this repository names objects by {lines[0]}, in which no registry can be")
    return Layout(Path(lines[1]), Path(lines[2]), None)


def _quarantine(common_dir: Path, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The three variables, as whole paths; nothing where nothing came (a push that only deletes)."""
    place = environ.get(FOLDER)
    if not place:
        return {}
    quarantine, own = os.path.realpath(folder / place), os.path.realpath(common_dir / "objects")
    objects = os.path.realpath(folder / environ.get(OBJECTS, place))
    if objects != quarantine or not quarantine.startswith(own + os.sep):
        raise UsageError(f"{FOLDER} and {OBJECTS} do not name one folder below {printable(own)}")
    # as Git says it: the repository's own objects, and what it borrows; in Git's own quoting
    return {FOLDER: quarantine, OBJECTS: quarantine, ALTERNATES: environ.get(ALTERNATES) or own}
