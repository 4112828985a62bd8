"""A job as GitLab's runner gives it to a shell: in a shallow, detached clone, with GitLab's variables around it.

After what the runner's own source does (shells/abstract.go, shells/bash.go): `git init`, one `git fetch --depth 20` of one ref and the
pipeline's, a detached checkout, `git clean -ffdx`; then `before_script` and `script` in one shell that ends at the first error.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

LONG = pytest.mark.skipif(
    os.environ.get("GITREG_PIPELINES") != "all",
    reason="the long form: GITREG_PIPELINES=all pytest tests/templates",
)
SOURCES = str(Path(__file__).resolve().parents[2])
PIPELINE = "refs/pipelines/1"
WORDS = "$(touch pwned-1)`touch pwned-2`';touch pwned-3;'\"\ntouch pwned-4\n|| touch pwned-5 & ${IFS} %0a\r\x1b[31m@all /merge"
"""What a stranger writes into a title, a message or a name, to have it run."""


@dataclass
class Runner:
    """A runner for a desk's remote.

    Args:
        desk: whose registry it is; its remote is `remote.git` beside it.
        url: where jobs clone from.
    """

    desk: Desk
    url: str = ""
    jobs: int = field(default=0)

    def __post_init__(self) -> None:
        self.url = self.url or str(self.desk.path.parent / "remote.git")
        tools = self.desk.path.parent / "tools"
        tools.mkdir(exist_ok=True)
        gitreg = tools / "gitreg"
        gitreg.write_text(f'#!/bin/sh\nPYTHONPATH={SOURCES} exec {sys.executable} -m gitreg "$@"\n')
        gitreg.chmod(0o755)

    @property
    def remote(self) -> Path:
        """The bare repository itself."""
        return self.desk.path.parent / "remote.git"

    def clone(
        self,
        commit: str,
        *,
        branch: str | None = None,
        tag: str | None = None,
        depth: int = 20,
        bare: Path | None = None,
    ) -> Path:
        """A clone as a job finds it: `commit` is checked out, and nothing but that and its branch or tag is known.

        `bare` is the repository behind the URL, where that is not the desk's remote.
        """
        self.jobs += 1
        folder = self.desk.path.parent / f"builds-{self.jobs}" / "project"
        folder.mkdir(parents=True)
        self.desk.git("update-ref", PIPELINE, commit, at=bare or self.remote)
        specs = [f"+{PIPELINE}:{PIPELINE}"]
        specs += [f"+refs/heads/{branch}:refs/remotes/origin/{branch}"] if branch else []
        specs += [f"+refs/tags/{tag}:refs/tags/{tag}"] if tag else []
        self.desk.git("init", "-q", at=folder)
        self.desk.git("remote", "add", "origin", self.url, at=folder)
        depths = [f"--depth={depth}"] if depth else []
        self.desk.git("fetch", "-q", "--no-tags", "--prune", *depths, "origin", *specs, at=folder)
        self.desk.git("checkout", "-q", "-f", "--detach", commit, at=folder)
        self.desk.git("clean", "-q", "-ffdx", at=folder)
        return folder

    def variables(self, commit: str, source: str = "push", **more: str) -> dict[str, str]:
        """What GitLab tells every job, and what a test adds."""
        told = {
            "CI": "true", "GITLAB_CI": "true", "CI_COMMIT_SHA": commit, "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_SOURCE": source, "CI_PROJECT_PATH": "team/registry", "CI_PROJECT_ID": "7",
            "CI_SERVER_HOST": "gitlab.example.com", "CI_COMMIT_BEFORE_SHA": "0" * 40,
            "GITLAB_USER_NAME": "Bea Example", "GITLAB_USER_EMAIL": "bea@example.com",
        }  # fmt: skip
        return told | more

    def run(
        self, job: Mapping[str, Any], folder: Path, variables: Mapping[str, str], *, shell: str = "bash"
    ) -> subprocess.CompletedProcess[str]:
        """Runs a job's scripts as the runner does; the job's variables are not expanded, as all of ours say."""
        lines = [*job.get("before_script", []), *job["script"]]
        text = "set -eu\n" if shell == "sh" else "set -eo pipefail\n"
        named = {
            name: str(one["value"] if isinstance(one, dict) else one)
            for name, one in job.get("variables", {}).items()
        }
        return self.shell(text + "\n".join(lines), folder, {**named, **variables}, shell=shell)

    def shell(
        self, text: str, folder: Path, variables: Mapping[str, str], *, shell: str = "bash"
    ) -> subprocess.CompletedProcess[str]:
        """Runs lines in a clone, with the job's variables."""
        environ = {
            key: value for key, value in self.desk.environ.items() if not key.startswith("GIT_CONFIG_G")
        }
        environ |= {
            "PATH": f"{self.desk.path.parent / 'tools'}:{environ['PATH']}",
            "CI_PROJECT_DIR": str(folder),
            **variables,
        }
        # in a subshell at the end of a pipe, as the runner does, so that traps on EXIT are tested as they will run; bash then makes 1 of
        # most codes, but not of an explicit exit (https://docs.gitlab.com/runner/configuration/feature-flags/, new eval strategy)
        quoted = "'" + text.replace("'", "'\\''") + "'"
        return subprocess.run(
            [shell, "-c", f": | eval {quoted}"],
            cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
