"""What was acknowledged, written down by whoever was told so: one JSON object a line, appended by one write each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Acknowledged:
    """One candidate of which somebody was told that it is kept.

    Args:
        id: the candidate's id.
        record: sha256 of its record's file, where it is known.
        artifacts: sha256 of each artifact, by path.
        params: values of params, as text.
        steps: the steps of each metric that were logged.
    """

    id: str
    record: str | None = None
    artifacts: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    steps: dict[str, list[int]] = field(default_factory=dict)


def write_down(file: Path, one: Acknowledged) -> None:
    """Appends one, by a single write: several processes may share the file, and each may die at any moment."""
    line = json.dumps(asdict(one)).encode() + b"\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def read_all(files: Iterable[Path]) -> list[Acknowledged]:
    """Everything in some files; a last line without its line feed was never finished, and counts as not said."""
    return [one for file in files for one in _read(file)]


def joined(said: Iterable[Acknowledged]) -> list[Acknowledged]:
    """One for each candidate, with all that was said of it at different times."""
    found: dict[str, Acknowledged] = {}
    for one in said:
        known = found.setdefault(one.id, Acknowledged(one.id))
        steps = {key: known.steps.get(key, []) + one.steps.get(key, []) for key in {*known.steps, *one.steps}}
        found[one.id] = Acknowledged(
            one.id,
            one.record or known.record,
            known.artifacts | one.artifacts,
            known.params | one.params,
            steps,
        )
    return list(found.values())


def _read(file: Path) -> Iterator[Acknowledged]:
    if not file.exists():
        return
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield Acknowledged(**json.loads(line))
