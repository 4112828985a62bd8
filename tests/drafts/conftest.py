"""Fixtures: a draft that has just started, in a folder of its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitreg.drafts import Draft, DraftStart, process_mark

ID = "7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4"
MOMENT = datetime(2026, 11, 22, 15, 4, 5, 123456, tzinfo=UTC)


@pytest.fixture
def start() -> DraftStart:
    return DraftStart(id=ID, experiment="churn", created=MOMENT, process=process_mark(os.getpid()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "drafts"


@pytest.fixture
def draft(folder: Path, start: DraftStart) -> Draft:
    return Draft.create(folder, start)
