"""Part of the tracking store."""

from __future__ import annotations

from gitreg.mlflow_plugin.tracking.base import Base


class Histories(Base):
    """Part of the tracking store."""
