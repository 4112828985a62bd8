"""Tags that say which CI job a run belongs to, as GitLab's predefined variables give them; elsewhere none.

They are called as GitLab's own MLflow integration calls them, so that its pages find the job, too
(https://docs.gitlab.com/user/project/ml/experiment_tracking/mlflow_client/). Only from an allow-list, and only what is well formed:
names of branches and titles in such variables are strangers' words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PREFIX = "gitlab."
VARIABLES: Mapping[str, re.Pattern[str]] = {
    "CI_PROJECT_PATH": re.compile(r"[\w.+-]+(/[\w.+-]+)*"),
    "CI_PIPELINE_ID": re.compile(r"[0-9]{1,20}"),
    "CI_JOB_ID": re.compile(r"[0-9]{1,20}"),
    "CI_MERGE_REQUEST_IID": re.compile(r"[0-9]{1,20}"),
    "CI_COMMIT_SHA": re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?"),
}


def tags(environ: Mapping[str, str]) -> dict[str, str]:
    """The tags of the job around us; none outside of CI."""
    if not environ.get("CI"):
        return {}
    found = {name: environ.get(name, "") for name in VARIABLES}
    return {f"{PREFIX}{name}": value for name, value in found.items() if VARIABLES[name].fullmatch(value)}
