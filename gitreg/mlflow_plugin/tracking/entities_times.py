"""MLflow's times are milliseconds since 1970; a record's are moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // _MILLISECOND


def moment_of(milliseconds: float) -> datetime:
    """The moment; one beyond the year 9999 is its last day, as no calendar goes on."""
    return EPOCH + timedelta(milliseconds=max(0, min(int(milliseconds), _LAST)))


def milliseconds_of(moment: datetime) -> int:
    """Milliseconds since 1970, of which a part counts not at all."""
    return (moment - EPOCH) // _MILLISECOND


def milliseconds_or_none(moment: datetime | None) -> int | None:
    """The same; None of None."""
    return None if moment is None else milliseconds_of(moment)
