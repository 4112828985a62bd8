"""Runs Git. Knows bytes and exit codes, nothing of refs or objects.

GitPython's `execute` merges the process's own environment and cannot drop a variable, hence the standard library
(docs/adr/0002).
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gitreg.errors import GitregError, UsageError
from gitreg.gitrepo.environment import OPTIONS, clean_environment
from gitreg.gitrepo.names import printable


@dataclass(frozen=True)
class Layout:
    """Where a repository is."""

    git_dir: Path
    common_dir: Path
    work_tree: Path | None


@dataclass(frozen=True)
class Outcome:
    """What one call of Git left."""

    words: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    def failure(self) -> GitregError:
        """Return the error for a failure that nobody foresaw, with Git's own words."""
        return GitregError(f"git {self.words[0]} failed: {last_line(self.err)}")

    def records(self) -> list[str]:
        """Return NUL-separated output as text; bytes that are not UTF-8 survive as surrogates."""
        return [part.decode("utf-8", "surrogateescape") for part in self.out.split(b"\0") if part]


def last_line(words: bytes) -> str:
    """Return the last line that says something, fit for a message."""
    lines = [line for line in words.splitlines() if line.strip()]
    return printable(lines[-1]) if lines else "it gave no reason"


@dataclass(frozen=True)
class Git:
    """Runs Git for one repository in a cleaned environment.

    Args:
        layout: the repository, named to Git in every call, so that the current folder never matters.
        environ: the caller's environment, as it came.
    """

    layout: Layout
    environ: Mapping[str, str]
    _clean: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        place = {"GIT_DIR": str(self.layout.git_dir)}
        if self.layout.work_tree:
            place["GIT_WORK_TREE"] = str(self.layout.work_tree)
        object.__setattr__(self, "_clean", clean_environment(self.environ) | place)

    @property
    def folder(self) -> Path:
        """The folder Git is run in: relative URLs of remotes are counted from it."""
        return self.layout.work_tree or self.layout.git_dir

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        good: Sequence[int] = (0,),
        extra: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> Outcome:
        """Run one command.

        Args:
            words: the command and its arguments.
            stdin: what it reads.
            good: exit codes that are answers; an empty sequence takes all.
            extra: variables for this call only.
            options: options of git itself, before the command.

        Raises:
            GitregError: another exit code, with Git's own words.
        """
        environ = self._clean | dict(extra or {})
        outcome = run_git(words, environ=environ, folder=self.folder, stdin=stdin, options=options)
        if good and outcome.code not in good:
            raise outcome.failure()
        return outcome

    def start(self, *words: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command that stays, for a conversation (conversation.py).

        Args:
            words: the command and its arguments.
            errors: a file for what it says on standard error.
        """
        command = ["git", *OPTIONS, *words]
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=errors, env=self._clean, cwd=self.folder
            )
        except OSError as error:
            raise _not_started(error, self.folder) from error


def run_git(
    words: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path,
    stdin: bytes = b"",
    options: Sequence[str] = (),
) -> Outcome:
    """Run Git in an environment that is clean already; every exit code is returned."""
    command = ["git", *OPTIONS, *options, *words]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, env=environ, cwd=folder, check=False)
    except OSError as error:
        raise _not_started(error, folder) from error
    return Outcome(tuple(words), done.returncode, done.stdout, done.stderr)


def _not_started(error: OSError, folder: Path) -> UsageError:
    if not folder.is_dir():
        return UsageError(f"the folder {folder} does not exist")
    return UsageError(
        f"git could not be started: {error.strerror}", hint="Install Git, and see that it is on PATH."
    )
