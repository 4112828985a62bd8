"""Tags of CI jobs: in CI only, and only what is well formed."""

from __future__ import annotations

import pytest
from artifact_desk import desk_in
from mlflow.tracking.context.registry import resolve_tags

from gitreg.mlflow_plugin.entry import RunContext
from gitreg.mlflow_plugin.run_context import tags

JOB = {
    "CI": "true",
    "CI_PROJECT_PATH": "group/churn",
    "CI_PIPELINE_ID": "12",
    "CI_JOB_ID": "345",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_COMMIT_SHA": "9f1c" * 10,
    "CI_JOB_TOKEN": "secret",
}


def test_a_job_is_named():
    """Project, pipeline, job, merge request and commit; never a token."""
    assert tags(JOB) == {
        f"gitlab.{name}": value for name, value in JOB.items() if name not in {"CI", "CI_JOB_TOKEN"}
    }


def test_outside_of_ci_there_is_none(environ):
    """A laptop has no job."""
    assert tags({name: value for name, value in JOB.items() if name != "CI"}) == {}
    assert not RunContext().in_context()


@pytest.mark.parametrize("value", ["1; rm", "12\n", "", "x" * 10, "\uff11\uff12"])
def test_what_is_malformed_is_left_out(value):
    """It is as if GitLab had said nothing."""
    assert "gitlab.CI_JOB_ID" not in tags(JOB | {"CI_JOB_ID": value})


def test_mlflow_asks_for_them(environ, monkeypatch, tmp_path):
    """By the entry point, for every run of the fluent API."""
    for name, value in JOB.items():
        monkeypatch.setenv(name, value)

    with desk_in(tmp_path):
        assert resolve_tags()["gitlab.CI_JOB_ID"] == "345"
