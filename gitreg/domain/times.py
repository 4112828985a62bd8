"""Moments, and how records write them: UTC, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime

TIME_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$"


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: for a time without a zone, as nobody could know which moment it is, or one beyond the calendar.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone: write it in UTC, like '2026-11-22T15:04:05.123456Z'")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time must lie in the years 1 to 9999 of UTC") from None


def time_text(moment: datetime) -> str:
    """A moment as records write it: UTC with microseconds (RFC 3339)."""
    return utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
