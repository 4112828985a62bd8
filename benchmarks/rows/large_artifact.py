"""One large file into the cache: bytes are read once, and hashing them is what it costs."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from budgets import Budget, Term
from figures import Contestant, Skipped
from processes import find, process
from report import Run
from repositories import NO_DVC, dvc_at, environ_at, random_file, registry_at
from setting import Setting, Words, say

NAME, PEER = "gitreg log, one large file", "dvc add"
FLOOR, COPY = "read once, md5 and sha256, written (floor)", "cp"
PART = 2**20
NOTES = """A file of {size:,} bytes whose content is new each time; gitreg and DVC are processes, from start to exit, and
both put a copy into their cache (`dvc add` needs one digest, gitreg keeps two: DVC's md5 and the sha256 that releases
sign). The floor reads the file once, feeds both digests in one thread, and writes the bytes to another file."""


def measure(setting: Setting) -> Run:
    """In turns, each with a file of its own."""
    environ = environ_at(setting.folder / "home")
    size = setting.scale.large
    say(f"large_artifact: writing files of {size:,} bytes")
    place = setting.place("files")
    files = {name: random_file(place / name, size) for name in ("ours", "floor", "copied")}
    made: list[Contestant | Skipped] = [
        _ours(setting.folder / "registry", environ, files["ours"]),
        _peer(setting.folder / "dvc", environ, size),
        Contestant(FLOOR, 0, lambda turn: _renewed(files["floor"], turn), _hash_and_write),
        process(
            *(COPY, ["cp", str(files["copied"]), str(place / "copy")], environ, place),
            arrange=lambda turn: _renewed(files["copied"], turn),
        ),
    ]
    words = Words("large_artifact", "Log a large file", NOTES.format(size=size), NAME)
    return setting.contest(words, made, [Budget("large file: 1.3 x the floor", NAME, (Term(1.3, FLOOR),))], 3)


def _ours(folder: Path, environ: dict[str, str], file: Path) -> Contestant | Skipped:
    registry = registry_at(folder, environ)

    def arrange(turn: int) -> int:
        shutil.rmtree(registry / ".git" / "gitreg" / "unpushed", ignore_errors=True)
        _renewed(file, turn)
        return turn

    return process(NAME, ["gitreg", "log", "large", "-a", str(file)], environ, registry, arrange=arrange)


def _peer(folder: Path, environ: dict[str, str], size: int) -> Contestant | Skipped:
    if find("dvc") is None:
        return Skipped(PEER, NO_DVC)
    repository = dvc_at(folder, environ)
    file = random_file(repository / "large.bin", size)

    def arrange(turn: int) -> int:
        shutil.rmtree(repository / ".dvc" / "cache", ignore_errors=True)
        _renewed(file, turn)
        return turn

    return process(PEER, ["dvc", "add", "--quiet", file.name], environ, repository, arrange=arrange)


def _renewed(file: Path, turn: int) -> Path:
    """Other content, in a file that is as large: its first bytes say the turn."""
    with file.open("r+b") as stream:
        stream.write(f"turn {turn}".encode())
    return file


def _hash_and_write(file: Path) -> None:
    digests = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with file.open("rb") as source, file.with_suffix(".copy").open("wb") as target:
        while part := source.read(PART):
            for digest in digests:
                digest.update(part)
            target.write(part)
