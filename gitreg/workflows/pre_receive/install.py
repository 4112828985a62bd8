"""Installing the hook: a script of two lines in a server's repository, by which Git asks gitreg. Overwrites nobody's hook."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from gitreg.errors import AlreadyThereError, MachineError, UsageError
from gitreg.gitrepo import Repository
from gitreg.workflows.write_file import write_file

NAME = "pre-receive"
MARK = "# written by `gitreg hook install`, which writes it anew; see docs/server-hook.md of gitreg"
HOOKS_PATH = "core.hooksPath"
LARGEST = 64 * 1024


def install_hook(
    path: Path, program: Sequence[str], environ: Mapping[str, str], *, dry_run: bool = False
) -> tuple[Path, bool]:
    """Writes the hook.

    Args:
        path: the repository on the server; usually a bare one.
        program: the words that start gitreg, the first a whole path: a server's PATH may be small.
        environ: the environment.
        dry_run: only say what would be written.

    Returns:
        the hook's file, and whether it is new or different.

    Raises:
        AlreadyThereError: somebody else's hook is there; the hint says what to add to it.
        UsageError: Git looks for hooks elsewhere.
        MachineError: it cannot be written.
    """
    with Repository.open(path, environ) as repository:
        elsewhere = [value for value in repository.config_all(HOOKS_PATH) if value != os.devnull]
        file = repository.common_dir / "hooks" / NAME
    words = shlex.join([*program, "hook", NAME])
    if elsewhere:
        raise UsageError(
            f"Git looks for the hooks of {path} in {elsewhere[-1]} ({HOOKS_PATH})",
            hint=f"let the hook {NAME} there run: {words}",
        )
    script = f"#!/bin/sh\n{MARK}\nexec {words}\n".encode()
    before = _content(file)
    if before == script and os.access(file, os.X_OK):
        return file, False
    if before is not None and MARK.encode() not in before.splitlines():
        raise AlreadyThereError(
            f"{file} is there, and is not gitreg's",
            hint=f'let it hand its standard input on: lines=$(cat); printf "%s\\n" "$lines" | {words} || exit 1',
        )
    if not dry_run:
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise _unwritable(file, error) from error
        write_file(file, script, executable=True)
    return file, True


def _content(file: Path) -> bytes | None:
    """What is there; anything but a regular file counts as somebody else's."""
    if file.is_symlink() or (file.exists() and not file.is_file()):
        return b""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> MachineError | UsageError:
    what = f"{file} cannot be written"
    return MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}")
