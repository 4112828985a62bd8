"""Where gitreg's stores show another thing than MLflow's SQL store, and why; a case that agrees again must leave the list.

Two differences are everywhere, so cases look past them, and `test_conform_differences.py` sees that they are there: a version has
the tags `gitreg.version` and `gitreg.state`; and a stage of the registry is protected, so these registries have none
that MLflow knows.
"""

from __future__ import annotations

DIFFERENCES: dict[str, str] = {}
"""`file::case` -> the reason."""
