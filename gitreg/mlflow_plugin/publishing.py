"""Sending runs to the remote that a registry is shared by."""

from __future__ import annotations

from gitreg.workflows.registry import Registry


def run_ended(registry: Registry) -> None:
    """A run ended, or an ended one was changed: it is published where there is a remote."""


def artifacts_logged(registry: Registry) -> None:
    """Artifacts were logged to a run that goes on."""
