"""Artifacts at an address that a database or server names, brought to this machine: only from where the caller allows.

MLflow's repositories are asked for lists and single files; each path that they tell is checked before a file of that name is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from gitreg.domain.words import artifact_path
from gitreg.workflows.import_mlflow.places import Places
from gitreg.workflows.import_mlflow.sifting import sifted
from gitreg.workflows.import_mlflow.source import Brought
from gitreg.workflows.import_mlflow.values import Unreadable

PROXY = "mlflow-artifacts"
MAX_DEPTH, MAX_FILES = 64, 100_000


class Fetching:
    """Brings artifacts.

    Args:
        places: what the caller allows.
        server: the tracking server that hands out artifacts of its own, if the source is one.
    """

    def __init__(self, places: Places, server: str | None = None) -> None:
        self._places = places
        self._server = server

    def bring(self, address: str, scratch: Path) -> Brought | None:
        """What is at an address; None where the source may not go there."""
        folder = self._places.folder(address)
        if folder is not None:
            return sifted(folder)
        if not self.reaches(address):
            return None
        try:
            left_out = self._fetch(get_artifact_repository(address, self._server), scratch)
        except Exception as error:  # noqa: BLE001 - each of MLflow's repositories raises what its own library does
            return Brought(left_out=(Unreadable(address, _first_line(error)),))
        found = sifted(scratch)
        return Brought(found.sources, (*found.left_out, *left_out))

    def reaches(self, address: str) -> bool:
        """Whether the source may go to an address."""
        is_folder = self._places.folder(address) is not None
        return is_folder or self._is_proxied(address) or self._places.allows(address)

    def _is_proxied(self, address: str) -> bool:
        """Whether the source's own server hands it out."""
        parts = urlsplit(address)
        if self._server is None or parts.scheme != PROXY:
            return False
        return (
            not parts.netloc
            or parts.netloc.rpartition("@")[2] == urlsplit(self._server).netloc.rpartition("@")[2]
        )

    def _fetch(self, repository: ArtifactRepository, scratch: Path) -> list[Unreadable]:
        left_out: list[Unreadable] = []
        for count, name in enumerate(_listed(repository, None, 0)):
            if count >= MAX_FILES:
                left_out.append(
                    Unreadable(name, f"there are more than {MAX_FILES:,} files, and nothing after these came")
                )
                break
            try:
                target = scratch / artifact_path(name)
            except ValueError as error:
                left_out.append(Unreadable(name, str(error)))
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            repository._download_file(name, str(target))  # type: ignore[no-untyped-call]  # noqa: SLF001 - what MLflow's guide names for repositories
        return left_out


def _listed(repository: ArtifactRepository, path: str | None, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        return
    for one in repository.list_artifacts(path):
        if not one.is_dir:
            yield one.path
        elif path is None or one.path.startswith(f"{path}/"):  # always further down
            yield from _listed(repository, one.path, depth + 1)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300] or type(error).__name__
