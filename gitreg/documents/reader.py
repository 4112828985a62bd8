"""Records from the text of files, strictly: nothing is guessed, and every fault has a place.

The texts of which there are many (candidates, experiments, logged models, models and their versions) are read by canonical.py and its
like where they are surely canonical; the record is the same. Knows text and paths; nothing of where the
text came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar, cast

from pydantic import ValidationError

from gitreg.documents import canonical, canonical_logged_model, canonical_models
from gitreg.documents.events_ruamel import tree
from gitreg.documents.faults import record_faults, told
from gitreg.documents.layout import kind_of
from gitreg.documents.nodes import MappingNode, Node, ScalarNode, at, shown
from gitreg.documents.screen import screen
from gitreg.documents.shapes import Fault, Reading, record_shape
from gitreg.documents.writer import kind_name
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.record import Record
from gitreg.errors import RecordError

R = TypeVar("R", bound=Record)
VERSION = 1
_QUICK: Final[Mapping[type[Record], Callable[[bytes], dict[str, Any] | None]]] = {
    Candidate: canonical.candidate,
    Experiment: canonical.experiment,
    LoggedModel: canonical_logged_model.logged_model,
    Model: canonical_models.model,
    ModelVersion: canonical_models.model_version,
}


def read(text: bytes, kind: type[R], path: str) -> R:
    """The record of that kind that the text is.

    Args:
        text: the file's bytes.
        kind: which kind of record it must be.
        path: the file's path, for messages.

    Raises:
        RecordError: with the place of the first fault, if the text is no such record.
    """
    return _canonical(text, kind) or _strict(tree(screen(text, path), path), kind, path)


def values_of(text: bytes, kind: type[Record], path: str) -> dict[str, Any]:
    """The plain values that a record of that kind is made of, read strictly.

    Raises:
        RecordError: with the place of the first fault, if the text is no such record.
    """
    root = tree(screen(text, path), path)
    _strict(root, kind, path)
    return cast("dict[str, Any]", record_shape(kind)(root, (), Reading()))


def read_any(text: bytes, path: str) -> Record:
    """The record of the kind that lives at `path` in a registry.

    Raises:
        RecordError: if no record lives there, or the text is not that record.
    """
    kind = kind_of(path)
    if kind is None:
        raise RecordError(f"no record lives at {shown(path)}")
    return read(text, kind, path)


def problems(text: bytes, kind: type[Record], path: str) -> list[RecordError]:
    """Everything that is wrong with a file, in the order of its lines; empty when it is a record.

    What is no YAML has one fault, the first, because nothing after it means anything.
    """
    if _canonical(text, kind):
        return []
    try:
        _, faults = record_of(tree(screen(text, path), path), kind, path)
    except RecordError as error:
        return [error]
    return [told(fault, path) for fault in sorted(faults, key=_position)]


def record_of(
    node: Node, kind: type[R], path: str, reading: Reading | None = None
) -> tuple[R | None, list[Fault]]:
    """The record that a tree is, or None and what is wrong.

    Raises:
        RecordError: if the tree is another kind of record, or a newer version of it.
    """
    _check_schema(node, kind, path)
    reading = reading or Reading()
    values = record_shape(kind)(node, (), reading)
    try:
        record = kind.model_validate(values)
    except ValidationError as error:
        refused = [fault for fault in record_faults(error, node) if fault.keys not in reading.faulty]
        return None, reading.faults + refused
    return (None if reading.faults else record), reading.faults


def canonical_values(text: bytes, kind: type[Record]) -> dict[str, Any] | None:
    """The values of a record whose text is surely canonical: most are, and are read so a hundred times as fast.

    They are checked as the record checks them, so `kind.model_validate` takes them (docs/adr/0014-fast-reader.md). None says
    nothing about the text.
    """
    quick = _QUICK.get(kind)
    return quick(text) if quick else None


def _canonical(text: bytes, kind: type[R]) -> R | None:
    """The record, if its text is canonical; who knows else."""
    values = canonical_values(text, kind)
    if values is None:
        return None
    with suppress(
        ValidationError
    ):  # never seen; if it were to happen, the strict reader would say what is wrong
        return kind.model_validate(values)
    return None


def _strict(root: Node, kind: type[R], path: str) -> R:
    record, faults = record_of(root, kind, path)
    if record is None:
        raise _first(faults, path)
    return record


def _check_schema(node: Node, kind: type[Record], path: str) -> None:
    """Refuses another kind, and a version that this gitreg does not know yet."""
    if not isinstance(node, MappingNode):
        raise told(Fault(node, (), "a record is a mapping; expected lines like 'key: value'"), path)
    expected = f"gitreg/{kind_name(kind)}/v{VERSION}"
    found = node.get("schema")
    if found is None:
        raise told(Fault(node, (), f"the key schema is missing; expected 'schema: {expected}'"), path)
    word = found[1].text if isinstance(found[1], ScalarNode) else ""
    if word == expected:
        return
    newer = re.fullmatch(rf"gitreg/{kind_name(kind)}/v([1-9][0-9]{{0,3}})", word)
    place = at(path, found[1].place.line, found[1].place.column)
    if newer and int(newer[1]) > VERSION:
        raise RecordError(
            f"schema: this gitreg is older than the file: it reads v{VERSION}, the file is v{newer[1]}",
            hint="Install a newer gitreg-ml.",
            place=place,
        )
    raise RecordError(f"schema: not this kind of record: {shown(word)}; expected {expected}", place=place)


def _position(fault: Fault) -> tuple[int, int]:
    return fault.node.place.line, fault.node.place.column


def _first(faults: Iterable[Fault], path: str) -> RecordError:
    return told(min(faults, key=_position), path)
