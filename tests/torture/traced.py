"""A command of gitreg under strace: which calls of it change files, and how it fares when one of them fails or kills.

A call is named by who makes it (gitreg itself, or its n-th call of Git), by the system call, and by its number in that
process; strace counts in each process by itself (strace(1), -e inject). What only reads is left out: the files are
then as they are before the next call that writes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ground import GITREG

CHANGING = (
    "openat", "write", "pwrite64", "sendfile", "copy_file_range", "ftruncate", "fsync", "fdatasync", "rename",
    "renameat", "renameat2", "link", "linkat", "symlink", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
    "chmod", "fchmod", "fchmodat", "utimensat",
)  # fmt: skip
TAKING_ROOM = (
    "openat", "write", "pwrite64", "sendfile", "copy_file_range", "fsync", "fdatasync", "rename", "link", "mkdir",
)  # fmt: skip
"""Calls that a full disk can fail."""
_CALL = re.compile(r"(\d+)\s+(\w+)\((.*)")
TRACE = "trace"
HANGING = 60.0
# Which call of git this is, by a counter that a lock guards; that one is traced.
WRAPPER = """#!/bin/bash
exec 9>>"{folder}/lock"; flock 9
n=$(( $(cat "{folder}/count") + 1 )); echo $n > "{folder}/count"
exec 9>&-
if [ "{which}" = all ] || [ "{which}" = "$n" ]; then
  exec strace -f -q -y -I 2 -o "{folder}/trace-git-$n" {options} -- {git} "$@"
fi
exec {git} "$@"
"""


@dataclass(frozen=True, order=True)
class Point:
    """One system call of a command.

    Args:
        who: 0 for gitreg itself, n for its n-th call of Git.
        call: the system call.
        number: which one of that process.
    """

    who: int
    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call} {self.number} of {f'git call {self.who}' if self.who else 'gitreg'}"


@dataclass(frozen=True)
class Ended:
    """How a traced command ended."""

    code: int
    out: str
    err: str
    hung: bool = False


class Tracer:
    """Runs commands under strace in one environment.

    Args:
        folder: for the wrapper of Git and for traces; emptied at every run.
        environ: of those who work.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = {
            **environ,
            "PATH": f"{folder / 'bin'}:{environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.git = shutil.which("git", path=environ["PATH"])

    def points(self, words: Sequence[str], at: Path) -> list[Point]:
        """Every call of a command that changes files, in order of who makes it; the command is run once for it."""
        ended = self._run(
            words, at, "all", ["-e", f"trace={','.join(CHANGING)}"], ["-e", f"trace={','.join(CHANGING)}"]
        )
        if ended.code != 0:
            raise RuntimeError(f"gitreg {words[0]} ended with {ended.code} under strace: {ended.err}")
        found = _points(0, self.folder / TRACE)
        for file in self.folder.glob("trace-git-*"):
            found |= _points(int(file.name.rpartition("-")[2]), file)
        return sorted(found)

    def hit(self, words: Sequence[str], at: Path, point: Point, harm: str, *, alone: bool = False) -> Ended:
        """Runs a command with harm at one call.

        Args:
            words: the command.
            at: where.
            point: the call.
            harm: `signal=KILL` or `error=ENOSPC`, as strace has it.
            alone: only the process that makes the call is killed; otherwise gitreg and all of its Gits.
        """
        options = ["-e", f"trace={point.call}", "-e", f"inject={point.call}:{harm}:when={point.number}"]
        quiet = ["-e", "trace=none"]
        own, gits = (quiet, options) if point.who else (options, quiet)
        return self._run(words, at, str(point.who), own, gits, alone=alone)

    def _run(
        self,
        words: Sequence[str],
        at: Path,
        which: str,
        own: list[str],
        gits: list[str],
        *,
        alone: bool = False,
    ) -> Ended:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "count").write_text("0\n")
        wrapper = self.folder / "bin" / "git"
        wrapper.write_text(
            WRAPPER.format(folder=self.folder, which=which, options=" ".join(gits), git=self.git)
        )
        wrapper.chmod(0o755)
        command = [*GITREG, *words]
        if which in {"0", "all"}:  # the children are let go: each Git has its own strace, or none
            command = [
                "strace",
                "-f",
                "-b",
                "execve",
                "-q",
                "-y",
                "-o",
                str(self.folder / TRACE),
                *own,
                "--",
                *command,
            ]
        # as when a machine is shut down: when one of them was killed, so are all the others
        death = (lambda: False) if alone else self._somebody_was_killed
        return _in_group(command, at, self.environ, death)

    def _somebody_was_killed(self) -> bool:
        return any(b"+++ killed by SIGKILL" in file.read_bytes() for file in self.folder.glob("trace*"))


def _in_group(
    command: Sequence[str], at: Path, environ: Mapping[str, str], death: Callable[[], bool]
) -> Ended:
    """Runs a command as the leader of a process group, which is killed at `death`, when it hangs, and at its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, cwd=at, env=dict(environ), stdout=out, stderr=err, start_new_session=True
        )
        end = time.monotonic() + HANGING
        while process.poll() is None and not death() and time.monotonic() < end:
            time.sleep(0.02)
        hung = time.monotonic() >= end
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Ended(process.returncode, *texts, hung=hung)


def _points(who: int, file: Path) -> set[Point]:
    counts: Counter[tuple[str, str]] = Counter()
    found = set()
    for line in file.read_text(errors="replace").splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        process, call, rest = match.groups()
        counts[process, call] += 1
        if _changes(call, rest):
            found.add(Point(who, call, counts[process, call]))
    return found


def _changes(call: str, rest: str) -> bool:
    if call == "openat":
        return "O_CREAT" in rest
    if call in {
        "write",
        "pwrite64",
        "ftruncate",
        "fsync",
        "fdatasync",
        "fchmod",
        "sendfile",
        "copy_file_range",
    }:
        return re.match(r"\d+</(?!dev/|proc/)", rest) is not None
    return True
