"""Candidates from a file that another program wrote: JSON (an object, an array, or one object a line) or YAML.

Strict as records are: unknown keys, wrong types and keys that are there twice are refused, each with its place. Values
of params stay the text that stands in the file. Knows text; nothing of where it came from.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from gitreg.documents.events_ruamel import tree
from gitreg.documents.faults import record_faults, told
from gitreg.documents.nodes import Node, SequenceNode, at
from gitreg.documents.screen import screen
from gitreg.documents.shapes import Fault, Reading, record_shape
from gitreg.domain.candidate import Code, DataSource, Environment, Pipeline, Status
from gitreg.domain.names import CandidateId, Key, Name, Text
from gitreg.domain.record import Time, Value
from gitreg.errors import RecordError
from gitreg.workflows.candidates.json_tree import json_tree

MAX_BYTES = 256 * 1024 * 1024
NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""JSON has no such numbers; programs write them as text."""
SPACE = re.compile(r"[ \t\r\n]*")
DIVIDER = re.compile(r"^---(?=[ \t\r]|$)[^\n]*\n?", re.MULTILINE)
# JSON writes a character beyond U+FFFF as two escapes (RFC 8259, section 7); YAML knows no such pairs
PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


class LoggedCandidate(Value):
    """A candidate as another program describes it: the keys of the record, and paths as artifacts."""

    experiment: Name | None = None
    name: Name | None = None
    status: Status = "finished"
    created: Time | None = None
    finished: Time | None = None
    parent: CandidateId | None = None
    code: Code | None = None
    data: list[DataSource] = []  # noqa: RUF012 - pydantic copies it
    params: dict[Key, Text] = {}  # noqa: RUF012
    metrics: dict[Key, float] = {}  # noqa: RUF012
    tags: dict[Key, Text] = {}  # noqa: RUF012
    notes: Text = ""
    environment: Environment | None = None
    ci: Pipeline | None = None
    artifacts: list[Text] = []  # noqa: RUF012


@dataclass(frozen=True)
class _Slice:
    """A part of the text that is one document, and the line and column at which it begins, from 1."""

    text: str
    line: int
    column: int
    is_json: bool = False


def read_candidates(content: bytes, path: str) -> list[LoggedCandidate]:
    """Every candidate in a file that is in memory; as `stream_candidates`."""
    return list(stream_candidates(io.BytesIO(content), path))


def stream_candidates(file: BinaryIO, path: str) -> Iterator[LoggedCandidate]:
    """Every candidate in a file, one after another.

    One object a line is read line by line, whatever the file's size; any other document is read whole.

    Args:
        file: the file, open.
        path: its name, for messages.

    Raises:
        RecordError: with the place of the first fault; for a document of more than 256 MiB.
    """
    number = 0
    while line := file.readline(MAX_BYTES + 1):
        number += 1
        if not line.strip() and len(line) <= MAX_BYTES:
            continue
        text = _whole_object(line)
        if text is None:
            yield from _document(line, file, path, number)
            return
        yield from _read(_Slice(text, number, 1, is_json=True), path)


def _whole_object(line: bytes) -> str | None:
    """The line's text, if it is one JSON object and nothing else."""
    if not line.startswith(b"{") or not line.rstrip().endswith(b"}"):
        return None
    try:
        text = line.decode("utf-8").rstrip()
        end = json.JSONDecoder(parse_int=str).raw_decode(text)[1]
    except (ValueError, RecursionError):
        return None
    return text if end == len(text) else None


def _document(begun: bytes, file: BinaryIO, path: str, number: int) -> Iterator[LoggedCandidate]:
    """The rest of a file from the line `number`, which was begun already."""
    content = begun + file.read(max(MAX_BYTES + 1 - len(begun), 0))
    if len(content) > MAX_BYTES:
        message = f"more than {MAX_BYTES} bytes, of which only one object a line may have more"
        raise RecordError(message, place=at(path, number, 1))
    text = "\n" * (number - 1) + _text(content, path, number)
    slices = _json(text, path) if text.lstrip()[:1] in {"{", "["} else _yaml(text)
    for part in slices:
        yield from _read(part, path)


