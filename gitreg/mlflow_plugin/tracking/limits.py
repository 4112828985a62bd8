"""What MLflow's clients may ask for: numbers of experiments, and sizes of pages."""

from __future__ import annotations

from mlflow.store.tracking import SEARCH_MAX_RESULTS_THRESHOLD

from gitreg.mlflow_plugin.faults import invalid


def experiment_number_of(experiment_id: str | int | None) -> str:
    """An experiment's id as records have it.

    Raises:
        MlflowException: if it is no number.
    """
    try:
        return str(int(experiment_id))  # type: ignore[arg-type]  # whatever a client gave
    except (ValueError, TypeError) as error:
        raise invalid(
            f"Invalid experiment ID '{experiment_id}'. Experiment ID must be a valid integer."
        ) from error


def require_page_size(size: int | None, *, may_be_none: bool = False) -> None:
    """Refuses what is no size of a page.

    Raises:
        MlflowException: if it is none.
    """
    what = f"Invalid value {size} for parameter 'max_results' supplied. It must be"
    if size is None and may_be_none:
        return
    if size is None or size < 1:
        raise invalid(f"{what} a positive integer")
    if size > SEARCH_MAX_RESULTS_THRESHOLD:
        raise invalid(f"{what} at most {SEARCH_MAX_RESULTS_THRESHOLD}")
