"""A registry with a released model, made once by the command line and copied for each test."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import in_process
import pytest
from cli_calls import EXECUTABLE, KEPT, SOURCES, Gitreg, Said, Template, git

from gitreg.cli.entry import outcome


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A registry: experiment churn with three candidates, model churn with 1.0.0 released and in production."""
    top = tmp_path_factory.mktemp("template")
    folder, home = top / "registry", top / "home"
    folder.mkdir()
    home.mkdir()
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "PYTHONPATH": SOURCES}

    def gitreg(*words: str) -> str:
        said = in_process.call(folder, *words, environ=environ)
        assert said.code == 0, said.err
        return said.out.strip()

    gitreg("init", "--identity", "Ada Example <ada@example.com>", "--signing-key", "new", "--name", "models")
    (folder / "model.bin").write_bytes(b"\x00the weights")
    gitreg(
        "log",
        "churn",
        "-p",
        "lr=0.1",
        "-m",
        "auc=0.9@1",
        "-m",
        "auc=0.93@2",
        "-a",
        "model.bin",
        "-t",
        "team=growth",
    )
    gitreg("log", "churn", "-p", "lr=0.2", "-m", "auc=0.8", "-a", "model.bin", "--no-code")
    gitreg("experiment", "edit", "churn", "--primary", "auc")
    gitreg("promote", "churn/best", "-m", "churn", "--stage", "production")
    gitreg("release", "--merge", "--yes")
    gitreg("log", "churn", "-p", "lr=0.3", "-m", "auc=0.7", "--no-code")
    return Template(folder, home)


@pytest.fixture
def place(
    template: Template, tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of the template, to do with as a test likes; the current folder is elsewhere."""
    folder = tmp_path / "registry"
    shutil.copytree(template.folder, folder, symlinks=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return folder


@pytest.fixture
def gitreg(place: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Gitreg:
    """Calls the command line in this process, in the copy or another folder; `stdin` is what is piped in."""

    def call(*words: str, stdin: bytes = b"", folder: Path = place) -> Said:
        capfdbinary.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        code = outcome(["-C", str(folder), *words], os.environ)
        out, err = capfdbinary.readouterr()
        return Said(code, out.decode(), err.decode())

    return call


@pytest.fixture
def command(place: Path, environ: dict[str, str]) -> Gitreg:
    """Runs the real command in another process, in the copy."""

    def run(*words: str, stdin: bytes = b"", folder: Path = place, **variables: str) -> Said:
        done = subprocess.run(
            [*EXECUTABLE, *words],
            cwd=folder,
            env=environ | {"PYTHONPATH": SOURCES} | variables,
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def refs(place: Path) -> Callable[[], str]:
    """Every ref of the copy, and where it points."""
    return lambda: git(place, "for-each-ref", "--format=%(refname) %(objectname)")