def _text(content: bytes, path: str, number: int) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + number, error.start - before.rfind(b"\n")
        raise RecordError("not UTF-8 text", place=at(path, line, column)) from None


def _yaml(text: str) -> Iterator[_Slice]:
    start = 0
    for divider in [*DIVIDER.finditer(text), None]:
        part = text[start : divider.start()] if divider else text[start:]
        if part.strip():
            yield _Slice(part, text.count("\n", 0, start) + 1, 1)
        start = divider.end() if divider else len(text)


def _json(text: str, path: str) -> Iterator[_Slice]:
    """The objects of an array, or objects one after another; json only finds where each ends."""
    where, line, seen = _skip(text, 0), 1, 0
    is_array = text[where] == "["
    if is_array:
        where = _skip(text, where + 1)
    while where < len(text) and not (is_array and text[where] == "]"):
        end = _end(text, where, path)
        line, seen = line + text.count("\n", seen, where), where
        yield _Slice(text[where:end], line, where - text.rfind("\n", 0, where), is_json=True)
        where = _skip(text, end)
        if is_array:
            where = _after_item(text, where, path)
    if is_array and where == len(text):
        raise _misplaced(text, where, path, "the array is not closed; expected ']'")
    after = _skip(text, where + 1)
    if is_array and after != len(text):
        raise _misplaced(text, after, path, "more after the array")


def _skip(text: str, where: int) -> int:
    found = SPACE.match(text, where)
    return found.end() if found else where


def _end(text: str, where: int, path: str) -> int:
    try:
        return json.JSONDecoder(parse_int=str).raw_decode(text, where)[1]
    except json.JSONDecodeError as error:
        raise RecordError(f"not JSON: {error.msg}", place=at(path, error.lineno, error.colno)) from None
    except RecursionError:
        raise _misplaced(text, where, path, "nested too deep") from None


def _after_item(text: str, where: int, path: str) -> int:
    sign = text[where : where + 1]
    if sign == "]":
        return where
    following = _skip(text, where + 1)
    if sign != "," or text[following : following + 1] == "]":
        raise _misplaced(text, where, path, "expected ',' and another object, or ']'")
    return following


def _misplaced(text: str, where: int, path: str, message: str) -> RecordError:
    line = text.count("\n", 0, where) + 1
    return RecordError(f"not JSON: {message}", place=at(path, line, where - text.rfind("\n", 0, where)))


def _joined_pairs(text: str) -> str:
    def join(match: re.Match[str]) -> str:
        units = bytes.fromhex(match[2] + match[3])
        return match[1] + units.decode("utf-16-be")

    return PAIR.sub(join, text)


def _read(part: _Slice, path: str) -> list[LoggedCandidate]:
    quick = json_tree(part.text) if part.is_json else None
    if quick is not None:
        with suppress(RecordError):  # it is read again, for the place of the fault
            return [_candidate(quick, path)]
    text = _joined_pairs(part.text) if part.is_json else part.text
    try:
        root = tree(screen(text.encode(), path), path)
        nodes = root.items if isinstance(root, SequenceNode) else (root,)
        return [_candidate(node, path) for node in nodes]
    except RecordError as error:
        raise RecordError(error.message, hint=error.hint, place=_shifted(error.place, part)) from None


def _candidate(node: Node, path: str) -> LoggedCandidate:
    reading = Reading(NUMBERS)
    values = record_shape(LoggedCandidate)(node, (), reading)
    if reading.faults:
        raise told(_first(reading.faults), path)
    try:
        return LoggedCandidate.model_validate(values)
    except ValueError as error:
        # pydantic's own class cannot be named on this floor; nothing else raises here
        raise told(_first(list(record_faults(cast("Any", error), node))), path) from None


def _first(faults: list[Fault]) -> Fault:
    return min(faults, key=lambda fault: (fault.node.place.line, fault.node.place.column))


def _shifted(place: str | None, part: _Slice) -> str | None:
    if place is None:
        return None
    path, line, column = place.rsplit(":", 2)
    indent = part.column - 1 if line == "1" else 0
    return at(path, int(line) + part.line - 1, int(column) + indent)
