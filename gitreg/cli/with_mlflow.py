"""Parts of gitreg that need MLflow, loaded when they are used; where it is missing, what to install."""

from __future__ import annotations

from typing import Any

from gitreg.cli.loading import load
from gitreg.errors import UsageError

OURS = "gitreg"


def load_with_mlflow(target: str) -> Any:  # noqa: ANN401 - as `load`
    """What `module:attribute` names.

    Raises:
        UsageError: if MLflow, or a part of it that the module needs, is not installed here.
    """
    try:
        return load(target)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in {"", OURS}:
            raise
        raise UsageError(
            f"this needs MLflow, and {missing} is not installed in this environment",
            hint="pip install 'gitreg-ml[mlflow]' mlflow",
        ) from error
