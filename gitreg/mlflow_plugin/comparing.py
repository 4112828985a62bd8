"""What MLflow's comparators mean where no database answers; patterns in time that grows with the text, not with its powers.

MLflow's own `LIKE` outside SQL is a regular expression in which each `%` may take any part of the text: with a dozen of
them one request keeps a server's process busy for good. Here a `%` takes as little as it can and never gives it back, which
finds the same texts (what is left for the next piece is only longer).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mlflow.utils.search_utils import SearchUtils

from gitreg.index.language.limits import CHARACTERS, PATTERN
from gitreg.mlflow_plugin.faults import invalid

_SEARCH: Any = SearchUtils


def bounded(filter_string: str | None) -> str | None:
    """A filter for MLflow's parsers, whose time grows with the square of the text.

    Raises:
        MlflowException: if it is too long.
    """
    if filter_string and len(filter_string) > CHARACTERS:
        raise invalid(f"Invalid filter string: it has more than {CHARACTERS} characters")
    return filter_string


def comparison(comparator: str) -> Callable[[Any, Any], bool]:
    """Whether a value meets another one: `comparison("LIKE")("forest", "for%")`."""
    if comparator == "LIKE":
        return _is_like
    if comparator == "ILIKE":
        return _is_like_whatever_case
    compared: Callable[[Any, Any], bool] = _SEARCH.get_comparison_func(comparator)
    return compared


def _is_like(value: object, pattern: str) -> bool:
    return _matches(value, pattern, re.DOTALL)


def _is_like_whatever_case(value: object, pattern: str) -> bool:
    return _matches(value, pattern, re.DOTALL | re.IGNORECASE)


def _matches(value: object, pattern: str, flags: re.RegexFlag) -> bool:
    if len(pattern) > PATTERN:
        raise invalid(f"Invalid pattern: it has more than {PATTERN} characters")
    return isinstance(value, str) and _compiled(pattern, flags).fullmatch(value) is not None


@lru_cache(maxsize=64)
def _compiled(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    first, *others = (
        "".join("." if one == "_" else re.escape(one) for one in piece) for piece in pattern.split("%")
    )
    between = "".join(f"(?>.*?{piece})" for piece in others[:-1] if piece)
    end = f".*{others[-1]}" if others else ""
    return re.compile(f"{first}{between}{end}", flags)
