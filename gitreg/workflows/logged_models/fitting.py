"""What of many or long params fits into a logged model's record, which has limits (documents/limits.py).

MLflow's client copies a run's params to each model that it makes, so nobody can be asked to log less: what does not fit is cut
here, and the candidate's record is where all of it is, or where it is said that it does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST_PAIRS = 1000
MOST_BYTES = 600_000
"""Of params and of tags; what is left of a record is for what will be measured."""
SHORT = (1000, 250, 50)
"""To how many characters values are cut, where all of them together are too long."""
CUT = "…"


def fitting(pairs: Mapping[str, str], beside: Mapping[str, str] | None = None) -> dict[str, str]:
    """The first of some params or tags, with values that fit together.

    Args:
        pairs: in the order in which they were given.
        beside: what the record has already.
    """
    known = beside or {}
    new = set([key for key in pairs if key not in known][: max(MOST_PAIRS - len(known), 0)])
    kept = {key: value for key, value in pairs.items() if key in known or key in new}
    room = MOST_BYTES - _size(known)
    for most in SHORT:
        if _size(kept) <= room:
            break
        kept = {key: _cut(value, most) for key, value in kept.items()}
    return kept


def is_same(known: str, value: str) -> bool:
    """Whether a value that a record has may be this one, cut."""
    return known == value or (known.endswith(CUT) and value.startswith(known.removesuffix(CUT)))


def _cut(value: str, most: int) -> str:
    return value if len(value) <= most else value[: most - len(CUT)] + CUT


def _size(pairs: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items())
