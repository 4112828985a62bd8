"""The registry that an MLflow URI names, open for one call: MLflow's server asks from many threads of several processes.

Each call of a store borrows an open registry, and gives it back (`borrowing`): as many are open as calls are at work, and a
few are kept for the next ones, so that Git's processes do not pile up with a server's threads. Nothing is remembered here
that another process would miss.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gitreg.errors import UsageError
from gitreg.mlflow_plugin.first_use import open_folder
from gitreg.mlflow_plugin.mirrors import keep_fresh, mirror_of
from gitreg.mlflow_plugin.uris import RegistryUri
from gitreg.store import Author
from gitreg.workflows.registry import Registry, author_at

KEPT = 4
"""Registries that stay open while nobody asks."""
MOST = 16
"""Calls that are at work at once in one process; more of them wait a while for their turn."""
PATIENCE = 10.0
"""Seconds that a call waits for its turn; then it comes in any case, for whoever is in front may be sending gigabytes."""
AGE = 300.0
"""Seconds after which a registry is opened anew: its settings, and Git's, may have changed."""


@dataclass(frozen=True)
class _Opened:
    """An open registry.

    Args:
        registry: the registry.
        uri: what it was opened by.
        folder: which folder its Git directory was.
        since: when, by the monotonic clock.
        is_mirror: whether there is a remote to be asked for news.
    """

    registry: Registry
    uri: str
    folder: tuple[int, int]
    since: float
    is_mirror: bool

    @property
    def is_good(self) -> bool:
        """Whether it may be used again: it is young, and its folder is not another one's by now."""
        young = time.monotonic() - self.since < AGE
        return young and _folder(self.registry.repository.git_dir) == self.folder


@dataclass
class _Hand(threading.local):
    """What one thread has borrowed, and how many calls within calls it is in."""

    depth: int = 0
    held: dict[str, _Opened] = field(default_factory=dict)
    turn: bool = False


@dataclass
class _Shelf:
    """The registries of one process that nobody uses at the moment."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST))
    idle: list[_Opened] = field(default_factory=list)

    def take(self, uri: str) -> _Opened | None:
        """The one that was given back last, for it remembers most."""
        with self.lock:
            for at in range(len(self.idle) - 1, -1, -1):
                if self.idle[at].uri == uri:
                    return self.idle.pop(at)
        return None

    def put(self, opened: _Opened) -> None:
        """Keeps it, or one that was kept longer is closed."""
        with self.lock:
            self.idle.append(opened)
            closing = self.idle.pop(0) if len(self.idle) > KEPT else None
        if closing is not None:
            closing.registry.close()


_hand = _Hand()
_shelf = _Shelf()


def _forget() -> None:
    """A forked child leaves its parent's registries alone, and its locks, which a thread that it has not may hold."""
    global _shelf, _hand
    _shelf, _hand = _Shelf(), _Hand()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def borrowing() -> Iterator[None]:
    """A call of MLflow's: what it opens is given back when it ends. Calls within calls share."""
    hand = _hand
    hand.depth += 1
    try:
        yield
    finally:
        hand.depth -= 1
        if hand.depth == 0:
            _give_back(hand)


def opened(uri: str) -> Registry:
    """The registry that a tracking or registry URI names; one is made where none is yet.

    Within `borrowing` it is this call's; elsewhere it stays this thread's.

    Raises:
        NotFoundError: if there is none, and none can be made.
        UsageError: if the URI means nothing.
    """
    return _borrowed(uri, make=True)


def opened_if_there(uri: str) -> Registry:
    """The registry that a URI names, for who only looks: none is made.

    Raises:
        NotFoundError: if there is none.
        UsageError: if the URI means nothing.
    """
    return _borrowed(uri, make=False)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def author(registry: Registry) -> Author:
    """Who commits, now."""
    return author_at(registry, now())


def close_all() -> None:
    """Closes what nobody uses at the moment, and what this thread opened outside of calls."""
    held = {} if _hand.depth else _hand.held
    with _shelf.lock:
        closing, _shelf.idle[:] = [*_shelf.idle, *held.values()], []
    held.clear()
    for one in closing:
        one.registry.close()


def _borrowed(uri: str, *, make: bool) -> Registry:
    hand = _hand
    found = hand.held.get(uri)
    if found is not None and (hand.depth or found.is_good):
        return found.registry
    if not hand.turn and hand.depth:
        hand.turn = _shelf.turns.acquire(timeout=PATIENCE)
    found = _shelf.take(uri)
    if found is not None and not found.is_good:
        found.registry.close()
        found = None
    if found is not None and found.is_mirror:
        keep_fresh(found.registry)
    found = found or _open(uri, make=make)
    hand.held[uri] = found
    return found.registry


def _give_back(hand: _Hand) -> None:
    held, hand.held = hand.held, {}
    for one in held.values():
        _shelf.put(one)
    if hand.turn:
        hand.turn = False
        _shelf.turns.release()


def _open(uri: str, *, make: bool) -> _Opened:
    named = RegistryUri.parse(uri)
    environ = dict(os.environ)
    if named.is_local:
        registry = open_folder(named.folder, environ, now=now(), make=make)
    else:
        registry = mirror_of(named, environ, now=now())
    folder = _folder(registry.repository.git_dir)
    if folder is None:
        raise UsageError(f"{registry.repository.git_dir} went away while it was opened")
    return _Opened(registry, uri, folder, time.monotonic(), not named.is_local)


def _folder(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
