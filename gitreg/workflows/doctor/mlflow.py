"""Traps of whoever logs by MLflow: an address that MLflow takes for a folder, an MLflow that does not know gitreg, or is another one.

Looked at only where `MLFLOW_TRACKING_URI` speaks of gitreg. Imports no MLflow: what is asked is the Python that the `mlflow` on the
user's path is run by, which may not be this one.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, Subject, command

URI = Kind(
    "mlflow-address",
    "error",
    "a MLFLOW_TRACKING_URI that MLflow does not take for gitreg's",
    "export MLFLOW_TRACKING_URI=gitreg:///PATH",
)
ELSEWHERE = Kind(
    "mlflow-registry-elsewhere",
    "warning",
    "a MLFLOW_REGISTRY_URI that sends models somewhere else than runs",
    "unset MLFLOW_REGISTRY_URI",
)
PLUGIN = Kind(
    "mlflow-without-gitreg",
    "error",
    "an `mlflow` on the path whose Python has no gitreg",
    "PYTHON -m pip install 'gitreg-ml[mlflow]'",
)
VERSION = Kind(
    "mlflow-version",
    "warning",
    "an MLflow that gitreg is not tested with",
    "PYTHON -m pip install 'mlflow>=3.15,<3.18'",
)

TESTED = ((3, 15), (3, 17))
"""The oldest and the newest minor version."""
PATIENCE = 20.0
# three slashes, or the one that MLflow leaves of them; a host after two
GOOD = re.compile(r"gitreg(\+file)?:(///?)?/[^/].*|gitreg\+(https|ssh)://[^/]+/.+")
_SHEBANG = re.compile(rb"#!\s*(/[^\s]+)")
_QUESTION = """
import json
from importlib import metadata
names = {one.name for one in metadata.entry_points(group="mlflow.tracking_store")}
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
print(json.dumps({"gitreg": "gitreg" in names, "version": version("mlflow") or version("mlflow-skinny")}))
"""


@dataclass(frozen=True)
class _Told:
    """What a Python says of its MLflow."""

    python: str
    has_gitreg: bool
    version: str | None


def find_traps(subject: Subject) -> list[Diagnosis]:
    """What stands between MLflow and this registry."""
    uri = subject.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri.startswith("gitreg"):
        return []
    found = [] if _is_good(uri) else [_bad_address(subject, uri)]
    registry = subject.environ.get("MLFLOW_REGISTRY_URI", "")
    if registry and registry != uri:
        what = f"MLFLOW_REGISTRY_URI is {registry!a}, and MLFLOW_TRACKING_URI {uri!a}"
        why = "models are registered there, while their runs are here; gitreg's address serves for both"
        found.append(Diagnosis(ELSEWHERE, what, why, "unset MLFLOW_REGISTRY_URI"))
    return [*found, *_of_installation(subject)]


def _is_good(uri: str) -> bool:
    return GOOD.fullmatch(uri.partition("?")[0]) is not None and not uri.startswith(
        ("gitreg:///~", "gitreg:/~")
    )


def _bad_address(subject: Subject, uri: str) -> Diagnosis:
    if ":" not in uri:
        why = "without a colon it is a relative folder to MLflow, which logs there, in its own way"
    elif re.match(r"gitreg(\+file)?://[^/]", uri):
        why = "after two slashes comes a host; a folder has three"
    else:
        why = "it is no whole path, and would mean another folder in each process"
    good = f"gitreg://{subject.repository.work_tree or subject.repository.git_dir}"
    return Diagnosis(
        URI, f"MLFLOW_TRACKING_URI is {uri!a}", why, f"export {command(f'MLFLOW_TRACKING_URI={good}')}"
    )


def _of_installation(subject: Subject) -> list[Diagnosis]:
    path = ":".join(one for one in subject.environ.get("PATH", "").split(":") if one.startswith("/"))
    program = shutil.which("mlflow", path=path)
    told = _asked(_python_of(program) if program else sys.executable, subject)
    if told is None:
        return []
    found = []
    if not told.has_gitreg:
        what = f"{program or told.python} is an MLflow without gitreg"
        why = "a plugin is found only in the environment that it is installed in"
        install = command(told.python, "-m", "pip", "install", "gitreg-ml[mlflow]")
        found.append(Diagnosis(PLUGIN, what, why, install))
    if told.version is not None and not _is_tested(told.version):
        oldest, newest = (".".join(map(str, one)) for one in TESTED)
        what = f"{program or told.python} is MLflow {told.version}"
        why = f"gitreg is tested with {oldest} to {newest}; others may ask for what it has not, or otherwise"
        limit = f"mlflow>={oldest},<{TESTED[1][0]}.{TESTED[1][1] + 1}"
        found.append(Diagnosis(VERSION, what, why, command(told.python, "-m", "pip", "install", limit)))
    return found


def _python_of(program: str) -> str | None:
    """The Python that a script of a package is run by (PyPA, "Entry points specification"); None where that is not said."""
    try:
        with Path(program).open("rb") as file:
            found = _SHEBANG.match(file.readline(4096))
    except OSError:
        return None
    named = found[1].decode("utf-8", "surrogateescape") if found else ""
    return named if Path(named).name.startswith("python") else None


def _asked(python: str | None, subject: Subject) -> _Told | None:
    if not python:
        return None
    try:
        done = subprocess.run(
            [python, "-c", _QUESTION],
            env=dict(subject.environ),
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            cwd="/",
        )
        said = json.loads(done.stdout)
        return _Told(python, bool(said["gitreg"]), said["version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None


def _is_tested(version: str) -> bool:
    numbers = re.match(r"([0-9]+)\.([0-9]+)", version)
    return numbers is not None and TESTED[0] <= (int(numbers[1]), int(numbers[2])) <= TESTED[1]


TRAPS = Check("MLflow", (URI, ELSEWHERE, PLUGIN, VERSION), find_traps)
