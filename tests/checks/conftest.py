"""A registry with a version, and another one proposed: made once, and only ever added to by commits that no branch has."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from judging import Bench

from gitreg.domain.version import VersionNumber

KEPT = ("PATH", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")


def _sealed(home: Path) -> dict[str, str]:
    (home / ".gitconfig").write_text(
        '[user]\n\tname = Ada Example\n\temail = ada@example.com\n[protocol "file"]\n\tallow = always\n'
    )
    known = {name: os.environ[name] for name in KEPT if name in os.environ}
    return known | {
        "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8",
    }  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Iterator[Bench]:
    """Churn 1.0.0 is released and in production, 1.1.0 is proposed for it; with it what each kind of proposal holds."""
    top = tmp_path_factory.mktemp("bench")
    (top / "home").mkdir()
    work, environ = top / "work", _sealed(top / "home")
    work.mkdir()
    (work / "train.py").write_text("print('training')\n")
    for words in (["init", "-q", "-b", "main"], ["add", "train.py"], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *words], cwd=work, env=environ, check=True)
    desk = Desk(work, environ, signing_key)
    desk.init()
    desk.promote(desk.log(), stage="production")
    desk.accept()
    desk.promote(
        desk.log(artifacts={"model.bin": b"better", "a/b.txt": b"x"}),
        stage="production",
        version=VersionNumber(1, 1, 0),
    )
    yield Bench(desk)
    desk.close()
