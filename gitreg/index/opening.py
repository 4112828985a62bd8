"""The index as a file in the Git directory: found or made, looked at before it is trusted, and thrown away.

A newer gitreg may work in the same clone. Its file has the common name and stays; this gitreg then keeps one of its own
beside (docs/adr/0015-index.md). A file is thrown away only while nobody opens it, so that nobody takes the write-ahead
log of one file for that of another (https://www.sqlite.org/howtocorrupt.html, section 4.2); who has it open already keeps
what he has.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gitreg.gitrepo.names import ObjectId
from gitreg.index.closing import close, rest
from gitreg.index.networks import is_shared
from gitreg.index.schema import FORMAT, INDICES, TABLES, make
from gitreg.index.state import state_of
from gitreg.index.trouble import DamagedError, UnusableError, told

FILE = "index.sqlite"
OWN = f"index-{FORMAT}.sqlite"
"""This gitreg's file where a newer one has the common one."""
LOCK = "index.lock"
LINE = "index.line"
PATIENCE = 60.0
"""Seconds to wait for others who write."""
BESIDE = ("-wal", "-shm", "-journal")
"""SQLite's own files beside one."""
_STEP = 0.002
_SETTINGS = (
    "PRAGMA synchronous = NORMAL",  # what a power cut may take is the last commits, and they are read again
    "PRAGMA cache_size = -16000",
    "PRAGMA wal_autocheckpoint = 0",  # closing.py and build.py do that
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)
_NAMED = re.compile(r"CREATE (?:UNIQUE )?(?:TABLE|INDEX) (\w+)")
_NEEDED = {_NAMED.match(statement)[1]: statement for statement in TABLES}  # type: ignore[index]  # they are ours
_OFFERED = {name: f"CREATE INDEX {name} ON {columns}" for name, columns in INDICES.items()}


class NewerError(Exception):
    """The file is a newer gitreg's; never leaves this package."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open index.

    Args:
        connection: SQLite's.
        path: its file; None when it is this process's alone.
        inode: the number of the file that was opened, wherever the path leads by now.
        arrangement: SQLite's number of the tables and indices that were looked at.
    """

    connection: sqlite3.Connection
    path: Path | None = None
    inode: int = 0
    arrangement: int = 0

    @property
    def line(self) -> Path | None:
        """The file by which those who build it queue."""
        return self.path.with_name(LINE) if self.path else None

    def close(self) -> None:
        """Closes it; a transaction that is open is undone."""
        close(self.connection, self.path, self.inode)

    def rest(self) -> bool:
        """Ends what was asked, so that more may be asked later; tells whether it may stay open until then."""
        return rest(self.connection, self.path, self.inode)

    def is_current(self) -> bool:
        """Whether what was looked at when it was opened is what there is: file, tables and indices."""
        try:
            is_there = self.path is not None and self.path.lstat().st_ino == self.inode
            return is_there and _arrangement(self.connection) == self.arrangement
        except (OSError, sqlite3.DatabaseError):
            return False

    def throw_away(self) -> None:
        """Removes the file, unless somebody else did so already; what is open stays open until it is closed.

        Raises:
            UnusableError: it cannot be removed.
        """
        if self.path is None:
            return
        with _lock(self.path.parent, fcntl.LOCK_EX), suppress(FileNotFoundError):
            if self.path.lstat().st_ino == self.inode:
                _remove(self.path)


def opened(folder: Path) -> Opened:
    """Opens the index in a folder, or makes an empty one.

    Raises:
        UnusableError: there can be none, or none that this process may write.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableError from error
    try:
        return _found_or_made(folder / FILE)
    except NewerError:
        return _found_or_made(folder / OWN)


def read_only(folder: Path, tip: ObjectId | None) -> Opened:
    """Opens the index in a folder where nothing may be written, if it is of a commit.

    Raises:
        UnusableError: there is none, or it is of another commit.
    """
    connection = _readable(folder, immutable=False)
    try:
        is_right = state_of(connection).is_of(tip)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise told(error) from error
    if not is_right:
        connection.close()
        raise UnusableError
    return Opened(connection)


def private(folder: Path) -> Opened:
    """An index of this process alone, which is gone when it is closed: a copy of the one in the folder, or an empty one.

    SQLite keeps it in memory, and on the disk for temporary files what goes beyond its cache.
    """
    copy = _blank()
    try:
        with closing(_readable(folder, immutable=True)) as source:
            source.backup(copy)
        _look(copy)
    except (sqlite3.DatabaseError, DamagedError, UnusableError, NewerError):
        copy.close()
        copy = _blank()
        make(copy)
    return Opened(copy)


def _found_or_made(path: Path) -> Opened:
    with _lock(path.parent, fcntl.LOCK_SH), suppress(DamagedError, FileNotFoundError):
        return _checked(path)
    with _lock(path.parent, fcntl.LOCK_EX):
        with suppress(DamagedError, FileNotFoundError):
            return _checked(path)
        _remove(path)
        _make(path)
        try:
            return _checked(path)
        except DamagedError as error:
            raise UnusableError from error


@contextmanager
def _lock(folder: Path, kind: int) -> Iterator[None]:
    """Keeps the files of a folder as they are (shared), or keeps others from opening them (exclusive)."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise UnusableError from error
    try:
        limit = time.monotonic() + PATIENCE
        while not _is_locked(descriptor, kind):
            if time.monotonic() > limit:
                raise UnusableError
            time.sleep(_STEP)
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # no locks here, so nobody could be kept out
        raise UnusableError from error
    return True


