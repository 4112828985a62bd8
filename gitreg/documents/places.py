"""Where files live in a registry, and what branches are called, as far as names alone say it: docs/format.md, both ways.

Every grammar is matched whole: a path is exactly what gitreg would write, or it is none of gitreg's. Knows names; reads no
files. What needs records or version numbers is in layout.py; this costs nothing to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gitreg.domain.words import CANDIDATE_ID, SLUG, candidate_id, slug

REGISTRY = "gitreg.yaml"
TRUST = ".gitreg/trust"
ALLOWED_SIGNERS = f"{TRUST}/allowed_signers"
REVOKED_KEYS = f"{TRUST}/revoked_keys"
ROLES = f"{TRUST}/roles.yaml"
OPENPGP_KEYS = f"{TRUST}/openpgp_keys"
X509_CERTIFICATES = f"{TRUST}/x509_certificates"
ROOT = f"{TRUST}/root.yaml"
SIGNATURES = f"{TRUST}/signatures"
HISTORY = f"{TRUST}/history"
DVC_CONFIG = ".dvc/config"
MODELS_IGNORE = "models/.gitignore"
CANDIDATES_BRANCH = "gitreg/candidates"

COUNT = r"[1-9][0-9]{0,8}"
_EXPERIMENT_FILE = re.compile(rf"experiments/({SLUG})/experiment\.yaml")
_CANDIDATE_FILE = re.compile(
    rf"experiments/({SLUG})/candidates/([0-9a-f]{{2}})/({CANDIDATE_ID})\.(yaml|sha256|dvc)"
)
_LOGGED_MODEL_FILE = re.compile(
    rf"experiments/({SLUG})/models/([0-9a-f]{{2}})/({CANDIDATE_ID})\.(yaml|sha256|dvc)"
)
_MODEL_FILE = re.compile(rf"models/({SLUG})/model\.yaml")
_NUMBER_FILE = re.compile(rf"models/({SLUG})/numbers/({COUNT})")


def experiment_path(experiment: str) -> str:
    """The experiment's record, on the candidate branch."""
    return f"experiments/{slug(experiment)}/experiment.yaml"


def candidates_folder(experiment: str) -> str:
    """The folder of an experiment's candidates."""
    return f"experiments/{slug(experiment)}/candidates"


def candidate_path(experiment: str, candidate: str) -> str:
    """The candidate's record."""
    return f"{_candidate_stem(experiment, candidate)}.yaml"


def candidate_manifest_path(experiment: str, candidate: str) -> str:
    """The manifest of the candidate's artifacts."""
    return f"{_candidate_stem(experiment, candidate)}.sha256"


def candidate_dvc_path(experiment: str, candidate: str) -> str:
    """The DVC file of the candidate's artifacts."""
    return f"{_candidate_stem(experiment, candidate)}.dvc"


def _candidate_stem(experiment: str, candidate: str) -> str:
    """Fanned out by two hex digits, so that a commit costs the same at any number of candidates."""
    return f"{candidates_folder(experiment)}/{candidate_id(candidate)[:2]}/{candidate}"


def logged_model_path(experiment: str, model: str) -> str:
    """The logged model's record."""
    return f"{_logged_model_stem(experiment, model)}.yaml"


def logged_model_manifest_path(experiment: str, model: str) -> str:
    """The manifest of the logged model's artifacts."""
    return f"{_logged_model_stem(experiment, model)}.sha256"


def logged_model_dvc_path(experiment: str, model: str) -> str:
    """The DVC file of the logged model's artifacts."""
    return f"{_logged_model_stem(experiment, model)}.dvc"


def _logged_model_stem(experiment: str, model: str) -> str:
    return f"experiments/{slug(experiment)}/models/{candidate_id(model)[:2]}/{model}"


def model_path(model: str) -> str:
    """The model's record, on the accepted branch."""
    return f"models/{slug(model)}/model.yaml"


def numbers_folder(model: str) -> str:
    """The folder whose files claim MLflow's numbers for versions."""
    return f"models/{slug(model)}/numbers"


def number_path(model: str, number: int) -> str:
    """The file that says which version has the number."""
    return f"{numbers_folder(model)}/{numbered(number)}"


def versions_folder(model: str) -> str:
    """The folder of a model's versions."""
    return f"models/{slug(model)}/versions"


def root_history_path(version: int) -> str:
    """A former trust root."""
    return f"{HISTORY}/{numbered(version)}/root.yaml"


def numbered(number: int) -> str:
    """A number as it stands in a path or ref: from 1, without leading zeros.

    Raises:
        ValueError: for any other number.
    """
    if not re.fullmatch(COUNT, str(number)):
        raise ValueError(f"not a number from 1 to 999999999: {number}")
    return str(number)


def experiment_of(path: str) -> str | None:
    """The experiment whose record lives at `path`."""
    match = _EXPERIMENT_FILE.fullmatch(path)
    return match[1] if match and holds(slug, match[1]) else None


def candidate_of(path: str) -> tuple[str, str] | None:
    """The experiment and id of the candidate whose record lives at `path`."""
    found = candidate_file_of(path)
    return found[:2] if found and found[2] == "yaml" else None


def candidate_file_of(path: str) -> tuple[str, str, str] | None:
    """Experiment, id and suffix (`yaml`, `sha256`, `dvc`) of a candidate's file."""
    return _fanned_out(_CANDIDATE_FILE, path)


def logged_model_of(path: str) -> tuple[str, str] | None:
    """The experiment and id of the logged model whose record lives at `path`."""
    found = logged_model_file_of(path)
    return found[:2] if found and found[2] == "yaml" else None


def logged_model_file_of(path: str) -> tuple[str, str, str] | None:
    """Experiment, id and suffix (`yaml`, `sha256`, `dvc`) of a logged model's file."""
    return _fanned_out(_LOGGED_MODEL_FILE, path)


def is_logged(path: str) -> bool:
    """Whether the record of a candidate or of a logged model lives at `path`."""
    return candidate_of(path) is not None or logged_model_of(path) is not None


def logged_owner(path: str) -> str | None:
    """The record of the candidate or logged model that a file is or belongs to: its manifest, its DVC file."""
    if candidate := candidate_file_of(path):
        return candidate_path(*candidate[:2])
    model = logged_model_file_of(path)
    return logged_model_path(*model[:2]) if model else None


def manifest_beside(path: str) -> str | None:
    """The manifest that belongs to the DVC file of a candidate or of a logged model at `path`; None of any other file."""
    owner = logged_owner(path) if path.endswith(".dvc") else None
    return f"{owner.removesuffix('.yaml')}.sha256" if owner else None


def _fanned_out(pattern: re.Pattern[str], path: str) -> tuple[str, str, str] | None:
    match = pattern.fullmatch(path)
    if match is None or match[3][:2] != match[2] or not holds(slug, match[1]):
        return None
    return match[1], match[3], match[4]


def model_of(path: str) -> str | None:
    """The model whose record lives at `path`."""
    match = _MODEL_FILE.fullmatch(path)
    return match[1] if match and holds(slug, match[1]) else None


def number_of(path: str) -> tuple[str, int] | None:
    """The model and number that the file at `path` claims."""
    match = _NUMBER_FILE.fullmatch(path)
    return (match[1], int(match[2])) if match and holds(slug, match[1]) else None


def holds(check: Callable[[str], object], text: str) -> bool:
    """Whether a check of names accepts the text."""
    try:
        check(text)
    except ValueError:
        return False
    return True
