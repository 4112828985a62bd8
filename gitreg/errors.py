"""Every deliberate error of gitreg, as a tree; one class for each reaction of a caller.

    GitregError
    ├── AnswerIsNoError      1   the question was answered, and the answer is no
    │   ├── RecordError          a file is not the record it should be
    │   ├── GateError            a gate refused a promotion
    │   └── AlreadyThereError    what should be made exists, and differs
    ├── UsageError           2   the words of the call are wrong
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


class GitregError(Exception):
    """Base of all deliberate errors: what happened, why, and the next thing to do.

    Args:
        message: one sentence: what happened to which thing, and why.
        hint: the next command to type, or the next step.
        place: where in which file, as `path:line:column`, when a file is the problem.
    """

    exit_code = 70

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


class NotFoundError(GitregError):
    """There is no such thing."""

    exit_code = 3


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
