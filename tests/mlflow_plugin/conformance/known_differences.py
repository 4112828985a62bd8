"""Where gitreg's stores show another thing than MLflow's SQL store, and why; a case that agrees again must leave the list."""

from __future__ import annotations

DIFFERENCES: dict[str, str] = {}
"""`file::case` -> the reason."""
