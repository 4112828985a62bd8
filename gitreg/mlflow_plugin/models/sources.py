"""What MLflow calls the source of a model version, as what it names in this registry; most other text names nothing here."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mlflow.exceptions import MlflowException

from gitreg.domain.words import CANDIDATE_ID
from gitreg.errors import UsageError
from gitreg.mlflow_plugin.addresses import (
    ModelPlace,
    Place,
    RunPlace,
    VersionPlace,
    checked_path,
    parse,
    read_words,
)
from gitreg.mlflow_plugin.models.untyped import parse_runs_uri
from gitreg.mlflow_plugin.uris import RegistryUri, is_ours
from gitreg.workflows.versions.registered_source import OfCandidate, OfLoggedModel, OfVersion, Origin

_RUN = re.compile(CANDIDATE_ID)
_MODEL = re.compile(f"m-({CANDIDATE_ID})")


def origin_of(store_uri: str, source: str, run_id: str | None, model_id: str | None) -> Origin | None:
    """What of the registry a source names; None where it is elsewhere, or nothing.

    Args:
        store_uri: the registry's.
        source: as MLflow's API was told.
        run_id: the run, as the API was told.
        model_id: the logged model, as the API was told.
    """
    try:
        return _named(store_uri, source, run_id) or _by_id(model_id, source)
    except (UsageError, MlflowException):
        return None  # it may be good for something else; loading it will tell


def _named(store_uri: str, source: str, run_id: str | None) -> Origin | None:
    scheme = source.partition(":")[0].lower() if ":" in source else ""
    if is_ours(source):
        address = parse(source)
        is_here = address.registry.place == RegistryUri.parse(store_uri).place
        return _of_place(address.place, address.path) if is_here else None
    if scheme == "mlflow-artifacts":
        return _of_place(*read_words(urlsplit(source).path.strip("/")))
    if scheme == "runs":
        run, path = parse_runs_uri(source)
        return _of_run(run, path)
    if scheme == "models":
        found = _MODEL.fullmatch(source.removeprefix("models:").lstrip("/"))
        return OfLoggedModel(found[1]) if found else None
    if scheme or source.startswith(("/", ".")) or run_id is None:
        return None
    return _of_run(run_id, source)


def _of_place(place: Place, path: str) -> Origin | None:
    if isinstance(place, RunPlace):
        return _of_run(place.run, path)
    if isinstance(place, ModelPlace):
        return OfLoggedModel(place.model, path)
    return OfVersion(place.model, place.version) if isinstance(place, VersionPlace) and not path else None


def _of_run(run: str, path: str) -> Origin | None:
    return OfCandidate(run, checked_path(path.strip("/"))) if _RUN.fullmatch(run) else None


def _by_id(model_id: str | None, source: str) -> Origin | None:
    """The logged model that was named beside a source that names nothing here, such as a server's address of it."""
    found = _MODEL.fullmatch(model_id or "")
    return OfLoggedModel(found[1]) if found and urlsplit(source).scheme in {"http", "https"} else None
