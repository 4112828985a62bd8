"""Many small files as one artifact, in memory: on a disk, times of many small files are noise."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from budgets import Budget, Term
from figures import Contestant, Skipped
from processes import find, process
from report import Run
from repositories import NO_DVC, dvc_at, environ_at, registry_at
from setting import Setting, Words

NAME, PEER, FLOOR = "gitreg log, a folder of many files", "dvc add", "cp -r (floor)"
MEMORY = Path("/dev/shm")  # where Linux has a file system in memory for everybody
SIZE = 1024
NOTES = """A folder of {files:,} files of 1 KiB, all of them new each time, {where}. Whole processes."""


def measure(setting: Setting) -> Run:
    """In turns, each with folders of its own."""
    files = setting.scale.files
    with _memory(setting) as (place, where):
        environ = environ_at(place / "home")
        made = [_ours(place, environ, files), _peer(place, environ, files), _floor(place, environ, files)]
        words = Words(
            "many_files", f"Log {files:,} small files", NOTES.format(files=files, where=where), NAME
        )
        return setting.contest(
            words, made, [Budget("many files: 0.3 x dvc add", NAME, (Term(0.3, PEER),))], 3
        )


@contextmanager
def _memory(setting: Setting) -> Iterator[tuple[Path, str]]:
    """A folder in memory where there is one, and the words for it."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        yield setting.place("many"), "on the disk, for there is no file system in memory here"
        return
    with tempfile.TemporaryDirectory(prefix="gitreg-benchmark-", dir=MEMORY) as name:
        yield Path(name), "in a file system in memory"


def _ours(place: Path, environ: dict[str, str], files: int) -> Contestant | Skipped:
    registry = registry_at(place / "registry", environ)
    words = ["gitreg", "log", "many", "-a", f"{place}/ours-{{turn}}"]
    return process(NAME, words, environ, registry, arrange=lambda turn: _filled(place, "ours", turn, files))


def _peer(place: Path, environ: dict[str, str], files: int) -> Contestant | Skipped:
    if find("dvc") is None:
        return Skipped(PEER, NO_DVC)
    repository = dvc_at(place / "dvc", environ)
    words = ["dvc", "add", "--quiet", "many-{turn}"]
    return process(
        PEER, words, environ, repository, arrange=lambda turn: _filled(repository, "many", turn, files)
    )


def _floor(place: Path, environ: dict[str, str], files: int) -> Contestant | Skipped:
    words = ["cp", "-r", "floor-{turn}", "copy-{turn}"]
    return process(FLOOR, words, environ, place, arrange=lambda turn: _filled(place, "floor", turn, files))


def _filled(place: Path, name: str, turn: int, files: int) -> int:
    """A new folder, whose files are new to everybody."""
    folder = place / f"{name}-{turn}"
    folder.mkdir()
    for number in range(files):
        (folder / f"{number:06d}.bin").write_bytes(f"{name} {turn} {number} ".encode().ljust(SIZE, b"."))
    return turn
