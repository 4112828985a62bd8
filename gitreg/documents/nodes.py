"""A YAML document as a tree of text: scalars are not typed yet, everything has its place.

A tree reader makes it; the rest of this package reads only this. Knows nothing of records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is: line and column from 1, and the characters `start` to `end` of the text."""

    line: int = 1
    column: int = 1
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """Text; `plain` when it has no quotes and is no block, so that a schema may take it for something else."""

    text: str
    plain: bool
    place: Place


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys and values in the order of the file; `flow` when written as `{}`. Keys may repeat: readers refuse that."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    flow: bool
    place: Place

    def get(self, key: str) -> tuple[ScalarNode, Node] | None:
        """The first entry with that key."""
        return next((entry for entry in self.entries if entry[0].text == key), None)


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """Items in order; `flow` when written as `[]`."""

    items: tuple[Node, ...]
    flow: bool
    place: Place


Node = ScalarNode | MappingNode | SequenceNode


class TreeReader(Protocol):
    """Reads the text of one document, which was screened before, into its tree.

    Raises:
        RecordError: with the place, for what is no YAML, or YAML that records do not use.
    """

    def __call__(self, text: str, path: str) -> Node:
        """The tree of the document in `text`."""


def shown(text: str) -> str:
    """A value as messages show it: quoted, short, with nothing in it that acts on a terminal."""
    return (
        ascii(text[:57] + "...") if len(text) > 60 else ascii(text) if not text.isprintable() else repr(text)
    )


def at(path: str, line: int, column: int) -> str:
    """A place as errors name it."""
    return f"{path}:{line}:{column}"
