"""A file that should be a record, read once for all rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitreg.checks.files import Files
from gitreg.documents.events_ruamel import tree
from gitreg.documents.faults import told
from gitreg.documents.nodes import MappingNode, Node, at
from gitreg.documents.reader import canonical_values, record_of
from gitreg.documents.schemas import KINDS
from gitreg.documents.screen import screen
from gitreg.documents.writer import kind_name
from gitreg.domain.record import Record
from gitreg.errors import RecordError

NO_RECORD = "no record: expected a line like 'schema: gitreg/candidate/v1'"
SCHEMA = re.compile(rb"^[\"']?schema[\"']?[ \t]*:[ \t]*[\"']?gitreg/([a-z-]{1,40})/v[0-9]", re.MULTILINE)


@dataclass(frozen=True)
class Judged:
    """What a file is, and what is wrong with it; a record only where nothing is wrong.

    Args:
        strict: the record, where the strict reader made it.
        faults: what is wrong.
        kind: what the values are of.
        values: of a text that is surely canonical, which is checked without making a record of it: most are never looked into.
    """

    strict: Record | None
    faults: tuple[RecordError, ...]
    kind: type[Record] | None = None
    values: Mapping[str, Any] | None = None

    @cached_property
    def record(self) -> Record | None:
        """The record."""
        return self.kind.model_validate(self.values) if self.kind and self.values is not None else self.strict


NOTHING = Judged(None, ())


def judged(files: Files, path: str, kind: type[Record] | None) -> Judged:
    """The record at a path: of the kind that lives there or, where none does, of what the file itself says."""
    try:
        content = files.content(path)
        if content is None:
            return NOTHING
        kind = kind or _said_kind(content)
        values = canonical_values(content, kind) if kind else None
        if values is not None:
            return Judged(None, (), kind, values)
        root = tree(screen(content, path), path)
        if kind is None:
            return Judged(None, (RecordError(NO_RECORD, place=at(path, 1, 1)),))
        record, faults = record_of(root, kind, path)
    except RecordError as error:
        return Judged(None, (error,))
    ordered = sorted(faults, key=lambda fault: (fault.node.place.line, fault.node.place.column))
    return Judged(record, tuple(told(fault, path) for fault in ordered))


def place_of(files: Files, path: str, *keys: str) -> tuple[int, int]:
    """Line and column of a key in a file; of the nearest key above it that is there."""
    try:
        content = files.content(path)
        node: Node = tree(screen(content or b"", path), path)
    except RecordError:
        return 1, 1
    found = 1, 1
    for key in keys:
        entry = node.get(key) if isinstance(node, MappingNode) else None
        if entry is None:
            break
        found, node = (entry[0].place.line, entry[0].place.column), entry[1]
    return found


def _said_kind(content: bytes) -> type[Record] | None:
    match = SCHEMA.search(content)
    return next((kind for kind in KINDS if match and kind_name(kind) == match[1].decode()), None)
