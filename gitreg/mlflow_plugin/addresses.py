"""Where artifacts are, in MLflow's words: the one place that makes addresses and reads them.

    <registry>/-/<experiment id>/<run id>/artifacts/model/MLmodel
    <registry>/-/<experiment id>/models/m-<model id>/artifacts/MLmodel
    <registry>/-/registered/<model slug>/<version>/artifacts/MLmodel

An address is made when somebody asks, and never stored, so that a registry that was moved gives right ones. What is read
is hostile until checked: MLflow's own history of traversal (CVE-2023-1177, CVE-2023-2780, CVE-2023-6831, CVE-2024-1594,
CVE-2024-3573 and their like) is one of paths that somebody decoded after somebody else had looked at them. Here what
follows `/-/` is never decoded, never joined to a folder's path, and refused if any reading of it climbs.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote, urlsplit, urlunsplit

from gitreg.domain.version import VersionNumber
from gitreg.domain.words import CANDIDATE_ID, artifact_path, slug
from gitreg.errors import UsageError
from gitreg.mlflow_plugin.uris import MARK, RegistryUri, is_ours

ARTIFACTS = "artifacts"
MODELS = "models"
REGISTERED = "registered"
_EXPERIMENT = re.compile(r"0|[1-9][0-9]{17}")
_RUN = re.compile(CANDIDATE_ID)
_MODEL = re.compile(f"m-({CANDIDATE_ID})")
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
_MOST_READINGS = 10
COLON = "\ua789"
"""MODIFIER LETTER COLON: in names of files it is what `:` is in people's."""
UNCHOSEN = "./mlruns"
"""What `mlflow server --no-serve-artifacts` gives a store whose user chose nothing (mlflow/utils/server_cli_utils.py)."""
_BY_PATH = "names with # or ? are reached by the run's id and the path in it"


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Artifacts of a run: a candidate, running or ended."""

    experiment: str
    run: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Its place below a root."""
        return self.experiment, self.run, ARTIFACTS


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Artifacts of a logged model; the id is without MLflow's `m-`."""

    experiment: str
    model: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Its place below a root."""
        return self.experiment, MODELS, f"m-{self.model}", ARTIFACTS


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """Artifacts of a registered version."""

    model: str
    version: VersionNumber

    @property
    def parts(self) -> tuple[str, ...]:
        """Its place below a root."""
        return REGISTERED, self.model, str(self.version), ARTIFACTS


Place: TypeAlias = RunPlace | ModelPlace | VersionPlace


@dataclass(frozen=True, slots=True)
class Address:
    """Where an artifact, or a folder of them, is.

    Args:
        registry: the registry's URI.
        place: whose artifacts.
        path: below them; empty for all.
    """

    registry: RegistryUri
    place: Place
    path: str = ""

    def __post_init__(self) -> None:
        if "#" in self.path or "?" in self.path:
            raise UsageError(f"{self.path!a} cannot be a part of an address", hint=_BY_PATH)

    def __str__(self) -> str:
        below = (self.path,) if self.path else ()
        return self.registry.below((MARK, *self.place.parts, *below))


def artifact_root(store_uri: str, artifact_uri: str | None = None) -> str:
    """Below what a store keeps artifacts: what `mlflow server` was started with, the URI's option, or the registry."""
    chosen = None if artifact_uri == UNCHOSEN else artifact_uri
    return chosen or RegistryUri.parse(store_uri).artifact_root or store_uri


def experiment_artifacts(root: str, experiment_id: str) -> str:
    """Where an experiment's artifacts are, if it names no other place."""
    return below(root, experiment_id)


def run_artifacts(root: str, experiment_id: str, run_id: str) -> str:
    """Where a run's artifacts are.

    Args:
        root: the registry's URI, or another root that `artifact_root` gave.
        experiment_id: MLflow's.
        run_id: MLflow's.
    """
    return below(root, *RunPlace(experiment_id, run_id).parts)


def model_artifacts(root: str, experiment_id: str, model_id: str) -> str:
    """Where a logged model's artifacts are; its id may have MLflow's `m-`."""
    return below(root, *ModelPlace(experiment_id, model_id.removeprefix("m-")).parts)


def version_artifacts(root: str, model: str, version: VersionNumber | str) -> str:
    """Where a registered version's artifacts are.

    Args:
        root: as in `run_artifacts`.
        model: the model's slug.
        version: the semantic version.
    """
    number = version if isinstance(version, VersionNumber) else VersionNumber.parse(version)
    return below(root, *VersionPlace(model, number).parts)


