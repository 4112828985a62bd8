"""Every deliberate error of gitreg, as a tree; one class for each reaction of a caller.

    GitregError
    ├── AnswerIsNoError      1   the question was answered, and the answer is no
    │   ├── RecordError          a file is not the record it should be
    │   ├── GateError            a gate refused a promotion
    │   └── AlreadyThereError    what should be made exists, and differs
    ├── UsageError           2   the words of the call are wrong
    ├── MachineError         2   this machine has no room, no files left
    │   └── RightsError              it does not let this user: trying again does not help
    ├── NotFoundError        3   no such thing
    │   └── AmbiguousError       more than one such thing
    ├── CredentialsError     4   a key, a token or a permission is missing
    ├── ConflictError        5   somebody was faster
    │   └── LockedError              a lock file stands in the way, and stays
    ├── VerificationError    6   not what was trained, reviewed and signed
    └── RemoteError          7   a remote cannot be reached; work is kept here

The numbers are exit codes of the command line. An error that is not in this tree is a bug (exit 70).
"""

from __future__ import annotations

import errno
import os

_ROOM_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RIGHTS_ERRNOS = (errno.EROFS, errno.EACCES, errno.EPERM)
_OTHER_ERRNOS = (
    *_RIGHTS_ERRNOS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
    errno.ENAMETOOLONG, errno.ESTALE,
)  # fmt: skip
_ROOM = "Make room there, and run it again; nothing that was acknowledged is lost."
_MEND = "Mend that, and run it again; nothing that was acknowledged is lost."


class GitregError(Exception):
    """Base of all deliberate errors: what happened, why, and the next thing to do.

    Args:
        message: one sentence: what happened to which thing, and why.
        hint: the next command to type, or the next step.
        place: where in which file, as `path:line:column`, when a file is the problem.
    """

    exit_code = 70
    excerpt: tuple[str, str] | None = None
    """A line of what was given, and marks under the spot that is wrong; shown in the place of a hint."""

    def __init__(self, message: str, *, hint: str | None = None, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class AnswerIsNoError(GitregError):
    """The question was answered, and the answer is no."""

    exit_code = 1


class RecordError(AnswerIsNoError):
    """A file is not the record that it should be; `place` says where."""


class GateError(AnswerIsNoError):
    """A gate refused a promotion."""


class AlreadyThereError(AnswerIsNoError):
    """What should be made exists already, and is something else."""


class UsageError(GitregError):
    """The words of a call are wrong: a name, an option, a combination."""

    exit_code = 2


class MachineError(GitregError):
    """This machine does not let us: a full disk, a limit, a file system that is read-only or broken.

    What was acknowledged before is kept; the call was not answered, and may be repeated. The exit code is that of
    `UsageError`, not of `AnswerIsNoError`: a full disk must not read as "the records are invalid".
    """

    exit_code = 2

    @classmethod
    def of(cls, error: OSError, what: str) -> MachineError | None:
        """The machine's fault behind an error of the system; None when it is another kind of error (errno(3)).

        Args:
            error: what the system said.
            what: what could not be done, and where.
        """
        hint = _ROOM if error.errno in _ROOM_ERRNOS else _MEND if error.errno in _OTHER_ERRNOS else None
        kind = RightsError if error.errno in _RIGHTS_ERRNOS else cls
        return kind(f"{what}: {error.strerror}", hint=hint) if hint else None

    @classmethod
    def told(cls, what: str, words: str, *, room_only: bool = False) -> MachineError | None:
        """The machine's fault that another program tells of in the C locale; None when its words say no such thing.

        Args:
            what: what could not be done.
            words: a line of what the program said.
            room_only: count a lack of room alone; who lacks rights may be somebody else.
        """
        if any(os.strerror(one) in words for one in _ROOM_ERRNOS):
            return cls(f"{what}: {words}", hint=_ROOM)
        mends = not room_only and any(os.strerror(one) in words for one in _OTHER_ERRNOS)
        kind = RightsError if any(os.strerror(one) in words for one in _RIGHTS_ERRNOS) else cls
        return kind(f"{what}: {words}", hint=_MEND) if mends else None


class RightsError(MachineError):
    """This machine does not let this user: of a file that is another one's, or a file system that is read-only."""


class NotFoundError(GitregError):
    """There is no such thing."""

    exit_code = 3


class DraftGoneError(NotFoundError):
    """Somebody else finished the draft while something was put into it: it is a candidate now."""


class AmbiguousError(NotFoundError):
    """More than one thing has that name; the message lists them."""


class CredentialsError(GitregError):
    """A key, a token or a permission is missing."""

    exit_code = 4


class ConflictError(GitregError):
    """Somebody else was faster, and trying again did not help."""

    exit_code = 5


class LockedError(ConflictError):
    """A lock file stands in the way and nothing moves: the message names the file."""


class VerificationError(GitregError):
    """What was asked for is not what was trained, reviewed and signed.

    Args:
        message: what was found.
        step: the name of the verification step that refused, as in docs/verification.md.
        hint: the next step.
    """

    exit_code = 6

    def __init__(self, message: str, *, step: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.step = step


class RemoteError(GitregError):
    """A remote or the network cannot be reached; what was done is kept here."""

    exit_code = 7
