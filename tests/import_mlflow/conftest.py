"""What importing tests share: an empty `mlruns/` folder, and an import as the command line does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk, calm
from mlruns_maker import Runs

from gitreg.artifacts import SILENT
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.workflows.import_mlflow.choosing import Choice
from gitreg.workflows.import_mlflow.importing import Import
from gitreg.workflows.import_mlflow.mlruns import MlrunsSource
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places
from gitreg.workflows.import_mlflow.report import Report
from gitreg.workflows.import_mlflow.source import Source

Bring = Callable[..., Report]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """An empty `mlruns/` folder."""
    return Runs(tmp_path / "mlruns")


@pytest.fixture
def bring(desk: Desk, runs: Runs) -> Bring:
    """Imports the folder, or another source, into the desk's registry."""

    def act(
        choice: Choice | None = None,
        *,
        dry: bool = False,
        source: Source | None = None,
        allowed: tuple[ArtifactPlace, ...] = (),
    ) -> Report:
        from_ = source or MlrunsSource(runs.folder, Places(allowed))
        return Import(desk.registry, from_, choice or Choice(), desk.author, dry=dry).run(SILENT, calm(), 2)

    return act


@pytest.fixture
def candidate(desk: Desk) -> Callable[..., Candidate]:
    """Reads a candidate's record."""

    def read(number: int | str = 1, experiment: str = "churn") -> Candidate:
        id_ = number if isinstance(number, str) else f"{number:032x}"
        found = desk.registry.candidates.record(Candidate, places.candidate_path(experiment, id_))
        assert found is not None
        return found

    return read
