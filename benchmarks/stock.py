"""Registries and databases to measure on, made once and kept: a large one takes minutes.

What is kept is named by everything that it depends on; whatever was left half-made is made again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mlflow_rows
from contestants.base import Start
from generate import add_releases, generate, home_of, sealed
from records import GENERATION, Shape


@dataclass(frozen=True)
class Stock:
    """A folder of them. Whoever measures changes nothing in it that others measure; indices and caches are made there."""

    folder: Path

    def start(self, size: int, shape: Shape, *, releases: int = 0) -> Start:
        """A registry of `size` candidates, and perhaps of releases."""
        folder = self.place(f"registry-{size}-{releases}", shape)
        registry = folder / "registry"

        def make() -> None:
            if not releases:
                generate(registry, size, shape, os.environ)
                return
            plain = self.start(size, shape).registry
            for source, target in ((plain, registry), (home_of(plain), home_of(registry))):
                shutil.copytree(source, target, symlinks=True)
            add_releases(registry, releases, shape, os.environ)

        _once(folder, make, f"a registry of {size:,}" + (f" with {releases:,} releases" if releases else ""))
        return Start(registry, size, shape, sealed(home_of(registry), os.environ), self.folder)

    def mlflow(self, size: int, shape: Shape) -> Path:
        """MLflow's store with the same candidates as runs; only where MLflow is installed."""
        folder = self.place(f"mlflow-{size}", shape)
        _once(
            folder, lambda: mlflow_rows.fill(folder / "mlflow.db", size, shape), f"MLflow's store of {size:,}"
        )
        return folder / "mlflow.db"

    def made(self, name: str, size: int, make: Callable[[Path], object]) -> Path:
        """A folder that `make` fills with whatever else is measured on."""
        folder = self.folder / f"{name}-{size}-{GENERATION}"
        _once(folder, lambda: make(folder), f"{name} of {size:,}")
        return folder

    def place(self, name: str, shape: Shape) -> Path:
        """Where something is, or would be."""
        mark = hashlib.sha256(f"{GENERATION} {shape}".encode()).hexdigest()[:8]
        return self.folder / f"{name}-{mark}"


def _once(folder: Path, make: Callable[[], object], words: str) -> None:
    done = folder / "complete"
    if done.is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"making {words} ...", file=sys.stderr, flush=True)
    make()
    done.touch()
