"""Fixtures for every test: a sealed environment and a fresh repository."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import seal
from desk import Desk
from moulds import Moulds
from shelf import Shelf

LONG = (
    "test_tutorial",
    "test_readme",
    "test_run.py",
    "test_torture_",
    "test_ui_pages",
    "test_mlflow_page",
    "test_mlflow_server",
    "test_storage_s3",
    "test_mlflow_differential",
    "test_older_mlflow",
    "test_house",
)
"""Modules with single tests of ten seconds and more."""
seal.forget_mlflow(os.environ)
KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")


def pytest_configure() -> None:
    """A suite that a shell runs in the background is born deaf to Ctrl-C, and so would be what it starts (POSIX, "Async lists")."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests come first, so that no process is left alone with one of them when the others have ended."""
    items.sort(key=lambda item: not item.path.name.startswith(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collection makes is never garbage: it is not looked through while it grows, nor later."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


@pytest.fixture(scope="session")
def seen_strays() -> set[str]:
    """What of MLflow's lay in the checkout before, or was told of already."""
    return seal.strays()


@pytest.fixture(autouse=True)
def nothing_left_behind(seen_strays: set[str]) -> Iterator[None]:
    """Fails a test that leaves the environment changed or lets MLflow write into the checkout; in a parallel run the latter may have been another process's test of that moment."""
    before = seal.environment()
    yield
    seal.put_back()
    changed = seal.restore(before)
    assert not changed, f"the test leaves {', '.join(changed)} changed in the environment of all after it"
    new = seal.strays() - seen_strays
    seen_strays |= new
    assert not new, f"MLflow made {', '.join(sorted(new))} in the checkout: nobody told it where to"


@pytest.fixture
def environ(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
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
    } | seal.SILENCE
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


@pytest.fixture(scope="session")
def moulds(tmp_path_factory: pytest.TempPathFactory) -> Moulds:
    """Repositories that are made once."""
    return Moulds(tmp_path_factory.mktemp("moulds"))


@pytest.fixture
def make_repository(environ: dict[str, str], moulds: Moulds) -> Callable[[Path], Path]:
    """Makes a git repository with one commit on `main`; returns its path."""

    def make(path: Path) -> Path:
        path.mkdir(parents=True)
        (path / "train.py").write_text("print('training')\n")
        for words in (["init", "-q", "-b", "main"], ["add", "train.py"], ["commit", "-q", "-m", "Start"]):
            subprocess.run(["git", *words], cwd=path, env=environ, check=True)
        return path

    return lambda path: moulds.cast("repository", path, environ, make)


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SSH key to sign with."""
    file = tmp_path_factory.mktemp("key") / "ada"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(file)], check=True)
    return file


@pytest.fixture
def repository_desk(
    environ: dict[str, str], make_repository: Callable[[Path], Path], tmp_path: Path, signing_key: Path
) -> Iterator[Desk]:
    """A repository with one commit on `main`, without a registry yet."""
    desk = Desk(make_repository(tmp_path / "work"), environ, signing_key)
    yield desk
    desk.close()


@pytest.fixture
def desk(
    environ: dict[str, str],
    make_repository: Callable[[Path], Path],
    moulds: Moulds,
    tmp_path: Path,
    signing_key: Path,
) -> Iterator[Desk]:
    """A fresh registry in a repository with one commit, its storage beside it."""

    def make(path: Path) -> object:
        return Desk(make_repository(path), environ, signing_key).init()

    desk = Desk(moulds.cast("registry", tmp_path / "work", environ, make), environ, signing_key)
    yield desk
    desk.close()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What is made once for many tests."""
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def furnished(
    shelf: Shelf, environ: dict[str, str], make_repository: Callable[[Path], Path], signing_key: Path
) -> Iterator[Callable[[Callable[[Desk], object]], Desk]]:
    """Gives a fresh desk on which somebody has worked already; the work is done once in a session, for all who ask for it."""
    given: list[Desk] = []

    def give(work: Callable[[Desk], object]) -> Desk:
        def make(place: Path) -> Desk:
            desk = Desk(make_repository(place / "work"), environ, signing_key)
            given.append(desk)
            desk.init()
            work(desk)
            desk.close()
            return desk

        _, made = shelf.folder(f"{work.__module__}.{work.__qualname__}", make)
        desk = made.again(environ)
        given.append(desk)
        desk.git("update-index", "-q", "--refresh")
        return desk

    yield give
    for desk in given:
        desk.close()
