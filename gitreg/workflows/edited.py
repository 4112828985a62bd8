"""A record's file with a change that somebody asks for; what cannot be recorded is the fault of the words, not of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from gitreg.documents.edit import Delete, KeyPath, changed, edit
from gitreg.documents.reader import read
from gitreg.documents.records_json import JsonValue
from gitreg.domain.record import Record
from gitreg.errors import RecordError, UsageError

R = TypeVar("R", bound=Record)


def edited(text: bytes, kind: type[R], path: str, changes: Mapping[KeyPath, JsonValue | Delete]) -> bytes:
    """The file with the changes made; people's comments in it stay.

    Raises:
        RecordError: if the file is no such record, or can only be changed by hand.
        UsageError: if the changed one would be none.
    """
    before = read(text, kind, path)
    try:
        changed(before, changes)
    except RecordError as error:
        raise UsageError(f"this cannot be recorded: {error.message}") from error
    return edit(text, kind, path, changes)
