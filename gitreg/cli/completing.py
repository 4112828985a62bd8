"""What a shell is told when somebody presses tab. Costs nothing until then, and is silent about every fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from gitreg.cli.loading import load

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def completer(kind: str) -> Completer:
    """Completes words of a kind: `experiments`, `references`, `models`, `versions`, `columns`."""

    def complete(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
        try:
            completion = load("gitreg.workflows.searching.completion:Completion")(_place(context), os.environ)
            found: list[str] = getattr(completion, kind)(begun)
        except Exception:  # noqa: BLE001 - whoever presses tab has asked nothing, and would read the error as a word
            return []
        return [word for word in found if word.isprintable()]

    return complete


def _place(context: click.Context) -> Path:
    """The registry that the call which is being written is about."""
    said = context.find_root().params
    here = Path(said.get("folder") or ".").absolute()
    return here / Path(said["registry"]).expanduser() if said.get("registry") else here


EXPERIMENTS = completer("experiments")
REFERENCES = completer("references")
MODELS = completer("models")
VERSIONS = completer("versions")
COLUMNS = completer("columns")
