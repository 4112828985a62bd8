"""One honest, signed registry, built once per session; each test gets a copy to do with as it likes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from workshop import Workshop, copied, make_keys, make_registry


@pytest.fixture(scope="session")
def honest_registry(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The registry that all others are copies of: read it, never write to it."""
    folder = tmp_path_factory.mktemp("workshop")
    keys, home = folder / "keys", folder / "home"
    keys.mkdir()
    home.mkdir()
    make_keys(keys)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada Example",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada Example",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }
    workshop = Workshop(folder / "registry", folder / "storage", keys, environ)
    make_registry(workshop)
    return workshop


@pytest.fixture
def released_registry(
    honest_registry: Workshop, tmp_path: Path, environ: dict[str, str]
) -> Callable[[], Workshop]:
    """Makes a copy of the honest registry: churn 1.0.0 and 1.1.0 are released, 1.1.0 is in production."""

    def make() -> Workshop:
        return copied(honest_registry, tmp_path, environ)

    return make


@pytest.fixture
def registry(released_registry: Callable[[], Workshop]) -> Workshop:
    """A copy of the honest registry."""
    return released_registry()
