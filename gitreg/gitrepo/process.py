"""Runs Git. Knows bytes and exit codes, nothing of refs or objects.

GitPython's `execute` merges the process's own environment and cannot drop a variable, hence the standard library
(docs/adr/0002).
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gitreg.errors import GitregError, MachineError, RemoteError, UsageError
from gitreg.gitrepo.environment import OPTIONS, clean_environment
from gitreg.gitrepo.names import printable
from gitreg.processes import end_family, traffic

REMOTE = {"fetch": ("--progress",), "push": ("--progress",), "ls-remote": (), "credential": ()}
"""Commands that talk to a remote, or to a program that does, and what makes each give a sign of life about every second."""
TIMEOUT = 60
"""Seconds without a sign of life after which a remote is given up (docs/adr/0013)."""
_LOOKS = 4
"""How often within that time somebody looks."""
_PROGRESS = re.compile(
    rb"(remote: )?([A-Z][a-z ]+: +\d+(% \(|, done)|Total \d+ \(delta|Delta compression using)"
)


@dataclass(frozen=True)
class Layout:
    """Where a repository is.

    Args:
        git_dir: the Git directory; of a linked work tree its own.
        common_dir: the Git directory that linked work trees share.
        work_tree: the folder of the files; None in a bare repository.
        quarantine: variables that show Git objects which were pushed and not accepted yet (quarantine.py).
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    quarantine: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What one call of Git left."""

    words: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    def failure(self) -> GitregError:
        """Return the error for a failure that nobody foresaw, with Git's own words."""
        if self.code < 0:
            return MachineError(
                last_line(self.err), hint="Run it again; nothing that was acknowledged is lost."
            )
        return failure(f"git {self.words[0]} failed", self.err)

    def records(self) -> list[str]:
        """Return NUL-separated output as text; bytes that are not UTF-8 survive as surrogates."""
        return [part.decode("utf-8", "surrogateescape") for part in self.out.split(b"\0") if part]


def failure(what: str, words: bytes) -> GitregError:
    """Return the error for a failure of Git here: this machine's fault where Git's words say so, else a bug.

    Args:
        what: what failed.
        words: what Git said on standard error.
    """
    return machine_fault(what, words) or GitregError(f"{what}: {last_line(words)}")


def machine_fault(what: str, words: bytes, *, room_only: bool = False) -> MachineError | None:
    """Return the error for a full disk and its like on this side, told from Git's words; else None."""
    ours = (printable(line) for line in words.splitlines() if not line.startswith(b"remote:"))
    faults = (MachineError.told(what, line, room_only=room_only) for line in ours)
    return next((fault for fault in faults if fault), None)


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
    _patience: list[int] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        place = {"GIT_DIR": str(self.layout.git_dir)}
        if self.layout.work_tree:
            place["GIT_WORK_TREE"] = str(self.layout.work_tree)
        own = clean_environment(self.environ) | dict(self.layout.quarantine)
        object.__setattr__(self, "_clean", own | place)

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
        """Run one command; one that talks to a remote ends when that is silent for too long.

        Args:
            words: the command and its arguments.
            stdin: what it reads.
            good: exit codes that are answers; an empty sequence takes all.
            extra: variables for this call only.
            options: options of git itself, before the command.

        Raises:
            GitregError: another exit code, with Git's own words.
            RemoteError: the remote was silent for `gitreg.timeout` seconds.
            MachineError: a remote command failed for want of room here.
        """
        environ = self._clean | dict(extra or {})
        silence = None
        if words[0] in REMOTE:
            words, silence = (words[0], *REMOTE[words[0]], *words[1:]), self.timeout()
        outcome = run_git(
            words, environ=environ, folder=self.folder, stdin=stdin, options=options, silence=silence
        )
        # a push writes nothing here: what fails then fails over there
        failed = outcome.code != 0 and words[0] in {"fetch", "ls-remote"}
        if failed and (fault := machine_fault(f"git {words[0]} failed", outcome.err, room_only=True)):
            raise fault
        if good and outcome.code not in good:
            raise outcome.failure()
        return outcome

    def timeout(self) -> int | None:
        """Return for how many seconds a remote may be silent, `gitreg.timeout`; None for ever."""
        if not self._patience:
            words = ("config", "--type=int", "--get", "gitreg.timeout")
            outcome = run_git(words, environ=self._clean, folder=self.folder)
            if outcome.code not in {0, 1}:
                raise UsageError(
                    f"gitreg.timeout is not a number of seconds: {last_line(outcome.err)}",
                    hint=f"git config gitreg.timeout {TIMEOUT}",
                )
            self._patience.append(int(outcome.out) if outcome.code == 0 else TIMEOUT)
        return self._patience[0] if self._patience[0] > 0 else None

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
    silence: int | None = None,
) -> Outcome:
    """Run Git in an environment that is clean already; every exit code is returned.

    Whatever ends this call ends Git and its children, and lets them remove their locks: a signal, an error, or, where
    `silence` is given, that many seconds without a word from them.
    """
    command = ["git", *OPTIONS, *options, *words]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, cwd=folder)
    except OSError as error:
        raise _not_started(error, folder) from error
    try:
        out, err = _heard(process, stdin, silence)
    except BaseException as error:
        end_family(process)
        if isinstance(error, subprocess.TimeoutExpired):
            raise _silent(words, silence or 0) from error
        raise
    if process.returncode < 0:
        err += f"\ngit {words[0]} was ended by {signal_name(-process.returncode)}\n".encode()
    return Outcome(tuple(words), process.returncode, out, without_progress(err))


