"""Whether the artifacts of a registered version may be used: what `GITREG_VERIFY` demands (docs/adr/0036)."""

from __future__ import annotations

from gitreg.mlflow_plugin.addresses import VersionPlace
from gitreg.workflows.registry import Registry


def require_trusted(registry: Registry, place: VersionPlace) -> None:
    """Refuses a version that does not meet the demand."""
