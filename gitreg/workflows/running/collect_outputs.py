"""What a command left behind: params, metrics and artifacts become entries of its draft.

Nothing here raises for what the command did or did not write: the candidate is kept with what there is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, Entry, Param
from gitreg.errors import GitregError
from gitreg.workflows.running.read_values import read_metrics, read_params


@dataclass(frozen=True)
class Problem:
    """What could not be recorded as asked; `missing` when something that was promised is not there."""

    text: str
    missing: bool = True

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Outputs:
    """The files that a command is expected to leave, and which metric files were there before it, as they were."""

    folder: Path
    params: Sequence[str]
    metrics: Sequence[str]
    artifacts: Sequence[str]
    before: dict[str, tuple[int, ...] | None]

    @classmethod
    def expected(
        cls, folder: Path, *, params: Sequence[str], metrics: Sequence[str], artifacts: Sequence[str]
    ) -> Self:
        """To be called before the command runs."""
        return cls(folder, params, metrics, artifacts, {name: _version(folder / name) for name in metrics})

    def is_stale(self, name: str) -> bool:
        """Whether a metrics file is what an earlier command wrote: its numbers are not this command's."""
        version = _version(self.folder / name)
        return version is not None and version == self.before[name]


def collect_outputs(draft: Draft, outputs: Outputs) -> list[Problem]:
    """Puts what a command left into its draft."""
    problems: list[Problem] = []
    for name in outputs.params:
        problems += _tried(lambda name=name: _params(draft, outputs.folder / name))  # type: ignore[misc]
    for name in outputs.metrics:
        if outputs.is_stale(name):
            problems.append(Problem(f"{name} was not written by this command, so its metrics were left out"))
        else:
            problems += _tried(lambda name=name: _metrics(draft, outputs.folder / name))  # type: ignore[misc]
    for name in outputs.artifacts:
        problems += _tried(lambda name=name: _artifact(draft, outputs.folder, name))  # type: ignore[misc]
    return problems


def _tried(act: Callable[[], Iterable[Problem]]) -> list[Problem]:
    try:
        return list(act())
    except GitregError as error:
        return [Problem(str(error))]


def _params(draft: Draft, path: Path) -> Iterator[Problem]:
    return _each(draft, [Param(key, value) for key, value in read_params(path).items()])


def _metrics(draft: Draft, path: Path) -> Iterator[Problem]:
    metrics, others = read_metrics(path)
    yield from _each(draft, [MetricPoint(key, value) for key, value in metrics.items()])
    if others:
        yield Problem(
            f"{path} holds what is no number, and was left out: {', '.join(others[:5])}", missing=False
        )


def _artifact(draft: Draft, folder: Path, word: str) -> Iterator[Problem]:
    """`PATH`, under its own name, or `PATH=NAME`; a path that is there as it stands wins."""
    path, sign, name = word.rpartition("=")
    if not sign or os.path.lexists(folder / word):
        path, name = word, Path(os.path.abspath(folder / word)).name  # noqa: PTH100 - resolve() would follow a link
    draft.add_artifact(folder / path, name)
    yield from ()


def _each(draft: Draft, entries: Iterable[Entry]) -> Iterator[Problem]:
    """One by one: a name that cannot be recorded takes no other with it."""
    for entry in entries:
        try:
            draft.append([entry])
        except GitregError as error:
            yield Problem(str(error))


def _version(path: Path) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - three numbers of one call
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
