"""How much work something is, counted in calls: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, ParamSpec

P = ParamSpec("P")
STUCK = 20.0
"""Seconds of CPU. Not a speed: nothing sound takes as long on any machine, and what goes back and forth takes minutes."""


def calls_of(act: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> int:
    """How many calls of functions, Python's and built-in ones, `act` takes.

    What one built-in does in a single call (a regular expression that goes back and forth) does not show here.
    """
    count = 0

    def seen(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(seen)
    try:
        act(*args, **kwargs)
    finally:
        sys.setprofile(None)
    return count
