"""The floor of a logged point: one `write()` of the same line to a file that is open for appending."""

from __future__ import annotations

import os
from pathlib import Path

from figures import Contestant

NAME = "one appending write() (floor)"
LINE = (
    b'\n{"kind":"metric","key":"loss","value":0.1234567,"step":123456,"time":"2026-11-22T15:04:05.123456Z"}'
)


def contestant(place: Path, calls: int) -> Contestant:
    """Nothing but the system call."""
    descriptor = os.open(place / "lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def act(_: object) -> None:
        for _step in range(calls):
            os.write(descriptor, LINE)

    return Contestant(NAME, 0, lambda turn: turn, act, lambda: os.close(descriptor))