def below(root: str, *parts: str) -> str:
    """A place below a root: an experiment's own location, or what `artifact_root` gave."""
    if is_ours(root):
        registry, words = _root(root)
        return registry.below((MARK, *([words] if words else []), *parts))
    split_root = urlsplit(root)
    path = "/".join((split_root.path.rstrip("/"), *parts))
    return urlunsplit(split_root._replace(path=path))


def parse(address: str) -> Address:
    """What an address names.

    Raises:
        UsageError: if it names nothing, with the reason.
    """
    registry, words = split(address)
    place, path = read_words(words)
    return Address(registry, place, path)


def split(address: str) -> tuple[RegistryUri, str]:
    """The registry, and the words after `/-/`, which may be the beginning of a place only.

    MLflow appends paths to addresses as they are, unquoted, so only the registry's part is a URI.

    Raises:
        UsageError: if it names no registry.
    """
    body, question, query = address.partition("?")
    before, _, words = f"{body}/".partition(f"/{MARK}/")
    registry = RegistryUri.parse(f"{before.rstrip('/')}{question}{query}")
    if "#" in words:
        raise UsageError(f"{address[:300]!a} holds a #, which no address can", hint=_BY_PATH)
    return registry, words.rstrip("/")


_root = lru_cache(maxsize=64)(split)
"""Roots are few, and every run has an address below one."""


def joined(words: str, path: str | None) -> str:
    """The words of an address with a path below them; either may be empty."""
    return "/".join(part for part in (words, (path or "").rstrip("/")) if part)


def read_words(words: str) -> tuple[Place, str]:
    """What the words after `/-/` name.

    Raises:
        UsageError: if they name nothing.
    """
    match words.split("/"):
        case [experiment, run, word, *path] if word == ARTIFACTS and _EXPERIMENT.fullmatch(experiment):
            if _RUN.fullmatch(run):
                return RunPlace(experiment, run), checked_path("/".join(path))
        case [experiment, kind, model, word, *path] if (kind, word) == (MODELS, ARTIFACTS):
            if _EXPERIMENT.fullmatch(experiment) and (found := _MODEL.fullmatch(model)):
                return ModelPlace(experiment, found[1]), checked_path("/".join(path))
        case [kind, model, version, word, *path] if (kind, word) == (REGISTERED, ARTIFACTS):
            return _version_place(words, model, version), checked_path("/".join(path))
    raise UsageError(
        f"{words[:300]!a} is no place of artifacts",
        hint="places are <experiment id>/<run id>/artifacts, <experiment id>/models/m-<id>/artifacts"
        " and registered/<model>/<version>/artifacts",
    )


def checked_path(path: str) -> str:
    """The name under which an artifact of that path is kept; empty for all artifacts.

    It is in Unicode's composed form, and has another sign for `:`, which Windows takes for a stream's name and people
    write into times of day; `shown_path` turns it back.

    Raises:
        UsageError: if no artifact can have that path, or somebody could read it as one that leaves the folder.
    """
    if not path:
        return ""
    name = path if path.isascii() else unicodedata.normalize("NFC", path)
    if _PLACE.match(name):
        raise UsageError(f"{path[:300]!a} is no path of an artifact: it begins as a URI or with a drive")
    name = name.replace(":", COLON)
    try:
        artifact_path(name)
    except ValueError as error:
        raise UsageError(f"{path[:300]!a} is no path of an artifact: {error}") from error
    if any(_climbs(reading) for reading in _readings(name)):
        raise UsageError(f"{path[:300]!a} is no path of an artifact: decoded, it would leave the folder")
    return name


def shown_path(name: str) -> str:
    """The path as it was given when the artifact was logged."""
    return name.replace(COLON, ":")


def _version_place(words: str, model: str, version: str) -> VersionPlace:
    try:
        return VersionPlace(slug(model), VersionNumber.parse(version))
    except ValueError as error:
        raise UsageError(f"{words[:300]!a} is no place of a registered version: {error}") from error


def _readings(path: str) -> list[str]:
    """What others might make of a path: decoded as often as it goes, and its compatible characters (Unicode, NFKC)."""
    readings = [path]
    while (decoded := unquote(readings[-1])) != readings[-1]:
        if len(readings) >= _MOST_READINGS:
            raise UsageError(f"{path[:300]!a} is no path of an artifact: it is encoded more than ten times")
        readings.append(decoded)
    return [*readings, *(unicodedata.normalize("NFKC", reading) for reading in readings)]


def _climbs(reading: str) -> bool:
    parts = re.split(r"[/\\]", reading)
    return reading.startswith(("/", "\\")) or ".." in parts or "\0" in reading
