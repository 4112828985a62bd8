"""The project's own pipeline is well formed, and tests what the package says it supports."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.checkout
# https://docs.gitlab.com/ci/jobs/#job-name-limitations
RESERVED = {
    "image",
    "services",
    "stages",
    "before_script",
    "after_script",
    "variables",
    "cache",
    "include",
    "types",
}
GLOBAL = {"stages", "default", "variables", "workflow"}


@pytest.fixture(scope="module")
def pipeline() -> dict[str, Any]:
    """`.gitlab-ci.yml` as YAML."""
    loaded: dict[str, Any] = yaml.safe_load((TOP / ".gitlab-ci.yml").read_text())
    return loaded


def test_jobs_have_allowed_names_and_known_stages(pipeline: dict[str, Any]) -> None:
    """No job is called by a keyword of GitLab's, and each belongs to a stage that is there."""
    jobs = {name: job for name, job in pipeline.items() if name not in GLOBAL and not name.startswith(".")}

    assert not RESERVED & jobs.keys()
    for job in jobs.values():
        stage = job.get("stage") or pipeline[job["extends"]]["stage"]
        assert stage in pipeline["stages"]


def test_every_supported_python_is_tested(pipeline: dict[str, Any]) -> None:
    """The matrix has exactly the versions that the package's classifiers name."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    named = [match[1] for line in project["classifiers"] if (match := re.search(r":: (3\.\d+)$", line))]

    assert pipeline["tests"]["parallel"]["matrix"][0]["PYTHON"] == named


def test_scripts_that_jobs_run_are_there(pipeline: dict[str, Any]) -> None:
    """Every `bash FILE` of a job names a file of the checkout."""
    text = (TOP / ".gitlab-ci.yml").read_text()

    named = re.findall(r"bash ([\w./-]+)", text)

    assert named
    assert all((TOP / name).is_file() for name in named)
