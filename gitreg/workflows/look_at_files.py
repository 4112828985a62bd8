"""What the files of a model are, by content: their recorded bytes are looked at, and nothing in them is run."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.artifacts import Cache, StoredFile, StoredFolder
from gitreg.artifacts.cache import open_object_file
from gitreg.artifacts.layout import Objects
from gitreg.artifacts.proven import proven_file
from gitreg.gates import FileFacts
from gitreg.gates.content import PICKLE, formats_of
from gitreg.workflows.second_opinions import second_opinions

LARGEST = 2**63
"""A copy of what has no known size is bounded by the disk."""


def look_at_files(
    folder: StoredFolder, cache: Cache, storage: Objects, scanners: Sequence[str]
) -> tuple[FileFacts, ...]:
    """What each file could be taken for, and what scanners say against those that are pickles.

    Raises:
        VerificationError: step `content`, if the recorded bytes of a file are nowhere.
    """
    return tuple(_look(file, cache, storage, scanners) for file in folder.files)


def _look(file: StoredFile, cache: Cache, storage: Objects, scanners: Sequence[str]) -> FileFacts:
    limit = LARGEST if file.size is None else file.size
    with proven_file(file, cache, storage, limit=limit) as path:
        with open_object_file(path) as stream:
            formats = formats_of(stream, path.lstat().st_size, file.path)
        findings = second_opinions(path, file.path, scanners) if PICKLE in formats else ()
    return FileFacts(file.path, formats, findings)
