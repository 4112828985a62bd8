"""Moments as people write them in a filter: dates, RFC 3339, `7d ago`, and MLflow's milliseconds."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[Tt ](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?P<fraction>\.\d{1,9})?"
    r"(?P<zone>[Zz]|[+-]\d\d:\d\d)?)?"
)
_AGO = re.compile(
    r"(?P<count>\d{1,9}(?:\.\d{1,6})?)\s*"
    r"(?P<unit>s|m|h|d|w|sec|min|seconds?|minutes?|hours?|days?|weeks?)\s+ago",
    re.IGNORECASE,
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_MOST = 9_000_000_000_000_000
"""Milliseconds: in microseconds that still fits SQLite's integers."""


class Span(NamedTuple):
    """Microseconds since 1970: from `first` on, up to `end` and without it; as long as the text is exact."""

    first: int
    end: int


def span_of(text: str, now: datetime) -> Span:
    """The time that `text` writes; without a zone it is UTC.

    Raises:
        ValueError: with what a time looks like.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago:
        seconds = float(ago["count"]) * _UNITS[ago["unit"][0].lower()]
        first = _microseconds(now) - round(seconds * _SECOND)
        return Span(first, first + 1)
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or (written["fraction"] and not written["second"]):
        raise ValueError(
            "a time is written like '2026-11-01', '2026-11-01T12:00:00Z' or '7d ago' (s, m, h, d, w)"
        )
    return _span(written)


def milliseconds(value: float, *, up: bool) -> int:
    """The microseconds at which a whole millisecond begins: the next from `value` on, or the one that `value` is in."""
    bounded = min(max(value, -_MOST), _MOST)
    return (math.ceil(bounded) if up else math.floor(bounded)) * 1000


def _span(written: re.Match[str]) -> Span:
    day, minute, second, fraction, zone = written.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}{(zone or 'Z').upper()}")
    except ValueError as error:
        raise ValueError(f"no such time: {error}") from None
    digits = (fraction or ".")[1:7]
    first = _microseconds(moment) + (int(digits.ljust(6, "0")) if digits else 0)
    length = 10 ** (6 - len(digits)) if second else 60 * _SECOND if minute else 86_400 * _SECOND
    return Span(first, first + length)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
