"""Artifacts of the registry in a folder for MLflow's client: everything but what gitreg itself added."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gitreg.artifacts import Progress
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.logged_model import LoggedModel
from gitreg.workflows.registry import Registry
from gitreg.workflows.versions.fetch_artifacts import fetch_artifacts, listed_artifacts

OWN = ".gitreg/"


@contextmanager
def artifacts_in(
    registry: Registry, of: Candidate | LoggedModel, progress: Progress
) -> Iterator[Path | None]:
    """A folder with somebody's artifacts, for as long as the block runs; None where there are none.

    Raises:
        VerificationError: if a file is missing, or is not what was recorded.
    """
    if of.artifacts is None:
        yield None
        return
    found = listed_artifacts(registry.candidates, str(of), of.artifacts, _beside(of), None)
    entries = tuple(one for one in found.entries if not one.path.startswith(OWN))
    if not entries:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="gitreg-export-") as scratch:
        target = Path(scratch) / "artifacts"
        fetch_artifacts(registry, replace(found, entries=entries), target, progress=progress)
        yield target


def _beside(of: Candidate | LoggedModel) -> tuple[str, str]:
    where = of.experiment, of.id
    if isinstance(of, Candidate):
        return places.candidate_manifest_path(*where), places.candidate_dvc_path(*where)
    return places.logged_model_manifest_path(*where), places.logged_model_dvc_path(*where)
