"""What of this registry an imported version is made from, by what MLflow wrote down as its source. Knows addresses only."""

from __future__ import annotations

import re

from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.places import plain
from gitreg.workflows.import_mlflow.values import SourceVersion
from gitreg.workflows.versions.registered_source import OfCandidate, OfLoggedModel

_LOGGED = re.compile(r"models:/(m-[0-9a-f]{32})(?:/(.*))?")
_OF_LOGGED = re.compile(r".*/models/(m-[0-9a-f]{32})/artifacts(?:/(.*))?")
_OF_RUN = re.compile(r"(?:runs:/+([^/]+)|.*/([^/]+)/artifacts)(?:/(.*))?")


def origins_of(version: SourceVersion) -> list[OfCandidate | OfLoggedModel]:
    """The candidates or logged models whose artifacts may be what was registered, the likeliest first."""
    found: list[OfCandidate | OfLoggedModel] = []
    for address in dict.fromkeys(map(plain, (version.address, version.source))):
        if match := _LOGGED.fullmatch(address) or _OF_LOGGED.fullmatch(address):
            found.append(OfLoggedModel(fitting.logged_model_id(match[1]), _path(match[2])))
        if match := _OF_RUN.fullmatch(address):
            run = match[1] or match[2]
            if not version.run or run == version.run:
                found.append(OfCandidate(fitting.run_id(run), _path(match[3])))
    if version.logged_model and not found:
        found.append(OfLoggedModel(fitting.logged_model_id(version.logged_model)))
    return found


def _path(found: str | None) -> str:
    return (found or "").strip("/")
