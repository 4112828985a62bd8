"""Where a page begins. A token is MLflow's own (the base64 of a JSON object), and a stranger's word until it is read."""

from __future__ import annotations

from typing import Any

from mlflow.utils.search_utils import SearchUtils

from gitreg.mlflow_plugin.faults import invalid

_SEARCH: Any = SearchUtils


def page_start(token: str | None) -> int:
    """The place in a list that a token names; the beginning without one.

    Raises:
        MlflowException: if it is no token of a page. MLflow's reader finds some that are none, and falls over others.
    """
    try:
        start: int = _SEARCH.parse_start_offset_from_page_token(token)
    except (AttributeError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise invalid("Invalid page token: it is none of a page") from error
    if start < 0:
        raise invalid(f"Invalid page token: it names a place {start}")
    return start
