"""Closes an index without waiting for the disk: its write-ahead log stays, and is worked in when it has grown.

SQLite works the log in when the last connection closes, which syncs two files: twenty times what a small update costs. The
log is safe as it stands, for a power cut too: each of its frames has a checksum (https://www.sqlite.org/wal.html). SQLite
can be told so from Python 3.12 on. Before that, it is shown a reader: the lock that every reader holds on the file
(https://www.sqlite.org/fileformat2.html, "The Lock-Byte Page"), of the kind that belongs to an open file and not to a process
(fcntl_locking(2)), so that our own connection meets it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import struct
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

LONG = 6 << 20
"""Bytes of a log beyond which it is worked in: whoever opens the index reads all of it first, in some milliseconds."""
_SHARED_FIRST = 0x40000000 + 2
_SHARED_SIZE = 510
_SET_LOCK = getattr(fcntl, "F_OFD_SETLK", None)


def close(connection: sqlite3.Connection, path: Path | None, inode: int) -> None:
    """Closes a connection, and leaves the log as it is where that can be had and the log is short.

    Args:
        connection: what is closed; what it has not committed is undone.
        path: its file; None when it has none.
        inode: the file's number.
    """
    rest(connection, path, inode)
    connection.close()


def rest(connection: sqlite3.Connection, path: Path | None, inode: int) -> bool:
    """Ends what a connection is doing, for a while or before it is closed; a log that grew long is worked in.

    Returns:
        Whether the log stays when the connection is closed, however late: the path may lead to another file by then, of
        which SQLite would remove the log.
    """
    with suppress(sqlite3.Error, OSError):
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if path is not None and connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            _shorten_log(connection, path)
            return _leave_log(connection, path, inode)
    return False


def _shorten_log(connection: sqlite3.Connection, path: Path) -> None:
    if Path(f"{path}-wal").stat().st_size > LONG:
        [[patience]] = connection.execute("PRAGMA busy_timeout")
        # readers of older commits may need it for now; then whoever comes next does it
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def _leave_log(connection: sqlite3.Connection, path: Path, inode: int) -> bool:
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        return True
    return _SET_LOCK is not None and _show_reader(path, inode, os.getpid())


@lru_cache
def _show_reader(path: Path, inode: int, _process: int) -> bool:
    """Opens the file and holds a reader's lock on it until this process ends; tells whether it is still that file.

    It is opened once, and never closed: with a file that is closed all other locks of its process on it go
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, _SHARED_FIRST, _SHARED_SIZE, 0)
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.fcntl(descriptor, _SET_LOCK or 0, lock)
        return os.fstat(descriptor).st_ino == inode
    return False
