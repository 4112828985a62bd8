"""Fixtures of the conformance suite: a sealed environment for the whole session, and pairs of places."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator

import pytest

pytest.register_assert_rewrite("conformity", "grounds")

from grounds import Place, Stock, Templates  # noqa: E402 - after it is told to be rewritten
from served import serve  # noqa: E402 - as above

KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One environment for all cases, for a store that is shared remembers the one that it was opened in."""
    home = tmp_path_factory.mktemp("mlflow-home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada Example\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
        "LC_ALL": "C.UTF-8",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "DO_NOT_TRACK": "true",
    }


@pytest.fixture(autouse=True)
def in_sealed(sealed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case runs in that environment."""
    seal(monkeypatch, sealed)


def seal(monkeypatch: pytest.MonkeyPatch, sealed: dict[str, str]) -> None:
    """Leaves nothing of the environment but this."""
    for name in list(os.environ):
        if name not in sealed and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    for name, value in sealed.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, sealed: dict[str, str]) -> Templates:
    """What is copied for each pair of places."""
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    made = Templates(tmp_path_factory.mktemp("places"))
    with pytest.MonkeyPatch.context() as patch:
        seal(patch, sealed)
        made.make()
    return made


@pytest.fixture(scope="module")
def pair_of_module(templates: Templates, sealed: dict[str, str]) -> tuple[Place, Place]:
    """The pair that most cases of a module share."""
    with pytest.MonkeyPatch.context() as patch:
        seal(patch, sealed)
        return templates.copy()


@pytest.fixture
def shared_places(in_sealed: None, pair_of_module: tuple[Place, Place]) -> tuple[Place, Place]:
    """MLflow's place and gitreg's, used by other cases too."""
    return pair_of_module


@pytest.fixture
def served_places(
    shared_places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Place, Place]]:
    """The shared places, each behind a server, as MLflow's REST client sees them."""
    with serve(monkeypatch, shared_places) as places:
        yield places


@pytest.fixture(scope="session")
def stock(templates: Templates) -> Stock:
    """Pairs that were furnished for cases that only read."""
    return Stock(templates)


@pytest.fixture
def furnished_places(in_sealed: None, stock: Stock) -> Callable[..., tuple[Place, Place]]:
    """Gives the pair that somebody furnished, at the first call by doing so."""
    return stock.give


@pytest.fixture
def lone_places(in_sealed: None, templates: Templates) -> Iterator[tuple[Place, Place]]:
    """MLflow's place and gitreg's, both empty."""
    oracle, gitreg = templates.copy()
    yield oracle, gitreg
    oracle.store._dispose_engine()
