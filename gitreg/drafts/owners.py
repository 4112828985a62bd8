"""Processes that own a draft beside the one that started it: who goes on with a candidate, in a second script, say.

A file of its own, for whether a draft lives is asked often, and its journal may be long.
"""

from __future__ import annotations

import os
from pathlib import Path

from gitreg.drafts.liveness import ProcessMark
from gitreg.errors import MachineError, NotFoundError, UsageError

OWNERS = "owners.ndjson"


def add_owner(draft: Path, mark: ProcessMark) -> None:
    """Appends a process, unless it is known.

    Raises:
        NotFoundError: if the draft is gone.
    """
    if mark in owners_of(draft):
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(draft / OWNERS, flags, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{draft} takes no more: the draft has ended", hint="gitreg status") from None
    except OSError as error:
        what = f"{draft} cannot be written"
        raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error
    try:
        os.write(descriptor, b"\n" + mark.model_dump_json().encode())
    finally:
        os.close(descriptor)


def owners_of(draft: Path) -> list[ProcessMark]:
    """Those that were appended; what a torn write left is none."""
    try:
        lines = (draft / OWNERS).read_bytes().split(b"\n")
    except OSError:
        return []
    return [mark for mark in map(_read, lines) if mark is not None]


def _read(line: bytes) -> ProcessMark | None:
    try:
        return ProcessMark.model_validate_json(line)
    except ValueError:
        return None
