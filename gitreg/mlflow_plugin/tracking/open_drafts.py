"""Running runs that this process writes to or looks at, kept open: a training logs the same one thousands of times.

What is kept is nothing that other processes would miss: open files, and what was read of a journal, which goes on where it was.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitreg.drafts import Deletion, Draft, Heartbeat, ProcessMark, process_mark, served_mark
from gitreg.drafts.draft import JOURNAL
from gitreg.drafts.following import Followed
from gitreg.drafts.heartbeat import EVERY, HEARTBEAT, touch
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import entry_of
from gitreg.errors import NotFoundError

SERVED = "_MLFLOW_SERVER_FILE_STORE"
"""MLflow's server sets it for its workers (mlflow/server/constants.py): they work for trainings that run elsewhere."""
MOST = 64
"""So many are kept open."""
_DELETION = b'{"kind":"deletion"'


class OpenDraft:
    """A draft that is open here.

    Its journal is held open, so that no other file gets its number: a run that is reopened has another journal in the same
    place.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft, folder = draft, draft.folder
        try:
            held = os.open(folder / JOURNAL, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise NotFoundError(f"{folder} is gone") from error
        weakref.finalize(self, os.close, held)
        self.inode = os.fstat(held).st_ino
        self._news = Journal(folder / JOURNAL)
        self._offset = 0
        self._deleted = False
        self._followed = Followed()
        self._lock, self._following = threading.Lock(), threading.Lock()

    @property
    def is_deleted(self) -> bool:
        """Whether it was deleted, which metric points in their thousands need not be read for."""
        with self._lock:
            news, self._offset = self._news.news(self._offset)
            for text in news:
                entry = entry_of(text, self._news.path) if text.startswith(_DELETION) else None
                if isinstance(entry, Deletion):
                    self._deleted = entry.time is not None
            return self._deleted

    @contextmanager
    def followed(self) -> Iterator[Followed]:
        """All that was logged until now, for a block that keeps other threads from reading on, not from logging.

        Raises:
            NotFoundError: if it was removed meanwhile.
        """
        with self._following:
            self._followed.read_on(self.draft.folder / JOURNAL)
            yield self._followed


class Hearts(Heartbeat):
    """One thread that beats for every draft that this process works for: a sweep has hundreds."""

    def __init__(self) -> None:
        super().__init__(Path())
        self._beating: set[Path] = set()
        self._is_started = False

    def add(self, folder: Path) -> None:
        """Beats for a draft, which began to live just now."""
        self._beating.add(folder / HEARTBEAT)
        if not self._is_started:
            self._is_started = True
            self.start()

    def remove(self, folder: Path) -> None:
        """Beats for it no more."""
        self._beating.discard(folder / HEARTBEAT)

    def _beat(self, stopping: threading.Event) -> None:
        while not stopping.wait(EVERY):
            for path in list(self._beating):
                if not touch(path):
                    self._beating.discard(path)


class OpenDrafts:
    """The drafts that are open in this process, and the heart that beats for those that began here."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        """Forgets all: a forked child owns nothing, and a thread that it has not may hold the lock."""
        self._lock = threading.Lock()
        self._opened: OrderedDict[Path, OpenDraft] = OrderedDict()
        self._hearts = Hearts()

    def get(self, folder: Path) -> OpenDraft | None:
        """The draft in a folder; None where there is none."""
        try:
            inode = (folder / JOURNAL).stat().st_ino
        except OSError:
            self.forget(folder)
            return None
        with self._lock:
            found = self._opened.get(folder)
            if found is not None and found.inode == inode:
                self._opened.move_to_end(folder)
                return found
        with suppress(NotFoundError):
            return self.open(Draft.open(folder))
        return None

    def open(self, draft: Draft) -> OpenDraft:
        """Keeps a draft open that is known to be there."""
        opened = OpenDraft(draft)
        with self._lock:
            self._opened[draft.folder] = opened
            while len(self._opened) > MOST:
                self._opened.popitem(last=False)
        return opened

    def own(self, folder: Path) -> None:
        """Lets the heart beat for a draft while this process works for it; a server's hearts would beat for nobody."""
        if not is_served():
            with self._lock:
                self._hearts.add(folder)

    def forget(self, folder: Path) -> None:
        """Lets go of a draft that ended."""
        with self._lock:
            self._opened.pop(folder, None)
            self._hearts.remove(folder)


def is_served() -> bool:
    """Whether this process is MLflow's server, working for others."""
    return SERVED in os.environ


def own_mark() -> ProcessMark:
    """What tells the process that trains; a server knows only that it is another one."""
    return served_mark(os.getpid()) if is_served() else process_mark(os.getpid())


OPEN = OpenDrafts()


os.register_at_fork(after_in_child=OPEN.start_over)
