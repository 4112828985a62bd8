"""Keys of several people, made once, and a registry of ada's for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk
from trust_desk import TrustDesk, make_keys


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everybody's key."""
    return make_keys(tmp_path_factory.mktemp("people"))


@pytest.fixture
def ours(desk: Desk, people: Path) -> TrustDesk:
    """A fresh registry in which ada may do everything, by a root key of hers."""
    made = TrustDesk(desk, people)
    made.use("ada")
    return made
