"""Errors of logging are kept and told once, so that a training never dies of them."""

from __future__ import annotations

import warnings
from types import TracebackType


class GitregWarning(UserWarning):
    """Something could not be logged; the training goes on."""


class Keeping:
    """A `with` block whose exceptions are kept instead of raised; with `strict` they are raised.

    Args:
        strict: raise after all.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.errors: list[Exception] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or self.strict:
            return False
        self.errors.append(error)
        if len(self.errors) == 1:
            self.tell(f"{words(error)} (the training goes on; further errors are kept in candidate.errors)")
        return True

    @staticmethod
    def tell(message: str) -> None:
        """Warns, naming the line of the user's that called."""
        warnings.warn(f"gitreg: {message}", GitregWarning, stacklevel=4)


def words(error: Exception) -> str:
    """What an exception says; its class where it says nothing."""
    return str(error) or type(error).__name__
