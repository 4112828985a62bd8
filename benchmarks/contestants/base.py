"""What every contestant starts from, and the candidate that it logs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from records import Shape

from gitreg.domain.candidate import Candidate


@dataclass(frozen=True)
class Start:
    """A generated registry, never written to: each contestant has a copy or a clone of its own.

    Args:
        registry: its folder.
        size: how many candidates it holds.
        shape: what they look like.
        environ: a sealed environment.
        stock: the folder where more of the same size is (stock.py).
    """

    registry: Path
    size: int
    shape: Shape
    environ: Mapping[str, str]
    stock: Path

    def next_candidate(self, turn: int) -> Candidate:
        """What is logged in a turn: always into the largest experiment, where there is most to do."""
        return self.shape.candidate(self.size + turn, self.shape.slugs[0])

    def copy(self, place: Path) -> Path:
        """A copy of the registry, in `place`."""
        return Path(shutil.copytree(self.registry, place / "registry", symlinks=True))

    def git(self, folder: Path, *words: str) -> bytes:
        """What git answers in a folder."""
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, env=dict(self.environ), check=True, capture_output=True).stdout
