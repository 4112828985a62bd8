"""What an error of SQLite means for an index, which can be thrown away."""

from __future__ import annotations

import sqlite3
from typing import Literal

Trouble = Literal["damaged", "unusable", "interrupted", "bug"]
_DAMAGED = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_CONSTRAINT,  # rows that exclude each other, which only a damaged index lets us try to write
    sqlite3.SQLITE_MISMATCH,
}
_UNUSABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}
_IOERR_SHORT_READ = sqlite3.SQLITE_IOERR | 2 << 8
_PRIMARY = 0xFF
"""An extended code's low byte is its primary code (https://www.sqlite.org/rescode.html)."""


class DamagedError(Exception):
    """The index is none, or of an older arrangement: it is thrown away. Never leaves this package."""


class UnusableError(Exception):
    """The index cannot be used where it is: another one is made beside. Never leaves this package."""


def trouble(error: sqlite3.DatabaseError) -> Trouble:
    """What is to be done about an error."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # Python's own words, of which one is about what stands in the file
        return "damaged" if str(error).startswith("Could not decode") else "bug"
    if code == _IOERR_SHORT_READ or code & _PRIMARY in _DAMAGED:
        return "damaged"
    if code & _PRIMARY == sqlite3.SQLITE_INTERRUPT:
        return "interrupted"
    return "unusable" if code & _PRIMARY in _UNUSABLE else "bug"


def told(error: sqlite3.DatabaseError, bug: type[Exception] | None = None) -> BaseException:
    """The error to raise in place of SQLite's.

    Args:
        error: SQLite's.
        bug: what an error comes to that should not be; itself when None.
    """
    kind = trouble(error)
    if kind == "bug":
        return bug() if bug else error
    return {"damaged": DamagedError, "unusable": UnusableError, "interrupted": KeyboardInterrupt}[kind]()
