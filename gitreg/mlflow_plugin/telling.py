"""What is said to people: once, on MLflow's own log, so that a training never dies of it, whatever warnings are set to."""

from __future__ import annotations

import logging
import threading

_LOG = logging.getLogger("mlflow.gitreg")
"""Below MLflow's logger: it is shown as MLflow's own messages are, and turned off as they are."""
_told: set[str] = set()
_lock = threading.Lock()


def tell(message: str) -> None:
    """Says what was done."""
    _LOG.info("gitreg: %s", message)


def tell_once(message: str, *, about: str | None = None) -> None:
    """Warns, the first time in this process.

    Args:
        message: one sentence.
        about: what is warned of once, whatever the words are; the words when None.
    """
    key = message if about is None else about
    with _lock:
        if key in _told:
            return
        _told.add(key)
    _LOG.warning("gitreg: %s", message)


def may_tell_again(about: str) -> None:
    """It went well meanwhile, so the next time is news."""
    with _lock:
        _told.discard(about)
