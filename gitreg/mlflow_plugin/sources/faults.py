"""What goes wrong while MLflow reads a source, as errors of this command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException

from gitreg.errors import CredentialsError, NotFoundError, RecordError, RemoteError

MOST = 300


@contextmanager
def reading(where: str) -> Iterator[None]:
    """A block in which MLflow reads a source.

    Raises:
        CredentialsError: if the source asks who we are.
        NotFoundError: if it does not have what it told of.
        RecordError: if what it holds makes no sense to MLflow.
        RemoteError: if it cannot be reached.
    """
    try:
        yield
    except MlflowException as error:
        raise _translated(error, where) from error


def _translated(
    error: MlflowException, where: str
) -> CredentialsError | NotFoundError | RecordError | RemoteError:
    status: int = error.get_http_status_code()  # type: ignore[no-untyped-call]  # MLflow's
    words = f"{where}: {_short(error)}"
    if status in {401, 403}:
        return CredentialsError(
            words, hint="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        )
    if status == 404:
        return NotFoundError(words)
    if status >= 500 and where.startswith("http"):
        return RemoteError(words)
    return RecordError(words)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:MOST]
