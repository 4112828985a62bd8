"""Whether a database may be written to: MLflow migrates an older one when it opens it, which is for its owner to decide."""

from __future__ import annotations

from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.store.db import utils
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from gitreg.errors import AlreadyThereError


def require_current_schema(file: Path, address: str) -> None:
    """Refuses a file that is no database of this MLflow's; an empty one becomes one.

    Raises:
        AlreadyThereError: if it is something else.
    """
    engine = create_engine(address)
    try:
        tables = set(inspect(engine).get_table_names())
        if tables and not {"experiments", "runs"} <= tables:
            raise AlreadyThereError(f"{file} is a database, but none of MLflow's", hint="name another file")
        if tables:
            utils._verify_schema(engine)  # type: ignore[no-untyped-call]  # noqa: SLF001 - what MLflow's stores call
    except SQLAlchemyError as error:
        raise AlreadyThereError(f"{file} is there, and no database", hint="name another file") from error
    except MlflowException as error:
        raise AlreadyThereError(
            f"{file} has not the schema of the MLflow that is installed here",
            hint=f"take a backup, then: mlflow db upgrade sqlite:///{file}",
        ) from error
    finally:
        engine.dispose()
