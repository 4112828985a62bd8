"""Part of the tracking store."""

from __future__ import annotations

from gitreg.mlflow_plugin.tracking.base import Base


class Collecting(Base):
    """Part of the tracking store."""
