"""One server with the hook, made once per session; each test gets a copy to push to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server, copied, environment, made


@pytest.fixture(scope="session")
def honest_server(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Server:
    """The server that all others are copies of: read it, never push to it."""
    folder = tmp_path_factory.mktemp("server")
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada Example\n\temail = ada@example.com\n")
    return made(folder, environment(home), signing_key)


@pytest.fixture
def server(honest_server: Server, tmp_path: Path, environ: dict[str, str]) -> Iterator[Server]:
    """A copy: churn 1.0.0 is released and in production."""
    found = copied(honest_server, tmp_path, environment(Path(environ["HOME"])))
    yield found
    found.desk.close()
