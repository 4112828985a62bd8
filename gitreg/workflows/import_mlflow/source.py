"""What every source can do: one file for each kind of it, and one visible list in the command line's table.

Knows values; not where they come from, nor what becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gitreg.artifacts import Source as ArtifactSource
from gitreg.domain.curves import MetricPoint
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceModel,
    SourceRun,
    Unreadable,
)


@dataclass(frozen=True, slots=True)
class Brought:
    """Artifacts as files on this machine, and what could not be brought."""

    sources: tuple[ArtifactSource, ...] = ()
    left_out: tuple[Unreadable, ...] = ()


def unreached(address: str) -> Unreadable:
    """Artifacts at an address to which a source may not go."""
    why = "it is not in the source; --artifacts ADDRESS or ADDRESS=FOLDER lets it be read"
    return Unreadable(address, why)


class Source(Protocol):
    """A place in which MLflow recorded something. What it says is hostile until checked.

    `points` and `bring` are called from several threads.
    """

    where: str
    """The source as people named it, without credentials."""

    def experiments(self) -> Iterable[SourceExperiment | Unreadable]:
        """Every experiment, deleted ones too."""

    def runs(self, experiment: SourceExperiment) -> Iterator[SourceRun | Unreadable]:
        """The runs of an experiment, deleted ones too, in a fixed order."""

    def points(self, run: SourceRun) -> Iterator[MetricPoint]:
        """Every point of every metric of a run, one metric after the other."""

    def logged_models(self, experiment: SourceExperiment) -> Iterator[SourceLoggedModel | Unreadable]:
        """The logged models of an experiment."""

    def models(self) -> Iterator[SourceModel | Unreadable]:
        """The registered models."""

    def bring(self, thing: SourceRun | SourceLoggedModel, scratch: Path) -> Brought:
        """A run's or logged model's artifacts.

        Args:
            thing: whose.
            scratch: where a folder may be made; the caller removes it.
        """

    def bring_address(self, address: str, scratch: Path) -> Brought | None:
        """Artifacts at an address that belongs to no run and no logged model; None where the source may not go there."""

    def lacks(self, thing: SourceRun | SourceLoggedModel) -> Unreadable | None:
        """Artifacts that `bring` could not bring, as they lie where the source may not go; nothing is brought."""

    def reaches(self, address: str) -> bool:
        """Whether the source may read artifacts at an address."""

    def close(self) -> None:
        """Lets go of what it holds."""
