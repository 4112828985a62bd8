"""Where the system refused something: for the one message about a full disk that nobody foresaw."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOM = 64 * 1024
"""Bytes below which a file system counts as full."""


def place_of(error: OSError, words: Sequence[str]) -> str:
    """The file that an error is about; where the system does not say, the folders of this call that have no room.

    Args:
        error: what the system said.
        words: what the command line was called with.
    """
    if error.filename is not None:
        return str(error.filename)
    places = dict.fromkeys(
        Path(word).resolve() for word in (".", *words, _temporary()) if word and Path(word).is_dir()
    )
    full = [place for place in places if _room(place) < ROOM]
    return f"a file in {' or '.join(map(str, full or places))}"


def is_about_temporary_files(error: OSError) -> bool:
    """Whether Python found no folder for temporary files that can be written to: it says so without naming a file."""
    return error.errno == errno.ENOENT and error.filename is None and not _temporary()


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        return ""


def _room(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize
