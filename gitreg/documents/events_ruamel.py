"""The tree of a document from ruamel.yaml's events. The only module that knows ruamel.yaml.

Anchors, aliases, tags and directives are refused when the scanner meets their first character; depth, number
of nodes and of words are counted while events come, so that no document is read further than it may go.
"""

# ruff: noqa: ANN401 - ruamel.yaml's events and scanner have no types

from __future__ import annotations

import re
from typing import Any, NoReturn

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner

from gitreg.documents.limits import MAX_DEPTH, MAX_NODES, MAX_WORDS
from gitreg.documents.nodes import MappingNode, Node, Place, ScalarNode, SequenceNode, at, shown
from gitreg.domain.words import unprintable
from gitreg.errors import RecordError


def tree(text: str, path: str) -> Node:
    """The tree of the one document in `text`; a `TreeReader`.

    Raises:
        RecordError: with the place, for what is no YAML, or YAML that records do not use.
    """
    events = _Events(text, path)
    try:
        return _Builder(events, text).document()
    except MarkedYAMLError as error:
        raise _explained(error, path) from None
    except (YAMLError, ValueError, OverflowError):  # the last two: an escape beyond Unicode
        events.refuse("not YAML: an escape that stands for no character")


class _Events(Reader, Scanner, Parser):
    """ruamel's parser without what records do not use."""

    def __init__(self, text: str, path: str) -> None:
        self.comment_handling = None
        self.processing_version = (1, 2)
        self._resolver = self  # the parser asks its resolver for the version only
        self.path = path
        self.words = 0
        Reader.__init__(self, text, loader=self)
        Scanner.__init__(self, loader=self)
        Parser.__init__(self, loader=self)

    def refuse(self, message: str) -> NoReturn:
        """Ends reading where the scanner stands."""
        raise RecordError(message, place=at(self.path, self.line + 1, self.column + 1))

    def fetch_anchor(self) -> NoReturn:
        self.refuse("an anchor (&): records do not use anchors; text that begins with & needs quotes")

    def fetch_alias(self) -> NoReturn:
        self.refuse("an alias (*): records do not use aliases; text that begins with * needs quotes")

    def fetch_tag(self) -> NoReturn:
        self.refuse("a tag (!): records do not use tags; text that begins with ! needs quotes")

    def fetch_directive(self) -> NoReturn:
        self.refuse("a directive (%): records do not use directives")

    def scan_plain_spaces(self, *args: Any) -> Any:
        self._count_word()
        return super().scan_plain_spaces(*args)

    def scan_flow_scalar_spaces(self, *args: Any) -> Any:
        self._count_word()
        return super().scan_flow_scalar_spaces(*args)

    def _count_word(self) -> None:
        self.words += 1
        if self.words > MAX_WORDS:
            self.refuse(
                f"more than {MAX_WORDS:,} words outside of literal blocks; expected '|' and lines below it"
            )


class _Builder:
    """Recursive descent over events; the depth of the recursion is bounded by MAX_DEPTH."""

    def __init__(self, events: _Events, text: str) -> None:
        self.events = events
        self.text = text
        self.depth = 0
        self.nodes = 0

    def document(self) -> Node:
        self.events.get_event()
        if self.events.check_event(StreamEndEvent):
            raise RecordError("the file is empty; expected a record", place=at(self.events.path, 1, 1))
        self._take(DocumentStartEvent)
        node = self._node()
        self._take(DocumentEndEvent)
        if not self.events.check_event(StreamEndEvent):
            self._refuse(self.events.peek_event(), "a second document; expected one record in a file")
        return node

    def _take(self, kind: type[Event]) -> Any:
        event = self.events.get_event()
        if not isinstance(event, kind):
            self._refuse(event, "not YAML: something is out of place")
        return event

    def _refuse(self, event: Any, message: str) -> NoReturn:
        mark = event.start_mark
        raise RecordError(message, place=at(self.events.path, mark.line + 1, mark.column + 1))

    def _node(self) -> Node:
        event: Any = self.events.get_event()
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._refuse(event, f"more than {MAX_NODES:,} keys and values; a record has at most that many")
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH}")
        node = self._mapping(event) if isinstance(event, MappingStartEvent) else self._sequence(event)
        self.depth -= 1
        return node

    def _scalar(self, event: Any) -> ScalarNode:
        found = unprintable(event.value, allowed="\n\t")
        if found is not None:
            self._refuse(event, f"text must not hold the character U+{ord(found):04X}")
        return ScalarNode(event.value, event.style is None, _place(event, event.end_mark.index))

    def _mapping(self, start: Any) -> MappingNode:
        entries = []
        while not self.events.check_event(MappingEndEvent):
            key = self._key()
            entries.append((key, self._beside(key, self._node())))
        end = self.events.get_event()
        return MappingNode(
            tuple(entries),
            bool(start.flow_style),
            _place(start, _end(start, end, entries and entries[-1][1])),
        )

    def _key(self) -> ScalarNode:
        event: Any = self.events.peek_event()
        if not isinstance(event, ScalarEvent):
            self._refuse(event, "a list or mapping as a key; expected text")
        if event.style is None and event.value == "<<":
            self._refuse(event, "a merge key (<<): records do not use merge keys")
        node = self._node()
        assert isinstance(node, ScalarNode)  # noqa: S101 - the event was one
        return node

    def _beside(self, key: ScalarNode, value: Node) -> Node:
        """The value; nothing at all gets its place after the key's colon, where ruamel says that of the next token."""
        if not isinstance(value, ScalarNode) or value.text or not value.plain:
            return value
        colon = re.compile(r"[ \t]*:").match(self.text, key.place.end)
        end = colon.end() if colon else key.place.end
        place = Place(key.place.line, key.place.column + end - key.place.start, end, end)
        return ScalarNode("", plain=True, place=place)

    def _sequence(self, start: Any) -> SequenceNode:
        if not isinstance(start, SequenceStartEvent):
            self._refuse(start, "not YAML: something is out of place")
        items = []
        while not self.events.check_event(SequenceEndEvent):
            items.append(self._node())
        end = self.events.get_event()
        return SequenceNode(
            tuple(items), bool(start.flow_style), _place(start, _end(start, end, items and items[-1]))
        )


def _place(event: Any, end: int) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1, mark.index, end)


def _end(start: Any, end: Any, last: Any) -> int:
    """Where a collection ends: a block ends with its last part, not where the next token begins."""
    return int(end.end_mark.index if start.flow_style or not last else last.place.end)


# What ruamel says -> what a person who wrote the line wants to know
EXPLAINED = (
    (r"'\\t'", "a tab where YAML wants spaces; expected spaces for indentation"),
    (r"mapping values are not allowed", "a second ': ' on this line; text that holds ': ' needs quotes"),
    (r"found unexpected end of stream|found unexpected document", "quotes that are opened here are not closed"),
    (r"could not find expected ':'", "a line without ':'; expected 'key: value'"),
    (r"expected ',' or '\]'|expected ',' or '\}'|did not find expected", "a bracket that is opened is not closed"),
    (r"that cannot start any token", "a character that cannot begin a value; text that begins with it needs quotes"),
    (r"expected <block end>", "the indentation fits no line above"),
    (r"but found '?<stream end>", "a bracket that is opened is not closed"),
    (r"unknown escape|escape sequence", "an escape that YAML does not know; expected \\\\ for a backslash in double quotes"),
)  # fmt: skip


def _explained(error: MarkedYAMLError, path: str) -> RecordError:
    problem = " ".join(str(part) for part in (error.problem, error.context) if part)
    message = next((text for pattern, text in EXPLAINED if re.search(pattern, problem)), None)
    unclosed = message and message.endswith("not closed") and error.context_mark
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return RecordError(f"not YAML: {message or shown(problem)}", place=at(path, line, column))