def _checked(path: Path) -> Opened:
    """Opens a file, if it is an index of this gitreg.

    Raises:
        FileNotFoundError: there is none.
        DamagedError: it is something else.
        NewerError: it is a newer gitreg's.
        UnusableError: it cannot be opened.
    """
    inode = _look_at_files(path)
    connection = _connect(path, "mode=rw")
    try:
        arrangement = _arrangement(connection)
        _look(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise told(error, bug=DamagedError) from error
    except BaseException:
        connection.close()
        raise
    return Opened(connection, path, inode, arrangement)


def _arrangement(connection: sqlite3.Connection) -> int:
    """A number that changes with the tables and indices (https://www.sqlite.org/pragma.html#pragma_schema_version)."""
    [[number]] = connection.execute("PRAGMA schema_version")
    return int(number)


def _look_at_files(path: Path) -> int:
    """Whoever made the folder may have put anything there, links to other files for instance."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        raise DamagedError
    for suffix in BESIDE:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(Path(f"{path}{suffix}").lstat().st_mode):
                raise DamagedError
    return status.st_ino


def _connect(path: Path, how: str) -> sqlite3.Connection:
    place = f"{path.absolute().as_uri()}?{how}"
    try:
        connection = sqlite3.connect(
            place, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
    except sqlite3.DatabaseError as error:
        raise told(error) from error
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise told(error, bug=DamagedError) from error
    return connection


def _look(connection: sqlite3.Connection) -> None:
    """Nothing but our own tables: no trigger or view of a stranger's, and no other arrangement."""
    try:
        [[number]] = connection.execute("PRAGMA user_version")
        if number > FORMAT:
            raise NewerError
        found = dict(
            connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            )
        )
        is_whole = connection.execute(
            "SELECT 1 FROM state WHERE name = 'commit' AND value IS NOT NULL"
        ).fetchone()
    except sqlite3.DatabaseError as error:
        raise told(error, bug=DamagedError) from error
    offered = {name: found.pop(name) for name in _OFFERED if name in found}
    if number != FORMAT or found != _NEEDED or not offered.items() <= _OFFERED.items():
        raise DamagedError
    if is_whole and len(offered) < len(_OFFERED):
        raise DamagedError


def _make(path: Path) -> None:
    if not is_shared(path.parent):
        try:
            _make_with(path, "WAL")
        except (sqlite3.DatabaseError, DamagedError, UnusableError):
            _remove(path)  # no memory can be shared there
        else:
            return
    try:
        _make_with(path, "DELETE")
    except (sqlite3.DatabaseError, DamagedError) as error:
        raise UnusableError from error


def _make_with(path: Path, mode: str) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666))
    except OSError as error:
        raise UnusableError from error
    with closing(_connect(path, "mode=rw")) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        make(connection)


def _remove(path: Path) -> None:
    """The file first: SQLite takes no log for an empty file, and a file without its log would be half of one."""
    for one in (path, *(Path(f"{path}{suffix}") for suffix in BESIDE)):
        try:
            one.unlink(missing_ok=True)
        except OSError as error:
            raise UnusableError from error


def _readable(folder: Path, *, immutable: bool) -> sqlite3.Connection:
    """Opens an index only to read it.

    Args:
        folder: where it is.
        immutable: also where SQLite could not tell others that it is being read, as long as no log is beside.
    """
    for name in (FILE, OWN):
        for how in ("mode=ro", "mode=ro&immutable=1")[: 1 + immutable]:
            path = folder / name
            with suppress(OSError, DamagedError, NewerError, UnusableError):
                _look_at_files(path)
                if "immutable" in how and _is_logged(path):
                    continue
                connection = _connect(path, how)
                try:
                    _look(connection)
                except BaseException:
                    connection.close()
                    raise
                return connection
    raise UnusableError


def _is_logged(path: Path) -> bool:
    beside = [Path(f"{path}{suffix}") for suffix in ("-wal", "-journal")]
    return any(one.exists() and one.stat().st_size for one in beside)


def _blank() -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None)
    for setting in (*_SETTINGS, "PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF"):
        connection.execute(setting)
    return connection
