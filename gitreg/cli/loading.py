"""The one place that imports by name: commands and terminal output are loaded when they are used."""

from __future__ import annotations

import importlib
from typing import Any


def load(target: str) -> Any:  # noqa: ANN401 - the table that names the target knows what it is
    """What `module:attribute` names."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)
