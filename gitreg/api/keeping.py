"""Errors of logging are kept and told once, so that a training never dies of them."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class GitregWarning(UserWarning):
    """Something could not be logged; the training goes on."""


MOST = 100
"""So many errors are kept: a disk that is full for an hour must not fill the memory, too."""


class Keeping:
    """A `with` block whose exceptions are kept instead of raised; with `strict` they are raised.

    Args:
        strict: raise after all.
        errors: where they are kept.
        meaning: says what a failure of the block means, for which it is told always; else only the first one is.
    """

    def __init__(
        self, *, strict: bool, errors: list[Exception] | None = None, meaning: Callable[[], str] | None = None
    ) -> None:
        self.strict = strict
        self.errors = [] if errors is None else errors
        self.meaning = meaning

    def meaning_that(self, meaning: Callable[[], str]) -> Self:
        """The same for a block whose failure means more than that something was not logged."""
        return type(self)(strict=self.strict, errors=self.errors, meaning=meaning)

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or self.strict:
            return False
        if len(self.errors) < MOST:
            self.errors.append(error.with_traceback(None))  # its frames would keep what they hold
        words = str(error) or type(error).__name__
        if self.meaning:
            tell(f"{words}; {self.meaning()}")
        elif len(self.errors) == 1:
            tell(f"{words} (the training goes on; further errors are kept in candidate.errors)")
        return True


def tell(message: str) -> None:
    """Warns, naming the line outside of gitreg that called; where warnings are errors, on stderr, and raises nothing."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "gitreg":
        frame, level = frame.f_back, level + 1
    try:
        warnings.warn(f"gitreg: {message}", GitregWarning, stacklevel=level + 1)
    except (
        GitregWarning,
        OSError,
        ValueError,
        AttributeError,
    ):  # the latter: a stderr that is closed, or none
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(f"gitreg: {message}\n")
