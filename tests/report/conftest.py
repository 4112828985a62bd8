"""A registry in which churn 1.0.0 serves and 1.1.0 is proposed, made once; and what is reported of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from reviewing import prepared

from gitreg.workflows.report import Report, build_report


@pytest.fixture(scope="session")
def review(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Iterator[Desk]:
    """The desk: read it, never write to it."""
    top = tmp_path_factory.mktemp("review")
    home, work = top / "home", top / "work"
    home.mkdir()
    work.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada Example\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "DVC_NO_ANALYTICS": "1",
    }  # fmt: skip
    (work / "train.py").write_text("print('training')\n")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *words], cwd=work, env=environ, check=True)
    desk = Desk(work, environ, signing_key)
    desk.init()
    yield prepared(desk)
    desk.close()


@pytest.fixture(scope="session")
def report(review: Desk) -> Report:
    """What is reported of the proposal."""
    return build_report(review.registry, "churn!1.1.0")
