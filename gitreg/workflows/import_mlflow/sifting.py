"""Which files of a folder can be artifacts here: a stranger's folder may hold links, devices and names that no registry takes.

What cannot be kept is left out and told, and the rest comes over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gitreg.artifacts import Source as ArtifactSource
from gitreg.domain.words import artifact_path, folded
from gitreg.errors import RecordError
from gitreg.workflows.import_mlflow.files import entries, is_folder
from gitreg.workflows.import_mlflow.source import Brought
from gitreg.workflows.import_mlflow.values import Unreadable

RESERVED = ".gitreg/"
MAX_DEPTH = 64


def sifted(folder: Path) -> Brought:
    """The files of a folder: the folder itself where all of them may be kept, else one by one."""
    if not is_folder(folder):
        return Brought()
    kept, left_out, seen = list[str](), list[Unreadable](), set[str]()
    for name, why in _files(folder, ""):
        reason = why or _refusal(name, seen)
        if reason:
            left_out.append(Unreadable(name, reason))
        else:
            kept.append(name)
    if not left_out:
        return Brought((ArtifactSource(folder, ""),) if kept else ())
    return Brought(tuple(ArtifactSource(folder / name, name) for name in kept), tuple(left_out))


def _files(folder: Path, above: str) -> Iterator[tuple[str, str]]:
    """Paths of files below a folder, and why they cannot be kept; empty where they can."""
    if above.count("/") > MAX_DEPTH:
        yield above, f"folders more than {MAX_DEPTH} deep"
        return
    try:
        found = entries(folder)
    except RecordError as error:
        yield above or ".", error.message
        return
    for entry in found:
        name = f"{above}{entry.name}"
        if entry.is_symlink():
            yield name, "a symbolic link"
        elif entry.is_dir(follow_symlinks=False):
            yield from _files(folder / entry.name, f"{name}/")
        elif not entry.is_file(follow_symlinks=False):
            yield name, "not a regular file"
        else:
            yield name, "" if os.access(entry, os.R_OK) else "it cannot be read"


def _refusal(name: str, seen: set[str]) -> str:
    """Why a file of that name cannot be kept; notes the name where it can."""
    try:
        place = folded(artifact_path(name))
    except (ValueError, UnicodeEncodeError) as error:
        return str(error)
    if (place + "/").startswith(RESERVED):
        return f"{RESERVED} is what gitreg itself adds"
    parts = place.split("/")
    if place in seen or any("/".join(parts[:depth]) in seen for depth in range(1, len(parts))):
        return "another file has that name where case does not count"
    seen.add(place)
    return ""
