"""An honest, signed registry for audits, and gitreg called in it; what is built is that of tests/workflows."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))

from account import Account, Auditor, cache
from workshop import Workshop, copied, make_keys, make_registry

from gitreg.cli.entry import outcome


@pytest.fixture(scope="session")
def honest_workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The registry that all others are copies of: read it, never write to it."""
    folder = tmp_path_factory.mktemp("audited")
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
        "GIT_AUTHOR_DATE": "2026-11-22T11:00:00+0000",
        "GIT_COMMITTER_NAME": "Ada Example",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_COMMITTER_DATE": "2026-11-22T11:30:00+0000",
    }
    workshop = Workshop(folder / "registry", folder / "storage", keys, environ)
    make_registry(workshop)
    return workshop


@pytest.fixture
def registry(honest_workshop: Workshop, tmp_path: Path, environ: dict[str, str]) -> Workshop:
    """A copy: churn 1.0.0 and 1.1.0 are released, 1.1.0 is in production after 1.0.0."""
    return copied(honest_workshop, tmp_path, environ)


@pytest.fixture
def gitreg(registry: Workshop, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Account]:
    """Calls gitreg in the copy, by the function that its process runs."""

    def call(*words: str, at: Path | None = None) -> Account:
        capfdbinary.readouterr()
        code = outcome(["-C", str(at or registry.path), *words], os.environ)
        out, err = capfdbinary.readouterr()
        return Account(code, out.decode(), err.decode())

    return call


@pytest.fixture
def auditor(gitreg: Callable[..., Account]) -> Auditor:
    """Audits the copy."""
    return Auditor(gitreg)


@pytest.fixture
def bundle(registry: Workshop, gitreg: Callable[..., Account]) -> Path:
    """The registry as a file; the registry itself is gone."""
    file = registry.path.parent / "all.bundle"
    registry.anchor(registry.path.parent / "anchor.json")
    assert gitreg("export", "bundle", "-o", str(file)).code == 0
    registry.path.rename(registry.path.parent / "hidden")
    shutil.rmtree(cache(registry.environ) / "verify")
    return file


@pytest.fixture
def read(bundle: Path, gitreg: Callable[..., Account]) -> Callable[..., Account]:
    """Calls gitreg with a bundle as the registry, outside of any repository."""

    def call(*words: str, file: Path = bundle) -> Account:
        return gitreg("--registry", str(file), *words, at=bundle.parent)

    return call
