"""docs/tutorial-gitlab.md is told by examples/gitlab/story.py: its blocks, against the stand-in and gitlab-ci-local."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
TUTORIAL = TOP / "docs" / "tutorial-gitlab.md"
LACKING = 3
STORY = TOP / "examples" / "gitlab"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the story with a project's token said from its beginning to its end."""
    folder = tmp_path_factory.mktemp("gitlab")
    environ = {
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    done = subprocess.run(
        [sys.executable, str(STORY / "story.py"), "project-token", str(folder / "story")],
        env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip

    if done.returncode == LACKING:
        pytest.skip("gitlab-ci-local or rsync is not here: source .ci/gitlab-ci-local brings it")
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def blocks() -> list[str]:
    return re.findall(r"^```sh (\S+)$", TUTORIAL.read_text("utf-8"), re.MULTILINE)


def test_every_block_is_typed_in_a_story() -> None:
    """The tutorial's commands are the script's: it reads them from there, and leaves none out."""
    text = (STORY / "story.py").read_text("utf-8")

    assert blocks() == sorted(set(blocks()), key=blocks().index)
    assert sorted(blocks()) == sorted(set(re.findall(r'story\.type\("([^"]+)"\)', text)))
    assert "```sh\n" not in TUTORIAL.read_text("utf-8")


def test_a_job_logs_three_candidates(said: str) -> None:
    """They are there for whoever fetches."""
    assert "3 candidates from origin" in said


def test_a_merge_request_is_checked_and_reported(said: str) -> None:
    """By its own pipeline, and with one note."""
    part = said.split("pipeline for merge request !2")[1].split("click: Merge", maxsplit=1)[0]

    assert "PASS  gitreg-validate" in part
    assert "PASS  gitreg-promote-check" in part
    assert "notes of merge request !2: 1" in part


def test_what_was_merged_is_signed_deployed_and_predicts(said: str) -> None:
    """By the machine's key, whose tag starts the deployment; and it verifies elsewhere, too."""
    part = said.split("click: Merge, in merge request !2")[1]

    assert "PASS  gitreg-release" in part
    assert "approved there by bob" in part
    assert "GitLab starts a pipeline for refs/tags/stage/tumours/production/1" in part
    assert "tumours 1.0.0 is verified: model/tumours/v1.0.0, signed by gitlab" in part
    assert part.count("of 143 tumours told right") == 2


def test_all_calls_are_as_gitlab_describes_them(said: str) -> None:
    assert said.splitlines()[-1] == "broke GitLab's contract: nothing"
