"""What the files of a model are, by content: their recorded bytes are looked at, and nothing in them is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitreg.artifacts import Cache, StoredFile, StoredFolder
from gitreg.artifacts.cache import open_object_file
from gitreg.artifacts.layout import Objects
from gitreg.artifacts.proven import proven_file
from gitreg.gates import FileFacts
from gitreg.gates.content import PICKLE, formats_of
from gitreg.workflows.versions.second_opinions import second_opinions


@dataclass(frozen=True)
class Content:
    """A model's files, where their bytes are, and how many those are together at most, as recorded."""

    folder: StoredFolder
    cache: Cache
    storage: Objects
    size: int


def look_at_files(content: Content, scanners: Sequence[str]) -> tuple[FileFacts, ...]:
    """What each file could be taken for, and what scanners say against those that are pickles.

    Raises:
        VerificationError: step `content`, if the recorded bytes of a file are nowhere.
    """
    return tuple(_look(file, content, scanners) for file in content.folder.files)


def _look(file: StoredFile, content: Content, scanners: Sequence[str]) -> FileFacts:
    with proven_file(file, content.cache, content.storage, limit=content.size) as path:
        with open_object_file(path) as stream:
            formats = formats_of(stream, path.lstat().st_size, file.path)
        findings = second_opinions(path, file.path, scanners) if PICKLE in formats else ()
    return FileFacts(file.path, formats, findings)
