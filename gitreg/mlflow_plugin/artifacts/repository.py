"""MLflow's artifact repository on a registry: of one run, model or version, or of all of them, as its server's proxy has it.

Paths that MLflow gives are joined to the words of the address and read whole (addresses.py); none is ever joined to a folder's
path but those that a manifest or a draft lists.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
from pathlib import Path

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from gitreg.errors import NotFoundError, UsageError
from gitreg.mlflow_plugin.addresses import Place, VersionPlace, joined, read_words, shown_path, split
from gitreg.mlflow_plugin.artifacts import writing
from gitreg.mlflow_plugin.artifacts.looking import LOOKING
from gitreg.mlflow_plugin.artifacts.sources import sources_of
from gitreg.mlflow_plugin.artifacts.trusting import require_trusted
from gitreg.mlflow_plugin.artifacts.whose import require_ours
from gitreg.mlflow_plugin.faults import speaking_mlflow
from gitreg.mlflow_plugin.opening import opened_if_there
from gitreg.workflows.contents.artifact_files import ArtifactFiles
from gitreg.workflows.registry import Registry


class RegistryArtifactRepository(ArtifactRepository):
    """Artifacts below an address. It keeps nothing but that: any thread may use it, and other processes write as well.

    Args:
        artifact_uri: the address, which may be the beginning of one only: MLflow cuts off what it asks for.
        tracking_uri: MLflow's tracking URI.
        registry_uri: MLflow's registry URI.
    """

    @speaking_mlflow
    @speaking_mlflow
    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        named, self._words = split(artifact_uri)
        require_ours(named)
        self._uri = str(named)
        super().__init__(artifact_uri, tracking_uri, registry_uri)

    @speaking_mlflow
    def log_artifact(self, local_file: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Keeps a file, as it is now."""
        local = Path(local_file)
        place, name = read_words(joined(self._words, joined(artifact_path or "", local.name)))
        writing.log(self._registry, place, sources_of(local, name))

    @speaking_mlflow
    def log_artifacts(self, local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Keeps the files in a folder, as they are now; of a folder without files nothing is left."""
        place, name = read_words(joined(self._words, artifact_path))
        if not Path(local_dir).is_dir():
            raise NotFoundError(f"{local_dir} is no folder")
        writing.log(self._registry, place, sources_of(Path(local_dir), name))

    @speaking_mlflow
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """What is directly below a path; nothing for a file, and for what is not there."""
        place, name = read_words(joined(self._words, path))
        registry, files = self._readable(place)
        prefix = f"{name}/" if name else ""
        below = [one.removeprefix(prefix).partition("/") for one in files.names(name) if one != name]
        folders = {first for first, slash, _ in below if slash}
        plain = sorted({first for first, slash, _ in below if not slash})
        sizes = files.sizes(registry, [f"{prefix}{one}" for one in plain])
        found = {one: FileInfo(_shown(path, one), True, None) for one in folders}
        found |= {one: FileInfo(_shown(path, one), False, sizes[f"{prefix}{one}"]) for one in plain}
        return [found[one] for one in sorted(found)]

    @speaking_mlflow
    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Takes a file or folder, or everything, from the artifacts; the storage keeps the bytes until it is cleaned up."""
        place, name = read_words(joined(self._words, artifact_path))
        writing.delete(self._registry, place, name)

    @speaking_mlflow
    def _download_file(self, remote_file_path: str, local_path: str | os.PathLike[str]) -> None:
        """Writes a file whose bytes are proven; what was at `local_path` is replaced then, and not before."""
        place, name = read_words(joined(self._words, remote_file_path))
        if not name:
            raise UsageError("all artifacts are no file")
        registry, files = self._readable(place)
        target = Path(local_path)
        with tempfile.TemporaryDirectory(prefix=".gitreg-", dir=target.parent) as folder:
            whole = Path(folder) / "file"
            files.write(registry, name, whole)
            whole.replace(target)

    @property
    def _registry(self) -> Registry:
        return opened_if_there(self._uri)

    def _readable(self, place: Place) -> tuple[Registry, ArtifactFiles]:
        registry = self._registry
        files = LOOKING.files(registry, place)
        if isinstance(place, VersionPlace):
            require_trusted(registry, place, files)
        return registry, files


def _shown(path: str | None, name: str) -> str:
    """As MLflow's other repositories write it: with the path that was asked for before it."""
    return posixpath.join((path or "").rstrip("/"), shown_path(name))
