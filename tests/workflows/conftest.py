"""One honest, signed registry, built once per session; each test gets a copy to do with as it likes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from desk import Desk
from forge_desk import ForgeDesk, copy_template, make_template
from gitlab_standin import StandIn
from sides import Model, Run, another, send
from workshop import Workshop, copied, make_keys, make_registry

from gitreg.domain.candidate import Candidate
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.answering_forge import answering_forge


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


@pytest.fixture(scope="session")
def forge_template(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> tuple[Path, Candidate]:
    """A registry with one candidate, shared and stored, made once."""
    folder = tmp_path_factory.mktemp("forge-template")
    home = folder / "home"
    home.mkdir()
    person = ("Ada Example", "ada@example.com")
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home / "dvc"), "GIT_AUTHOR_NAME": person[0],
        "GIT_AUTHOR_EMAIL": person[1], "GIT_COMMITTER_NAME": person[0], "GIT_COMMITTER_EMAIL": person[1],
    }  # fmt: skip

    def make(path: Path) -> Path:
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], env=environ, check=True)
        subprocess.run(
            ["git", "-C", str(path), "commit", "-q", "--allow-empty", "-m", "Start"], env=environ, check=True
        )
        return path

    return folder, make_template(folder, environ, make, signing_key)


@pytest.fixture
def shared(
    forge_template: tuple[Path, Candidate],
    environ: dict[str, str],
    tmp_path: Path,
    signing_key: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ForgeDesk]:
    """A registry on a GitLab; nobody has a token yet, and nobody waits between calls that are tried again."""
    monkeypatch.setattr(proposals, "answering_forge", partial(answering_forge, wait=lambda _: None))
    template, candidate = forge_template
    copy_template(template, tmp_path, environ)
    desk = Desk(tmp_path / "work", environ, signing_key, _count=60)
    with StandIn(tmp_path / "forge") as forge:
        desk.git("remote", "set-url", "origin", forge.remote_url)
        desk.git("config", "--global", "gitreg.forge", "gitlab")
        yield ForgeDesk(desk, forge, candidate)
    desk.close()


@pytest.fixture(params=[Run, Model])
def thing(request: pytest.FixtureRequest, desk: Desk) -> Run:
    """What is added to, published by the first clone."""
    made = request.param(desk)
    desk.share()
    send(desk, desk.path)
    return made


@pytest.fixture
def clones(desk: Desk, thing: Run) -> tuple[Path, Path]:
    """Two clones that know it."""
    return desk.path, another(desk, "clone")


@pytest.fixture
def away(desk: Desk) -> tuple[Callable[[], None], Callable[[], None]]:
    """Takes the storage away, or brings it back; and what is known of it here."""
    storage = desk.path.parent / "work-store"
    assert storage.is_dir()

    def move(*, back=False):
        hidden = storage.with_name("hidden")
        if back:
            hidden.rename(storage)
        else:
            storage.rename(hidden)
            storage.write_text("no folder")

    def bring():
        storage.unlink()
        move(back=True)

    return move, bring
