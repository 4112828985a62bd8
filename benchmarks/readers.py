"""What it costs to read a candidate's file: the quick reader, the strict one, and the libraries that were weighed (ADR 14).

python benchmarks/readers.py [--records 1000] [--repeat 5] [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import Contestant, Skipped, in_turns
from machine import describe
from records import FIXED, Shape
from report import Run, hand_over

from gitreg.documents.canonical import candidate
from gitreg.documents.reader import read, values_of
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate

REFERENCE = "gitreg's own"
NOTES = """Files of candidates of {shape}, {size} bytes each, read in memory; milliseconds for {count}, so
microseconds for one where it is 1,000. gitreg's own reader and the strict one check everything that a record must be;
the libraries only parse, and tell plain words from quoted ones only by their events or tree."""

Reader = Callable[[bytes], object]


def readers() -> list[tuple[str, Reader | None, str]]:
    """Each reader's name, and what reads, or why it does not take part."""
    made: list[tuple[str, Reader | None, str]] = [
        (REFERENCE, candidate, ""),
        ("strict: ruamel.yaml, shapes, pydantic", lambda content: values_of(content, Candidate, ""), ""),
        ("a record: gitreg's own, then pydantic", lambda content: read(content, Candidate, ""), ""),
    ]
    return [*made, *_from("yaml", _pyyaml), *_from("ryml", _rapidyaml)]


def _from(
    library: str, make: Callable[[Any], list[tuple[str, Reader]]]
) -> list[tuple[str, Reader | None, str]]:
    try:
        return [(name, reader, "") for name, reader in make(importlib.import_module(library))]
    except ImportError as error:
        return [(library, None, str(error))]


def _pyyaml(yaml: Any) -> list[tuple[str, Reader]]:
    base = yaml.CBaseLoader
    return [
        ("PyYAML, C base loader", lambda content: yaml.load(content, base)),
        ("PyYAML, C events", lambda content: list(yaml.parse(content, base))),
    ]


def _rapidyaml(ryml: Any) -> list[tuple[str, Reader]]:
    orjson = importlib.import_module("orjson")

    def by_json(content: bytes) -> object:
        tree = ryml.parse_in_arena(content)
        return orjson.loads(ryml.emit_json(tree, tree.root_id()))

    def walked(content: bytes) -> object:
        tree = ryml.parse_in_arena(content)
        return _node(ryml, tree, tree.root_id())

    return [("rapidyaml, JSON and orjson", by_json), ("rapidyaml, its tree", walked)]


def _node(ryml: Any, tree: Any, at: int) -> object:
    if tree.is_map(at):
        return {
            bytes(tree.key(child)).decode(): _node(ryml, tree, child) for child in ryml.children(tree, at)
        }
    if tree.is_seq(at):
        return [_node(ryml, tree, child) for child in ryml.children(tree, at)]
    return bytes(tree.val(at)).decode()


def measure(count: int, repeat: int, shape: Shape = FIXED) -> Run:
    """Reads the same files by each reader, in turns."""
    contents = [write(shape.candidate(number)) for number in range(count)]
    found = readers()
    contestants = [Contestant(name, count, lambda _: contents, _all(read)) for name, read, _ in found if read]
    size = f"{sum(map(len, contents)) // count:,}"
    words = f"{shape.params[0]} params, {shape.metrics[0]} metrics and {shape.tags[0]} tags"
    return Run(
        name="readers",
        title="Reading one candidate's file",
        notes=NOTES.format(shape=words, size=size, count=f"{count:,}"),
        reference=REFERENCE,
        machine=describe(Path.cwd()),
        figures=in_turns(contestants, repeat, warm_up=1),
        skipped=[Skipped(name, reason) for name, read, reason in found if read is None],
    )


def _all(reader: Reader) -> Callable[[list[bytes]], None]:
    def act(contents: list[bytes]) -> None:
        for content in contents:
            reader(content)

    return act


def main(words: list[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what reading a candidate's file costs.")
    parser.add_argument("--records", type=int, default=1000, help="how many files a turn")
    parser.add_argument("--repeat", type=int, default=5, help="rounds that count")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the section of a page")
    said = parser.parse_args(words)
    if said.records < 1 or said.repeat < 1:
        parser.error("--records and --repeat are 1 or more")
    hand_over(measure(said.records, said.repeat), said.json, said.markdown)


if __name__ == "__main__":
    main(sys.argv[1:])
