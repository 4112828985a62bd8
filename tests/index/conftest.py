"""Fixtures: a repository whose candidate branch a test writes by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from histories import History


@pytest.fixture
def history(
    environ: dict[str, str], make_repository: Callable[[Path], Path], tmp_path: Path
) -> Iterator[History]:
    """A repository without a candidate branch."""
    made = History(make_repository(tmp_path / "work"), environ)
    yield made
    made.reading.close()
