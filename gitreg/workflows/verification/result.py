"""What a verification is asked for, what each step said, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, ParamSpec, Protocol, TypeVar

from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import ModelVersion
from gitreg.domain.version import VersionNumber
from gitreg.errors import GitregError, NotFoundError, RecordError, UsageError, VerificationError
from gitreg.gitrepo import ObjectId

StepName = Literal[
    "names", "store", "root", "object", "name", "signature", "role", "review", "record", "memory", "retired", "stage",
    "content", "state",
]  # fmt: skip
STEPS: tuple[StepName, ...] = (
    "names", "store", "root", "object", "name", "signature", "role", "review", "record", "memory", "retired", "stage",
    "content", "state",
)  # fmt: skip
Outcome = Literal["passed", "failed", "skipped"]
P = ParamSpec("P")


@dataclass(frozen=True)
class VerifyOptions:
    """How to verify.

    Args:
        deep: prove the bytes in the storage too.
        offline: believe this clone's last fetch instead of asking the remote.
        fresh: make the verifier's own store anew.
        retired: take a retired version as well.
        anchor: the file that holds the trust anchor; the one pinned in this clone when None.
        trust_first_use: pin what is seen even where nobody is there to read the fingerprint.
        ci: whether a CI job asks: then nothing is pinned unasked, and the own store is always fresh.
    """

    deep: bool = False
    offline: bool = False
    fresh: bool = False
    retired: bool = False
    anchor: Path | None = None
    trust_first_use: bool = False
    ci: bool = False


@dataclass(frozen=True)
class StepResult:
    """What one step said."""

    number: int
    name: StepName
    result: Outcome
    detail: str


@dataclass(frozen=True)
class TrustedRoot:
    """The trust root that a verdict rests on: of which registry, which one, and the sha256 of its file."""

    registry: str
    version: int
    digest: Digest


@dataclass(frozen=True)
class Verdict:
    """What was proven; there is one only when no step refused.

    Args:
        model: the model.
        version: the version.
        tag: full name of the release that the answer rests on.
        commit: the commit that it is of.
        signer: the person who signed it, as the roles call them.
        principal: their e-mail address in allowed_signers.
        fingerprint: of their key.
        record: the version's record.
        manifest: its files.
        candidate: what it was made from.
        root: the trust root that says who may.
        steps: what each of the steps said.
        notes: what a careful reader should know.
        verified: when, by the caller's clock.
        approvers: who signed approvals that count, where it takes more than one person.
    """

    model: str
    version: VersionNumber
    tag: str
    commit: ObjectId
    signer: str
    principal: str
    fingerprint: str
    record: ModelVersion
    manifest: Manifest
    candidate: Candidate
    root: TrustedRoot
    steps: tuple[StepResult, ...]
    notes: tuple[str, ...]
    verified: datetime | None = None
    approvers: tuple[str, ...] = ()


class RefusedError(VerificationError):
    """A refusal, with what every step said until then.

    Args:
        cause: what the step raised.
        step: the step that refused.
        steps: the results so far, the refusal last.
    """

    def __init__(self, cause: GitregError, *, step: StepName, steps: tuple[StepResult, ...]) -> None:
        super().__init__(str(cause), step=step, hint=cause.hint)
        self.steps = steps


class Found(Protocol):
    """What a step returns: it can say in a few words what it saw."""

    @property
    def detail(self) -> str:
        """For the report."""


T = TypeVar("T", bound=Found)

CALLERS_WORDS = frozenset({"store", "content"})
"""Steps in which what is wrong with words is wrong with the caller's words: a place to write to, a storage named."""


@dataclass(frozen=True)
class Log:
    """What the steps said so far."""

    results: tuple[StepResult, ...] = ()

    def run(self, name: StepName, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[Log, T]:
        """One step: the log with what it said, and what it found.

        Raises:
            RefusedError: the step refused, for a reason that lies in what was looked at. That it could not be looked at
            (RemoteError, CredentialsError, NotFoundError) is another answer, and stays what it is.
        """
        try:
            found = step(*args, **kwargs)
        except UsageError as error:
            if name in CALLERS_WORDS:
                raise
            raise self.refused(name, error) from error
        except (VerificationError, RecordError, ValueError) as error:
            raise self.refused(name, error) from error
        return self.having(name, "passed", found.detail), found

    def having(self, name: StepName, result: Outcome, detail: str) -> Log:
        """The log with one more line."""
        return Log((*self.results, StepResult(STEPS.index(name) + 1, name, result, detail)))

    def skipped(self, name: StepName, why: str) -> Log:
        """The log with a step that had nothing to do."""
        return self.having(name, "skipped", why)

    def refused(self, name: StepName, error: GitregError | ValueError) -> RefusedError:
        """The refusal of a step, by the name that the error carries where it has one."""
        cause = error if isinstance(error, GitregError) else RecordError(str(error))
        step = next((known for known in STEPS if known == getattr(cause, "step", name)), name)
        return RefusedError(cause, step=step, steps=self.having(step, "failed", str(cause)).results)


def within(step: StepName, what: str, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Does `act` as a part of another step, which then carries the refusal.

    Raises:
        VerificationError: of that step, naming `what`.
    """
    try:
        return act(*args, **kwargs)
    except (VerificationError, RecordError, NotFoundError, UsageError, ValueError) as error:
        inner = f" ({error.step})" if isinstance(error, VerificationError) else ""
        raise VerificationError(f"{what}{inner}: {error}", step=step) from error
