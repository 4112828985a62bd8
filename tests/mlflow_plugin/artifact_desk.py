"""A registry with runs and logged models in it, for tests of artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.entities import RunStatus
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from gitreg.mlflow_plugin import opening
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.registry import Registry


@dataclass
class ArtifactDesk:
    """A registry, and somebody at work with MLflow.

    Args:
        place: the registry's folder.
        files: a folder for files that are logged.
    """

    place: Path
    files: Path

    @property
    def uri(self) -> str:
        return f"gitreg://{self.place}"

    @property
    def store(self) -> TrackingStore:
        return TrackingStore(self.uri)

    @property
    def registry(self) -> Registry:
        return opening.opened(self.uri)

    def run(self, *, ended: bool = False, experiment: str = "0") -> Any:
        """A run; its address is `run.info.artifact_uri`."""
        run = self.store.create_run(experiment, "ada", 0, [], None)
        if ended:
            self.end(run)
        return run

    def end(self, run: Any) -> None:
        self.store.update_run_info(run.info.run_id, RunStatus.FINISHED, 1, None)

    def model(self) -> Any:
        """A logged model; its address is `model.artifact_location`."""
        return self.store.create_logged_model(experiment_id="0", name="forest")

    def repository(self, address: str) -> Any:
        """MLflow's artifact repository of an address, found as MLflow finds it."""
        return get_artifact_repository(address)

    def file(self, name: str, content: bytes = b"content") -> Path:
        """A file to log."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def listed(repository: Any, path: str | None = None) -> dict[str, int | str | None]:
    """What a repository lists: sizes of files, `folder` for folders."""
    return {one.path: "folder" if one.is_dir else one.file_size for one in repository.list_artifacts(path)}


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@contextmanager
def desk_in(folder: Path) -> Iterator[ArtifactDesk]:
    """A desk whose registry is made when it is first used."""
    files = folder / "files"
    files.mkdir()
    yield ArtifactDesk(folder / "registry", files)
    opening.close_all()
