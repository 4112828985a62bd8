"""MLflow's times are milliseconds since 1970; a record's are moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gitreg.mlflow_plugin.faults import invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // _MILLISECOND


def moment_of(milliseconds: float) -> datetime:
    """The moment; one beyond the year 9999 is its last day, as no calendar goes on.

    Raises:
        MlflowException: if it is no number of milliseconds.
    """
    try:
        whole = int(milliseconds)
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid(f"{milliseconds!r} is no time in milliseconds since 1970") from error
    return EPOCH + timedelta(milliseconds=max(0, min(whole, _LAST)))


def milliseconds_of(moment: datetime) -> int:
    """Milliseconds since 1970, of which a part counts not at all."""
    return (moment - EPOCH) // _MILLISECOND


def milliseconds_or_none(moment: datetime | None) -> int | None:
    """The same; None of None."""
    return None if moment is None else milliseconds_of(moment)