def _heard(process: subprocess.Popen[bytes], stdin: bytes, silence: int | None) -> tuple[bytes, bytes]:
    """Return what a process says until it ends; TimeoutExpired when it shows no life for so many seconds."""
    shown: tuple[int, int] = (0, 0)
    looks = 0
    given: bytes | None = stdin
    while True:
        try:
            return process.communicate(given, timeout=silence / _LOOKS if silence else None)
        except subprocess.TimeoutExpired as late:
            given = None  # it has that already
            out, err = late.output or b"", late.stderr or b""
            if process.poll() is not None:
                return out, err  # a child of it, such as ssh's shared connection, still holds the pipes
            # words, or bytes that Git reads: what unpacks a small fetch counts aloud on terminals only
            before, shown = shown, (len(out) + len(err), traffic(process.pid, "git"))
            looks = looks + 1 if shown == before else 0
            if looks >= _LOOKS:
                raise


def without_progress(words: bytes) -> bytes:
    """Return what Git said without its counting, as a terminal would show it in the end."""
    lines = (
        line.rpartition(b"\r")[2].removesuffix(b"\x1b[K").rstrip()
        for line in words.replace(b"\r\n", b"\n").split(b"\n")
    )
    return b"\n".join(line for line in lines if not _PROGRESS.match(line))


def _silent(words: Sequence[str], silence: int) -> RemoteError:
    after = "--end-of-options" if "--end-of-options" in words else "--"
    remote = words[words.index(after) + 1] if after in words else ""
    # a name or a path: an URL may hold credentials, and remotes.py, which knows how to leave them out, is above
    which = remote if re.fullmatch(r"[\w./ -]+", remote) else "the remote"
    return RemoteError(
        f"git {words[0]} heard nothing from {which} for {silence} seconds",
        hint=f"Nothing is lost; try again later, or be more patient: git config gitreg.timeout {10 * silence}",
    )


def signal_name(number: int) -> str:
    """Return a signal's name, also of one that Python does not know."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _not_started(error: OSError, folder: Path) -> GitregError:
    if not folder.is_dir():
        return UsageError(f"the folder {folder} does not exist")
    return MachineError.of(error, "git could not be started") or UsageError(
        f"git could not be started: {error.strerror}", hint="Install Git, and see that it is on PATH."
    )
