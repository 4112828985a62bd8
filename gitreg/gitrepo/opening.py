"""Finds a repository from any folder inside it, or makes a new one; says why when there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitreg.errors import GitregError, NotFoundError, UsageError
from gitreg.gitrepo.environment import clean_environment
from gitreg.gitrepo.names import check_ref
from gitreg.gitrepo.process import Layout, Outcome, last_line, run_git

_QUESTIONS = (
    "--show-object-format",
    "--is-bare-repository",
    "--git-dir",
    "--git-common-dir",
    "--show-toplevel",
)


def find_layout(path: Path, environ: Mapping[str, str]) -> Layout:
    """Return where the repository around a folder is; see `Repository.open`."""
    if not path.is_dir():
        raise NotFoundError(f"the folder {path} does not exist")
    words = ("rev-parse", "--path-format=absolute", *_QUESTIONS)
    outcome = run_git(words, environ=clean_environment(environ), folder=path)
    lines = outcome.out.decode("utf-8", "surrogateescape").splitlines()
    if len(lines) < 4:
        raise _no_repository(path, outcome)
    if len(lines) > len(_QUESTIONS):
        raise UsageError(f"the path of the repository at {path} has a line end in it, and is not supported")
    if lines[0] != "sha1":
        raise UsageError(
            f"the repository at {path} names objects by {lines[0]}; DVC cannot work in one, so gitreg does not",
            hint="git init --object-format=sha1",
        )
    git_dir, common_dir = Path(lines[2]), Path(lines[3])
    return Layout(git_dir, common_dir, _work_tree(git_dir, lines))


def make_repository(path: Path, environ: Mapping[str, str], *, bare: bool, branch: str) -> None:
    """Make an empty repository without templates: no sample hooks, nothing from the machine."""
    check_ref(f"refs/heads/{branch}")
    path.mkdir(parents=True, exist_ok=True)
    flags = ("--quiet", "--template=", "--object-format=sha1", f"--initial-branch={branch}")
    words = ("init", *flags, *(("--bare",) if bare else ()))
    outcome = run_git(words, environ=clean_environment(environ), folder=path)
    if outcome.code != 0:
        raise outcome.failure()


def _work_tree(git_dir: Path, lines: list[str]) -> Path | None:
    if len(lines) == 5:
        return Path(lines[4])
    if lines[1] == "false" and git_dir.name == ".git":
        return git_dir.parent  # the call came from inside the .git folder
    return None


def _no_repository(path: Path, outcome: Outcome) -> GitregError:
    if b"safe.directory" in outcome.err:  # the name of a setting, not English
        return UsageError(
            f"Git does not trust the repository at {path}: it belongs to another user",
            hint=f"git config --global --add safe.directory {path}",
        )
    return NotFoundError(f"{path} is in no Git repository: {last_line(outcome.err)}", hint="git init")
