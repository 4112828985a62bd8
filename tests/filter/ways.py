"""Makes searches go one of their ways through the index, whatever is in it."""

from __future__ import annotations

import pytest

from gitreg.index.query import search, walk

WAYS = {"few": (10**6, 4, 0), "walk": (1, 10**6, 9), "short walk": (1, 2, 1), "all": (1, 0, 0)}
"""How many candidates count as few, the patience of a walk, and its first steps."""


def go(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Makes searches go one way."""
    few, patience, steps = WAYS[way]
    monkeypatch.setattr(walk, "LEAST", few)
    monkeypatch.setattr(search, "LEAST", few)
    monkeypatch.setattr(search, "COUNTED", 0)
    monkeypatch.setattr(search, "PATIENCE", patience)
    monkeypatch.setattr(search, "STEPS", steps)
