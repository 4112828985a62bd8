"""Fixtures for every test: a sealed environment and a fresh repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")


@pytest.fixture
def environ(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A sealed environment: a HOME of its own, no system configuration, a fixed identity."""
    home = tmp_path_factory.mktemp("home")
    sealed = {name: os.environ[name] for name in KEPT if name in os.environ}
    sealed |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada Example\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n'
    )
    for name in list(os.environ):
        if name not in sealed and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    for name, value in sealed.items():
        monkeypatch.setenv(name, value)
    return sealed


@pytest.fixture
def make_repository(environ: dict[str, str]) -> Callable[[Path], Path]:
    """Makes a git repository with one commit on `main`; returns its path."""

    def make(path: Path) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        (path / "train.py").write_text("print('training')\n")
        for words in (["init", "-q", "-b", "main"], ["add", "train.py"], ["commit", "-q", "-m", "Start"]):
            subprocess.run(["git", *words], cwd=path, env=environ, check=True)
        return path

    return make
