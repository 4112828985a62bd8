"""One honest registry for all attacks, built once; each attack gets a copy of its own to do harm to."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))

from attack_ground import Ground, make_ground
from attack_servers import Served, served_by_http, served_by_s3
from servers import S3, seaweed

from gitreg.cli.entry import outcome


@dataclass(frozen=True)
class Reply:
    """What a call of gitreg answered."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def honest_ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The registry that all others are copies of: read it, never write to it."""
    return make_ground(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def ground(honest_ground: Ground, tmp_path: Path, environ: dict[str, str]) -> Ground:
    """A copy of the honest registry."""
    return honest_ground.copy(tmp_path, environ)


@pytest.fixture
def call(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Reply]:
    """Calls gitreg in the verifier's clone: by the function that its process runs, or in a process of its own."""

    def run(*words: str, process: bool = False, **variables: str) -> Reply:
        places = {
            "{target}": str(ground.target),
            "{storage}": str(ground.storage),
            "{anchor}": str(ground.anchor),
        }
        filled = ["-C", str(ground.clone), *(places.get(word, word) for word in words)]
        if process:
            command = [sys.executable, "-m", "gitreg", *filled]
            environ = ground.environ | variables
            done = subprocess.run(command, env=environ, capture_output=True, check=False, cwd=ground.folder)
            return Reply(done.returncode, done.stdout.decode(), done.stderr.decode())
        capfdbinary.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), "utf-8"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = outcome(filled, os.environ)
        out, err = capfdbinary.readouterr()
        return Reply(code, out.decode(), err.decode())

    return run


@pytest.fixture
def http_store() -> Iterator[Served]:
    """Serves a folder over HTTP."""
    with served_by_http() as serve:
        yield serve


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An S3 server."""
    with seaweed(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_store(s3_server: S3, tmp_path: Path) -> Served:
    """Copies a folder into a bucket."""
    return served_by_s3(s3_server, tmp_path.name)


@pytest.fixture
def dvc(environ: dict[str, str]) -> Callable[..., None]:
    """Runs plain DVC in a folder; it must succeed."""

    def run(folder: Path, *words: str) -> None:
        subprocess.run([sys.executable, "-m", "dvc", "-q", *words], cwd=folder, env=environ, check=True)

    return run
