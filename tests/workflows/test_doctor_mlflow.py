"""The doctor finds the traps of whoever logs by MLflow."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from clinic import Clinic
from desk import Desk

from gitreg.workflows.doctor.mlflow import GOOD


@pytest.fixture
def clinic(desk: Desk) -> Clinic:
    """A healthy registry, and nobody's MLflow on the path."""
    clinic = Clinic(desk, desk.path)
    clinic.environ["PATH"] = f"{desk.path.parent / 'tools'}:/usr/bin:/bin"
    return clinic


def mlflow(clinic: Clinic, *, gitreg: bool, version: str) -> None:
    """An `mlflow` on the path whose Python says that of itself."""
    tools = clinic.desk.path.parent / "tools"
    python = tools / "python3"
    names = f'{{\\"gitreg\\": {str(gitreg).lower()}, \\"version\\": \\"{version}\\"}}'
    python.write_text(f'#!/bin/sh\necho "{names}"\n')
    python.chmod(0o755)
    (tools / "mlflow").write_text(f"#!{python}\n")
    (tools / "mlflow").chmod(0o755)


@pytest.mark.parametrize("uri", ["gitreg", "gitreg://models/churn", "gitreg:models", "gitreg+https:///group"])
def test_an_address_that_means_nothing(clinic: Clinic, uri: str) -> None:
    """The command that is printed sets the right one."""
    found = clinic.find("mlflow-address", MLFLOW_TRACKING_URI=uri)

    assert found["command"] == f"export MLFLOW_TRACKING_URI=gitreg://{clinic.place}"
    assert GOOD.fullmatch(f"gitreg://{clinic.place}")


@pytest.mark.parametrize(
    "uri", ["gitreg+https://host/group/project", "gitreg+ssh://git@host/group/project", "sqlite:///x"]
)
def test_addresses_that_are_good_or_of_others(clinic: Clinic, uri: str) -> None:
    """Nothing is said of them."""
    assert not [code for code in clinic.codes(MLFLOW_TRACKING_URI=uri) if code.startswith("mlflow-address")]


def test_models_that_are_registered_elsewhere(clinic: Clinic) -> None:
    """One address serves for both."""
    uri = f"gitreg://{clinic.place}"
    mlflow(clinic, gitreg=True, version="3.17.2")

    found = clinic.find(
        "mlflow-registry-elsewhere", MLFLOW_TRACKING_URI=uri, MLFLOW_REGISTRY_URI="sqlite:///x"
    )
    assert found["command"] == "unset MLFLOW_REGISTRY_URI"
    assert clinic.codes(MLFLOW_TRACKING_URI=uri, MLFLOW_REGISTRY_URI=uri) == clinic.codes()


def test_an_mlflow_of_another_environment(clinic: Clinic) -> None:
    """It would refuse the address; what installs the plugin names its own Python."""
    mlflow(clinic, gitreg=False, version="3.17.2")

    found = clinic.find("mlflow-without-gitreg", MLFLOW_TRACKING_URI=f"gitreg://{clinic.place}")

    assert found["command"].endswith("/tools/python3 -m pip install 'gitreg-ml[mlflow]'")


@pytest.mark.parametrize(
    ("version", "is_found"),
    [("3.14.9", True), ("3.15.0", False), ("3.17.2", False), ("3.18.0", True), ("2.22.0", True)],
)
def test_an_mlflow_that_nobody_tested(clinic: Clinic, version: str, *, is_found: bool) -> None:
    """Three minor versions are."""
    mlflow(clinic, gitreg=True, version=version)

    assert ("mlflow-version" in clinic.codes(MLFLOW_TRACKING_URI=f"gitreg://{clinic.place}")) == is_found


def test_who_logs_elsewhere_is_told_nothing(clinic: Clinic) -> None:
    """It is nobody's business here."""
    mlflow(clinic, gitreg=False, version="2.0.0")

    assert not [
        code for code in clinic.codes(MLFLOW_TRACKING_URI="http://localhost:5000") if "mlflow" in code
    ]


def test_this_environment_has_the_plugin(clinic: Clinic) -> None:
    """The real question, to a real Python."""
    tools = Path(clinic.desk.path.parent / "tools")
    (tools / "mlflow").write_text(f"#!{sys.executable}\n")
    (tools / "mlflow").chmod(0o755)

    assert not [
        code for code in clinic.codes(MLFLOW_TRACKING_URI=f"gitreg://{clinic.place}") if "mlflow" in code
    ]
