"""A file's recorded bytes, to be looked at here: in the cache where it lies, or in a private copy that is gone afterwards.

What is looked at is what the manifest proves: a storage could show one thing now and deliver another later.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitreg.artifacts.cache import Cache, open_object_file
from gitreg.artifacts.folder import StoredFile
from gitreg.artifacts.layout import Objects
from gitreg.artifacts.progress import SILENT
from gitreg.artifacts.proving import CHUNK, Budget, Places, write_proven


@contextmanager
def proven_file(file: StoredFile, cache: Cache, storage: Objects, *, limit: int) -> Iterator[Path]:
    """A regular file with the recorded bytes; read it, never write to it.

    Args:
        file: which.
        cache: where to look first.
        storage: where to look then.
        limit: how many bytes a copy may have at most, by the records: what a cache says of sizes is not believed.

    Raises:
        VerificationError: step `content`, if no place has them.
    """
    for path in cache.places(file.md5):
        if _sha256(path) == file.sha256:
            yield path
            return
    with tempfile.TemporaryDirectory(prefix="gitreg-") as folder:
        copy = Path(folder) / "file"
        places = Places(None, storage, Budget(limit), SILENT, lambda _: None)
        write_proven(file, str(copy), places)
        yield copy


def _sha256(path: Path) -> str | None:
    sha256 = hashlib.sha256()
    try:
        with open_object_file(path) as stream:
            while chunk := stream.read(CHUNK):
                sha256.update(chunk)
    except FileNotFoundError:
        return None
    return sha256.hexdigest()
