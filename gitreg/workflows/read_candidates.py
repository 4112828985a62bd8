"""Candidates from a file that another program wrote: JSON (an object, an array, or one object a line) or YAML.

Strict as records are: unknown keys, wrong types and keys that are there twice are refused, each with its place. Values
of params stay the text that stands in the file. Knows text; nothing of where it came from.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from gitreg.documents.events_ruamel import tree
from gitreg.documents.faults import record_faults, told
from gitreg.documents.nodes import Node, SequenceNode, at
from gitreg.documents.screen import screen
from gitreg.documents.shapes import Fault, Reading, record_shape
from gitreg.domain.candidate import Code, DataSource, Environment, Pipeline, Status
from gitreg.domain.names import CandidateId, Key, Name, Text
from gitreg.domain.record import Time, Value
from gitreg.errors import RecordError

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


def read_candidates(content: bytes, path: str) -> list[LoggedCandidate]:
    """Every candidate in a file.

    Args:
        content: the file's bytes.
        path: the file's name, for messages.

    Raises:
        RecordError: with the place of the first fault.
    """
    if len(content) > MAX_BYTES:
        raise RecordError(f"more than {MAX_BYTES} bytes", place=at(path, 1, 1))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise RecordError("not UTF-8 text", place=at(path, line, column)) from None
    slices = _json(text, path) if text.lstrip()[:1] in {"{", "["} else _yaml(text)
    return [candidate for part in slices for candidate in _read(part, path)]


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
        yield _Slice(_joined_pairs(text[where:end]), line, where - text.rfind("\n", 0, where))
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
    try:
        root = tree(screen(part.text.encode(), path), path)
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
