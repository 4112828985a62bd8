"""gitreg's errors in MLflow's words: each class has one code, and a request gets the code's HTTP status.

A bare `NotImplementedError` would be a 500, which MLflow's client tries again for minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    INVALID_STATE,
    NOT_IMPLEMENTED,
    PERMISSION_DENIED,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_CONFLICT,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
)

from gitreg.errors import (
    AlreadyThereError,
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    GitregError,
    MachineError,
    NotFoundError,
    RemoteError,
    RightsError,
    UsageError,
    VerificationError,
)
from gitreg.mlflow_plugin.opening import borrowing

P = ParamSpec("P")
T = TypeVar("T")
_CODES: tuple[tuple[type[GitregError], int], ...] = (
    (AlreadyThereError, RESOURCE_ALREADY_EXISTS),
    (AnswerIsNoError, INVALID_STATE),
    (UsageError, INVALID_PARAMETER_VALUE),
    (RightsError, PERMISSION_DENIED),
    (MachineError, INTERNAL_ERROR),
    (NotFoundError, RESOURCE_DOES_NOT_EXIST),
    (CredentialsError, PERMISSION_DENIED),
    (ConflictError, RESOURCE_CONFLICT),
    (VerificationError, PERMISSION_DENIED),
    (RemoteError, TEMPORARILY_UNAVAILABLE),
)


@contextmanager
def in_mlflow_words() -> Iterator[None]:
    """A block whose errors are MLflow's.

    Raises:
        MlflowException: for every `GitregError`, with its message and hint, and for a disk that is full or broken.
    """
    try:
        yield
    except GitregError as error:
        raise translated(error) from error
    except OSError as error:
        fault = MachineError.of(error, f"{error.filename or 'the registry'} cannot be written or read")
        if fault is None:
            raise
        raise translated(fault) from error


def speaking_mlflow(method: Callable[P, T]) -> Callable[P, T]:
    """The same method, whose errors are MLflow's, and which gives back the registries that it opened."""

    @wraps(method)
    def translating(*args: P.args, **kwargs: P.kwargs) -> T:
        with in_mlflow_words(), borrowing():
            return method(*args, **kwargs)

    return translating


def translated(error: GitregError) -> MlflowException:
    """The error as MLflow's client gets to see it."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL_ERROR)
    return MlflowException(f"{error}. {error.hint}" if error.hint else str(error), error_code=code)


def invalid(message: str) -> MlflowException:
    """What was asked for means nothing."""
    return MlflowException(message, error_code=INVALID_PARAMETER_VALUE)


def missing(message: str) -> MlflowException:
    """There is no such thing."""
    return MlflowException(message, error_code=RESOURCE_DOES_NOT_EXIST)


def busy(message: str) -> MlflowException:
    """It is not to be had now; MLflow's clients ask a server again."""
    return MlflowException(message, error_code=TEMPORARILY_UNAVAILABLE)


def not_here(what: str) -> MlflowException:
    """MLflow has it, and gitreg does not."""
    return MlflowException(f"gitreg has no {what}", error_code=NOT_IMPLEMENTED)
